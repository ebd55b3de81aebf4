"""Which playbook a name stands for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import gyges.scenarios
from gyges.organisms.playbook import PlaybookError

Repertoire = Mapping[str, Mapping[str, Path]]
"""Scenario id -> organism's name -> playbook file."""

COMMON = Path(__file__).parent / "playbooks"
"""Playbooks that hold for any scenario: organisms that play judge."""


def repertoire(extra: Path | None = None) -> Repertoire:
    """The playbooks of every scenario in the package, and of the scenario folder `extra`."""
    folders = [folder for root in gyges.scenarios.__path__ for folder in sorted(Path(root).iterdir())]
    found: dict[str, dict[str, Path]] = {}
    for folder in [*folders, *([extra] if extra else [])]:
        files = sorted((folder / "playbooks").glob("*.yaml"))
        if files:
            found[folder.name] = {file.stem: file for file in files}
    return found


def common() -> Mapping[str, Path]:
    """The playbooks that hold for any scenario, by the organism's name."""
    return {file.stem: file for file in sorted(COMMON.glob("*.yaml"))}


def find_playbook(name: str, scenario: str | None = None) -> Path:
    """The playbook `name` of `scenario`: its id or its folder, or None if only one scenario has such an organism.

    A name that the scenario (or, for None, every scenario) lacks is looked up among the common playbooks.

    Raises:
        PlaybookError: there is no such playbook or scenario, or several scenarios have one and none was named.
    """
    folder = Path(scenario) if scenario is not None and Path(scenario).is_dir() else None
    found, shared = repertoire(folder), common()
    if scenario is not None:
        key = folder.resolve().name if folder else scenario
        own = found.get(key, {})
        return own[name] if name in own else shared[name] if name in shared else _missing(name, key, found)
    owners = [one for one in found if name in found[one]]
    if len(owners) > 1:
        raise PlaybookError(f"organism {name!r} exists for {', '.join(owners)}: say which with -M scenario=ID")
    if owners:
        return found[owners[0]][name]
    if name in shared:
        return shared[name]
    known = sorted({*shared, *(organism for organisms in found.values() for organism in organisms)})
    raise PlaybookError(f"no organism {name!r}; known: {', '.join(known)}; or give -M playbook=FILE")


def known(name: str, scenario: str | None) -> None:
    """Makes sure that there is a playbook `name`, in `scenario` or, for None, in any.

    Raises:
        PlaybookError: there is none.
    """
    if scenario is not None or not any(name in own for own in repertoire().values()):
        find_playbook(name, scenario)


def _missing(name: str, scenario: str, found: Repertoire) -> NoReturn:
    if scenario not in found:
        raise PlaybookError(
            f"no scenario {scenario!r} with playbooks; known: {', '.join(found) or 'none'}; "
            "or give -M scenario=FOLDER or -M playbook=FILE"
        )
    raise PlaybookError(
        f"scenario {scenario!r} has no organism {name!r}; it has: {', '.join(found[scenario])}; "
        f"and like any scenario: {', '.join(common())}"
    )
