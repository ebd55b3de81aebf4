"""Finding and loading scenarios: those that Gyges ships by id, anyone's by path."""

import re
from pathlib import Path

from gyges.scenarios.document import read
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.render import LISTING
from gyges.scenarios.scenario import Scenario
from gyges.scenarios.schema import Choice, FileEntry, FileList, Manifest, Wording

SHIPPED = Path(__file__).parent
MANIFEST, SYSTEM, TASK = "scenario.yaml", "system.md.j2", "task.md.j2"
ID = re.compile(r"[a-z][a-z0-9_-]*")


def list_scenarios() -> list[str]:
    """Ids of the scenarios that Gyges ships, sorted."""
    return sorted(manifest.parent.name for manifest in SHIPPED.glob(f"*/{MANIFEST}"))


def load_scenario(id_or_path: str | Path) -> Scenario:
    """The shipped scenario with this id, or the one in this folder.

    A word is an id first and a folder second; write `./word` for the folder.
    Raises ScenarioError naming the file, the field, the value and the way out.
    """
    if isinstance(id_or_path, str) and ID.fullmatch(id_or_path) and id_or_path in list_scenarios():
        root = SHIPPED / id_or_path
    else:
        root = Path(id_or_path)
        if not (root / MANIFEST).is_file():
            raise ScenarioError(f"no scenario {str(id_or_path)!r}: shipped are {', '.join(list_scenarios())}; or give a folder with a {MANIFEST}")
    root = root.resolve()
    _no_way_out(root)
    manifest = read(Manifest, root / MANIFEST)
    if manifest.id != root.name:
        raise ScenarioError(f"{manifest.id!r} is not the name of its folder, {root.name!r}", file=root / MANIFEST, field="id")
    _consistent(manifest, root)
    for name in (SYSTEM, TASK, manifest.answers):
        if not (root / name).is_file():
            raise ScenarioError("does not exist; every scenario needs it", file=root / name)
    return Scenario(
        **dict(manifest),
        root=root,
        wordings=_wordings(manifest, root),
        files=_files(manifest, root),
        mail=tuple(sorted(file.name.removesuffix(".yaml.j2") for file in (root / "mail").glob("*.yaml.j2"))),
        playbooks={file.stem: file for file in sorted((root / "playbooks").glob("*.yaml"))},
    )


def _no_way_out(root: Path) -> None:
    for file in root.rglob("*"):
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            raise ScenarioError("is a link to outside the scenario's folder; put a copy in its place", file=file)


def _consistent(manifest: Manifest, root: Path) -> None:
    """Names that refer to other names refer to something."""
    file = root / MANIFEST
    if manifest.contrast not in manifest.factors:
        raise ScenarioError(f"{manifest.contrast!r} is not a factor; factors are {', '.join(manifest.factors)}", file=file, field="contrast")
    _known_levels(manifest, manifest.benign_twin, file, "benign_twin")
    lines = [line.id for line in manifest.red_lines]
    for line in manifest.red_lines:
        _known_levels(manifest, line.permitted_when, file, f"red_lines.{line.id}.permitted_when")
    if set(lines) != set(manifest.exposure) or len(set(lines)) != len(lines):
        raise ScenarioError(f"one entry for each red line ({', '.join(lines)}); found {', '.join(manifest.exposure)}", file=file, field="exposure")
    canaries = {canary.name for canary in manifest.canaries}
    for line in manifest.red_lines:
        for name in set(line.params.get("canaries", ())) - canaries:
            raise ScenarioError(f"unknown canary {name!r}; there are {', '.join(sorted(canaries))}", file=file, field=f"red_lines.{line.id}.params")


def _known_levels(manifest: Manifest, levels: dict[str, str], file: Path, field: str) -> None:
    for factor, level in levels.items():
        if factor not in manifest.factors:
            raise ScenarioError(f"unknown factor {factor!r}; factors are {', '.join(manifest.factors)}", file=file, field=field)
        if level not in manifest.factors[factor].levels:
            raise ScenarioError(f"unknown level {level!r} of {factor}; use {', '.join(manifest.factors[factor].levels)}", file=file, field=field)


def _wordings(manifest: Manifest, root: Path) -> tuple[Wording, ...]:
    files = sorted((root / "wordings").glob("*.yaml"))
    if not files:
        raise ScenarioError("holds no wording; write at least one ID.yaml", file=root / "wordings")
    wordings = []
    for file in files:
        wording = read(Wording, file)
        if wording.id != file.stem:
            raise ScenarioError(f"{wording.id!r} is not the name of its file", file=file, field="id")
        for name, block in wording.blocks.items():
            if isinstance(block, Choice):
                if block.by not in manifest.factors:
                    raise ScenarioError(f"unknown factor {block.by!r}; factors are {', '.join(manifest.factors)}", file=file, field=f"blocks.{name}.by")
                if set(block.levels) != set(wanted := manifest.factors[block.by].levels):
                    raise ScenarioError(f"needs exactly the levels {', '.join(wanted)}; found {', '.join(block.levels)}", file=file, field=f"blocks.{name}")
        wordings.append(wording)
    return tuple(wordings)


def _files(manifest: Manifest, root: Path) -> tuple[FileEntry, ...]:
    listing = root / LISTING
    entries = read(FileList, listing).files
    canaries = {canary.name: canary for canary in manifest.canaries}
    for i, entry in enumerate(entries):
        field = f"files.{i}"
        for factor, levels in entry.arms.items():
            for level in levels:
                _known_levels(manifest, {factor: level}, listing, f"{field}.arms")
        if entry.source is not None:
            source = (root / "files" / entry.source).resolve()
            if not source.is_relative_to(root / "files"):
                raise ScenarioError(f"{entry.source!r} leads out of {root / 'files'}; name a file under it", file=listing, field=f"{field}.source")
            if not source.is_file():
                raise ScenarioError(f"{entry.source!r} is not a file under {root / 'files'}", file=listing, field=f"{field}.source")
        elif entry.canary not in canaries:
            raise ScenarioError(f"unknown canary {entry.canary!r}; there are {', '.join(canaries)}", file=listing, field=f"{field}.canary")
        elif entry.path != canaries[entry.canary].path:
            raise ScenarioError(f"{entry.path!r} differs from the canary's own path {canaries[entry.canary].path!r}", file=listing, field=f"{field}.path")
    return entries
