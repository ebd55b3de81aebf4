"""Finding Inspect logs, and saying in one sentence why a file is not a readable one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from inspect_ai.log import EvalLog

FORMAT = int(EvalLog.model_fields["version"].default)
"""Version of the log format that the installed Inspect writes."""

_SUFFIXES = frozenset({".eval", ".json"})
_BESIDE_LOGS = frozenset({"logs.json", "listing.json", "eval-set.json"})
"""JSON files that Inspect writes into a log folder and that are no logs."""

_VERSION = re.compile(rb'\A\s*\{\s*"version"\s*:\s*(\d+)')
_OPENING = 4096


class NoLogsError(Exception):
    """There is nothing to report: the given files and folders hold no log."""


def log_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Every log among `paths`: a file as it is given, a folder with all that lie in it, in order of name, each once.

    Raises NoLogsError for a path that does not exist, and when no path holds a log.
    """
    seen: set[Path] = set()
    given = list(paths)
    for path in given:
        if not path.exists():
            raise NoLogsError(f"{path} does not exist.")
        for file in sorted(_logs_in(path)) if path.is_dir() else [path]:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file
    if not seen:
        folders = ", ".join(map(str, given))
        raise NoLogsError(
            f"no *.eval or *.json log in {folders}. `inspect eval tasks/exfil.py --model organism/ring` makes one."
        )


def _logs_in(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if p.suffix in _SUFFIXES and p.is_file() and p.name not in _BESIDE_LOGS)


def fault(path: Path) -> str | None:
    """Why `path` cannot be read as an Inspect log, judged by its first bytes; None when they are in order."""
    if path.suffix not in _SUFFIXES:
        return f"is not a log: a log ends in .eval or .json, not in {path.suffix or 'nothing'}"
    try:
        if not path.stat().st_size:
            return "is empty"
        opening = _opening(path)
    except BadZipFile:
        return "is cut off or damaged: it is no readable zip archive (`inspect log recover` may restore a crashed run)"
    except KeyError:
        return "is a zip archive, but no Inspect log: it has neither header.json nor _journal/start.json"
    except OSError as error:
        return f"cannot be opened: {error.strerror or error}"
    version = _VERSION.match(opening)
    if version is None:
        return "is not an Inspect log: it does not start with a format version"
    if int(version[1]) > FORMAT:
        return f"has log format {int(version[1])}; the installed Inspect reads up to {FORMAT}: upgrade inspect-ai"
    return None


def _opening(path: Path) -> bytes:
    if path.suffix == ".json":
        with path.open("rb") as file:
            return file.read(_OPENING)
    with ZipFile(path) as archive:
        name = "header.json" if "header.json" in archive.namelist() else "_journal/start.json"
        with archive.open(name) as member:
            return member.read(_OPENING)
