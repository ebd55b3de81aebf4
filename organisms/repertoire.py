"""Which playbook a name stands for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gyges.scenarios
from gyges.organisms.playbook import PlaybookError

Repertoire = Mapping[str, Mapping[str, Path]]
"""Scenario id -> organism's name -> playbook file."""


def repertoire(extra: Path | None = None) -> Repertoire:
    """The playbooks of every scenario in the package, and of the scenario folder `extra`."""
    folders = [folder for root in gyges.scenarios.__path__ for folder in sorted(Path(root).iterdir())]
    found: dict[str, dict[str, Path]] = {}
    for folder in [*folders, *([extra] if extra else [])]:
        files = sorted((folder / "playbooks").glob("*.yaml"))
        if files:
            found[folder.name] = {file.stem: file for file in files}
    return found


def find_playbook(name: str, scenario: str | None = None, among: Repertoire | None = None) -> Path:
    """The playbook `name` of `scenario`: its id or its folder, or None if only one scenario has such an organism.

    Raises:
        PlaybookError: there is no such playbook or scenario, or several scenarios have one and none was named.
    """
    folder = Path(scenario) if scenario is not None and Path(scenario).is_dir() else None
    found = among if among is not None else repertoire(folder)
    if scenario is not None:
        key = folder.resolve().name if folder else scenario
        return _named(name, key, found)
    owners = [one for one in found if name in found[one]]
    if len(owners) == 1:
        return found[owners[0]][name]
    if not owners:
        known = sorted({organism for organisms in found.values() for organism in organisms})
        raise PlaybookError(f"no organism {name!r}; known: {', '.join(known) or 'none'}; or give -M playbook=FILE")
    raise PlaybookError(f"organism {name!r} exists for {', '.join(owners)}: say which with -M scenario=ID")


def _named(name: str, scenario: str, found: Repertoire) -> Path:
    if scenario not in found:
        raise PlaybookError(
            f"no scenario {scenario!r} with playbooks; known: {', '.join(found) or 'none'}; "
            "or give -M scenario=FOLDER or -M playbook=FILE"
        )
    if name not in found[scenario]:
        raise PlaybookError(f"scenario {scenario!r} has no organism {name!r}; it has: {', '.join(found[scenario])}")
    return found[scenario][name]
