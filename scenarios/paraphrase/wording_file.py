"""Wordings as files: reading those of a folder, and writing one that people can read."""

from collections.abc import Collection
from itertools import count, islice
from pathlib import Path

import yaml

from gyges.scenarios.content import Wording
from gyges.scenarios.document import read
from gyges.scenarios.references import check_wording
from gyges.scenarios.scenario import Scenario

WIDTH = 140


class _Text(str):
    """A text as YAML shows it: folded, or line by line where it has lines."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


def _represent(dumper: yaml.SafeDumper, text: _Text) -> yaml.ScalarNode:
    style = '"' if not text else "|" if "\n" in text else ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style)


_Dumper.add_representer(_Text, _represent)


def read_wordings(folder: Path) -> list[Wording]:
    """The wordings that lie in `folder`, which need not exist. Raises ScenarioError."""
    return [read(Wording, file) for file in sorted(folder.glob("*.yaml"))]


def free_ids(prefix: str, number: int, taken: Collection[str]) -> list[str]:
    """`prefix-1`, `prefix-2`, ..., but for those that are taken."""
    return list(islice((id for n in count(1) if (id := f"{prefix}-{n}") not in taken), number))


def write_wording(wording: Wording, folder: Path, scenario: Scenario) -> Path:
    """Write `ID.yaml`, never over another file.

    Raises FileExistsError; ScenarioError or ValueError if it would not load as this wording.
    """
    data = wording.model_dump()
    data["blocks"] = {name: _texts(block) for name, block in data["blocks"].items()}
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    file = folder / f"{wording.id}.yaml"
    check_wording(wording, scenario, file)
    if Wording.model_validate(yaml.safe_load(text)) != wording:
        raise ValueError(f"{wording.id} does not come back from YAML as it went in")
    folder.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as out:
        out.write(text)
    return file


def _texts(block: str | dict[str, object]) -> object:
    if isinstance(block, str):
        return _Text(block)
    levels = block["levels"]
    assert isinstance(levels, dict)  # noqa: S101  as Choice declares it
    return {**block, "levels": {level: _Text(text) for level, text in levels.items()}}
