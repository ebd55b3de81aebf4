"""Finding and loading scenarios: those that Gyges ships by id, anyone's by path."""

import re
from functools import lru_cache
from pathlib import Path

from gyges.scenarios.content import Ablation, Ablations, FileEntry, FileList, Queries, Query, Wording
from gyges.scenarios.document import read
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.references import check_ablations, check_files, check_manifest, check_queries, check_wording
from gyges.scenarios.render import AGAIN, LISTING, STUBS
from gyges.scenarios.scenario import Scenario
from gyges.scenarios.schema import Manifest

SHIPPED = Path(__file__).parent
MANIFEST, SYSTEM, TASK = "scenario.yaml", "system.md.j2", "task.md.j2"
ABLATIONS = "ablations.yaml"
STARTED = Path.cwd()
"""Where the program was started. Inspect changes into a task's folder before it makes the task, and while it runs."""
ID = re.compile(r"[a-z][a-z0-9_-]*")


def list_scenarios() -> list[str]:
    """Ids of the scenarios that Gyges ships, sorted."""
    return sorted(manifest.parent.name for manifest in SHIPPED.glob(f"*/{MANIFEST}"))


def load_scenario(id_or_path: str | Path) -> Scenario:
    """The shipped scenario with this id, or the one in this folder.

    A word is an id first and a folder second; write `./word` for the folder. Loaded anew only where a file has changed.
    Raises ScenarioError naming the file, the field, the value and the way out.
    """
    root = _root(id_or_path).resolve()
    return _load(root, _state(root))


def _state(root: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file in the folder does."""
    files = ((path, path.lstat()) for path in sorted(root.rglob("*")))
    return tuple((str(path), found.st_mtime_ns, found.st_size) for path, found in files)


@lru_cache(maxsize=8)
def _load(root: Path, _: tuple[tuple[str, int, int], ...]) -> Scenario:
    _no_way_out(root)
    manifest = read(Manifest, root / MANIFEST)
    if manifest.id != root.name:
        raise ScenarioError(
            f"{manifest.id!r} is not the name of its folder, {root.name!r}", root / MANIFEST, field="id"
        )
    check_manifest(manifest, root / MANIFEST)
    for name in (SYSTEM, TASK, manifest.answers, AGAIN if manifest.rounds > 1 else None):
        if name is not None and not (root / name).is_file():
            raise ScenarioError(f"does not exist; {MANIFEST} or the format asks for it", root / name)
    mail = _templates(root / "mail")
    if mail and manifest.operator is None:
        raise ScenarioError(
            "is required where there is mail: the model's own address", root / MANIFEST, field="operator"
        )
    return Scenario(
        **dict(manifest),
        root=root,
        wordings=_wordings(manifest, root),
        files=_files(manifest, root),
        mail=mail,
        stubs=_templates(root / STUBS),
        documents=_templates(root / "documents"),
        queries=_queries(root),
        ablations=_ablations(manifest, root),
        playbooks={file.stem: file for file in sorted((root / "playbooks").glob("*.yaml"))},
    )


def _root(id_or_path: str | Path) -> Path:
    shipped = list_scenarios()
    if isinstance(id_or_path, str) and ID.fullmatch(id_or_path) and id_or_path in shipped:
        return SHIPPED / id_or_path
    for folder in (Path(id_or_path), STARTED / id_or_path):
        if (folder / MANIFEST).is_file():
            return folder
    raise ScenarioError(
        f"no scenario {str(id_or_path)!r}; Gyges ships {', '.join(shipped)}, and takes a folder with a {MANIFEST}"
    )


def _no_way_out(root: Path) -> None:
    for file in root.rglob("*"):
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            raise ScenarioError("is a link to outside the scenario's folder; put a copy in its place", file)


def _wordings(manifest: Manifest, root: Path) -> tuple[Wording, ...]:
    files = sorted((root / "wordings").glob("*.yaml"))
    if not files:
        raise ScenarioError("holds no wording; write at least one ID.yaml", root / "wordings")
    wordings = tuple(read(Wording, file) for file in files)
    for file, wording in zip(files, wordings, strict=True):
        check_wording(wording, manifest, file)
    return wordings


def _templates(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(file.name.removesuffix(".yaml.j2") for file in folder.glob("*.yaml.j2")))


def _queries(root: Path) -> dict[str, tuple[Query, ...]]:
    files = sorted((root / "queries").glob("*.yaml"))
    found = {file: read(Queries, file) for file in files}
    check_queries(found)
    return {one.value: one.queries for one in found.values()}


def _ablations(manifest: Manifest, root: Path) -> dict[str, Ablation]:
    file = root / ABLATIONS
    found = read(Ablations, file).ablations if file.exists() else {}
    check_ablations(found, manifest, file)
    return found


def _files(manifest: Manifest, root: Path) -> tuple[FileEntry, ...]:
    if manifest.pod is None:
        return ()
    entries = read(FileList, root / LISTING).files
    check_files(entries, manifest, root / LISTING)
    return entries
