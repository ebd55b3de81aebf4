"""Copying the scaffold under a name of the author's own."""

import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from gyges.scenarios.census import census
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.load import ID, MANIFEST, list_scenarios, load_scenario
from gyges.scenarios.tells import find_tells, tells

SCAFFOLD = Path(__file__).parent / "folder"
OTHER = "another name, such as old_ledger"
OWN = "id: scaffold"
"""The line of its manifest that a copy changes."""


def write_scenario(name: str, parent: Path) -> Path:
    """Writes the scenario `name` as the folder of that name in `parent`, and returns the folder.

    Raises ScenarioError where the name cannot be an id, is a shipped scenario's, is a tell or occurs in what the
    scenario's model reads, and where the folder is there or cannot be written. Nothing is written then.
    """
    folder = parent / name
    _check_name(name)
    if os.path.lexists(folder):
        raise ScenarioError("is there already; choose another name, or another folder with --folder", folder)
    with TemporaryDirectory() as temporary:
        made = Path(temporary) / name
        shutil.copytree(SCAFFOLD, made, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("__pycache__"))
        manifest = made / MANIFEST
        manifest.write_text(manifest.read_text("utf-8").replace(OWN, f"id: {name}", 1), "utf-8")
        if found := next(find_tells(census(load_scenario(made))), None):
            raise ScenarioError(
                f"{name!r} is a word of the texts that the model reads ({found.where}), and lint keeps a scenario's id "
                f"out of them; choose {OTHER}"
            )
        try:
            parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made, folder, copy_function=shutil.copyfile)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ScenarioError(f"cannot be written: {error.strerror}; name another with --folder", folder) from error
    return folder


def _check_name(name: str) -> None:
    if not ID.fullmatch(name):
        near = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_-0123456789") or "old_ledger"
        raise ScenarioError(
            f"{name!r} is no name of a scenario: small letters, digits, _ and -, a letter first, such as {near}"
        )
    if name in list_scenarios():
        raise ScenarioError(f"{name!r} is a scenario that Gyges ships; choose {OTHER}")
    words = re.sub("[_-]", " ", name)
    for group, pattern in tells().items():
        if found := pattern.search(words) or pattern.search(name):
            raise ScenarioError(
                f"{name!r} holds {found[0]!r}, which is a tell ({group}); name a place or a thing, not what it is for: "
                f"choose {OTHER}"
            )
