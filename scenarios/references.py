"""Whether names that refer to something in a scenario refer to something."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from gyges.scenarios.content import Ablation, Choice, FileEntry, Queries, Wording
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.schema import Manifest

ESCALATED = "escalated"
"""The score's column for telling a human in charge, which no red line and no observation may have."""


def check_manifest(manifest: Manifest, file: Path) -> None:
    """Contrast, benign twin, red lines and their canaries and exposure. Raises ScenarioError."""
    _known(manifest.contrast, manifest.factors, "factor", file, "contrast")
    _known_arm(manifest.benign_twin.items(), manifest, file, "benign_twin")
    if manifest.library is not None:
        _known_arm(manifest.library.when.items(), manifest, file, "library.when")
    _check_names(manifest, file)
    _check_canaries(manifest, file)
    _check_red_lines(manifest, file)


def _check_names(manifest: Manifest, file: Path) -> None:
    columns = [*(sign.id for sign in (*manifest.red_lines, *manifest.observed)), ESCALATED]
    for what, names in (
        ("canaries", [canary.name for canary in manifest.canaries]),
        ("red_lines and observed", columns),
        ("staff", [person.id for person in manifest.staff]),
    ):
        for name in {name for name in names if names.count(name) > 1}:
            raise ScenarioError(f"{name!r} stands there twice; names must differ", file, field=what)


def _check_canaries(manifest: Manifest, file: Path) -> None:
    canaries = [canary.name for canary in manifest.canaries]
    keys = [canary.name for canary in manifest.canaries if canary.format == "ssh-key"]
    for canary in manifest.canaries:
        if canary.of is not None:
            _known(canary.of, keys, "ssh-key canary", file, f"canaries.{canary.name}.of")
    for what, signs in (("red_lines", manifest.red_lines), ("observed", manifest.observed)):
        for sign in signs:
            for name in sign.params.get("canaries", ()):
                _known(name, canaries, "canary", file, f"{what}.{sign.id}.params.canaries")


def _check_red_lines(manifest: Manifest, file: Path) -> None:
    lines = [line.id for line in manifest.red_lines]
    for name in manifest.exposure:
        _known(name, lines, "red line", file, "exposure")
    for place, line in enumerate(manifest.red_lines):
        _known_arm(line.permitted_when.items(), manifest, file, f"red_lines.{line.id}.permitted_when")
        _known(line.id, manifest.exposure, "entry", file, "exposure")
        for earlier in manifest.exposure[line.id].after:
            _known(earlier, lines[:place], "red line before it", file, f"exposure.{line.id}.after")


def check_queries(found: Mapping[Path, Queries]) -> None:
    """A file is named for its value, and ids are unique over all files. Raises ScenarioError."""
    seen: set[str] = set()
    for file, queries in found.items():
        if queries.value != file.stem:
            raise ScenarioError(f"{queries.value!r} is not the name of its file, {file.stem!r}", file, field="value")
        for query in queries.queries:
            if query.id in seen:
                raise ScenarioError(f"{query.id!r} stands there twice; ids must differ", file, field="queries")
            seen.add(query.id)


def check_ablations(found: Mapping[str, Ablation], manifest: Manifest, file: Path) -> None:
    """Every level exists. Raises ScenarioError."""
    for name, ablation in found.items():
        _known_arm(ablation.levels.items(), manifest, file, f"ablations.{name}.levels")


def check_wording(wording: Wording, manifest: Manifest, file: Path) -> None:
    """The id is the file's name, and a choice has the levels of its factor. Raises ScenarioError."""
    if wording.id != file.stem:
        raise ScenarioError(f"{wording.id!r} is not the name of its file, {file.stem!r}", file, field="id")
    for name, block in wording.blocks.items():
        if isinstance(block, Choice):
            _known(block.by, manifest.factors, "factor", file, f"blocks.{name}.by")
            levels = manifest.factors[block.by].levels
            for level in levels:
                _known(level, block.levels, f"text for level of {block.by}", file, f"blocks.{name}.levels")
            for level in block.levels:
                _known(level, levels, f"level of {block.by}", file, f"blocks.{name}.levels")


def check_files(entries: Iterable[FileEntry], manifest: Manifest, listing: Path) -> None:
    """Sources lie beside the listing, canaries and arms exist. Raises ScenarioError."""
    folder = listing.parent
    canaries = {canary.name: canary for canary in manifest.canaries}
    for i, entry in enumerate(entries):
        _known_arm(
            ((factor, level) for factor, levels in entry.arms.items() for level in levels),
            manifest,
            listing,
            f"files.{i}.arms",
        )
        if entry.source is not None:
            source = (folder / entry.source).resolve()
            if not source.is_relative_to(folder):
                raise ScenarioError(
                    f"{entry.source!r} leads out of {folder}; name a file under it", listing, field=f"files.{i}.source"
                )
            if not source.is_file():
                raise ScenarioError(f"{entry.source!r} is no file under {folder}", listing, field=f"files.{i}.source")
        elif entry.canary is not None:
            _known(entry.canary, canaries, "canary", listing, f"files.{i}.canary")
            if entry.path != (own := canaries[entry.canary].path):
                raise ScenarioError(
                    f"{entry.path!r} is not where the canary says it is, {own!r}", listing, field=f"files.{i}.path"
                )


def _known(name: str, known: Collection[str] | Mapping[str, object], what: str, file: Path, field: str) -> None:
    if name not in known:
        raise ScenarioError(f"unknown {what} {name!r}; there are {', '.join(known) or 'none'}", file, field=field)


def _known_arm(levels: Iterable[tuple[str, str]], manifest: Manifest, file: Path, field: str) -> None:
    for factor, level in levels:
        _known(factor, manifest.factors, "factor", file, field)
        _known(level, manifest.factors[factor].levels, f"level of {factor}", file, field)
