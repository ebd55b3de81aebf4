"""The files that a page rests on, with their digests, and what their runs were made with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import file_digest
from os.path import commonpath
from pathlib import Path

from gyges.evidence.run import Run
from gyges.evidence.trial import Trial, Unreadable


@dataclass(frozen=True)
class Source:
    """One log file."""

    name: str
    """Below the folder that all of them share."""

    size: int
    digest: str
    """SHA-256 of its bytes; empty where they could not be read."""

    counted: int
    """Trials that are counted from it; planned ones that never ran included."""

    problem: str = ""


def sources(paths: Iterable[Path], trials: Iterable[Trial], unreadable: Iterable[Unreadable]) -> list[Source]:
    """What each file is, in order of name; files that hold no trial are known only where `paths` names them."""
    counted = Counter(it.log for it in trials)
    problems = {it.path: it.reason for it in unreadable}
    files = sorted({*paths, *counted, *problems}, key=str)
    folder = Path(commonpath([it.absolute().parent for it in files])) if files else Path()
    return [_source(it, folder, counted[it], problems.get(it, "")) for it in files]


def _source(path: Path, folder: Path, counted: int, problem: str) -> Source:
    name = str(path.absolute().relative_to(folder))
    try:
        with path.open("rb") as file:
            return Source(name, path.stat().st_size, file_digest(file, "sha256").hexdigest(), counted, problem)
    except OSError as error:
        return Source(name, 0, "", counted, problem or f"cannot be opened: {error.strerror or error}")


def made_with(runs: Iterable[Run]) -> list[str]:
    """The versions that runs were made with, each combination once."""
    return list(dict.fromkeys(_versions(it) for it in runs))


def _versions(run: Run) -> str:
    changed = " with uncommitted changes" if run.dirty else ""
    named = {"inspect_ai": run.inspect, "gyges": run.gyges, "git": run.commit + changed if run.commit else ""}
    told = [f"{name} {version}" for name, version in named.items() if version]
    told += [f"scenario digest {run.scenario_digest[:16]}"] if run.scenario_digest else []
    told += ["tags or metadata of the log were edited after the run"] if run.edited else []
    return ", ".join(told) or "versions that the log does not name"
