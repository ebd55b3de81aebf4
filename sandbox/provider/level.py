"""The capture level of this machine: tried once with a real pod, and remembered while the engine is the same."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import cast

from platformdirs import user_cache_path

from gyges.sandbox.images import image_ids

from .capture import Level
from .daemon import client
from .execution import Execution, UnavailableError
from .pods import started
from .spec import PodError

VARIABLE = "GYGES_CAPTURE"
"""Environment variable that sets the highest level to use."""

_SUPERVISED: tuple[Level, ...] = (3, 2)
_PROBE_SECONDS = 15
FORGOTTEN = 3600
"""Seconds after which it is tried again whether more than level 1 works: what was in the way may be gone."""


def level() -> Level:
    """The highest level that works here, at most what the environment variable says.

    Raises:
        PodError: The variable is no level.
    """
    highest = _highest()
    if highest == 1:
        return 1
    memory = user_cache_path("gyges") / "capture.json"
    engine = _engine()
    found = _remembered(memory).get(engine)
    if found is None:
        found = _tried()
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps({engine: found}), encoding="utf-8")
    return min(highest, cast(Level, found))


def works(level: Level) -> str:
    """Why a level does not work here; empty where it does."""
    try:
        with started(level, _PROBE_SECONDS) as pod:
            execution = Execution(pod, 1000)
            execution.run(["true"], timeout=_PROBE_SECONDS)
            records = pod.records_of("processes")
    except (PodError, UnavailableError, OSError, ValueError) as error:
        return str(error)
    seen = any(record["kind"] == "exec" and record["argv"] == ["true"] for record in records)
    return "" if seen else "a process ran and is not on the record"


def _highest() -> Level:
    given = os.environ.get(VARIABLE, "3")
    if given not in ("1", "2", "3"):
        raise PodError(f"{VARIABLE} must be 1, 2 or 3, not {given!r}")
    return cast(Level, int(given))


def _tried() -> Level:
    return next((level for level in _SUPERVISED if not works(level)), 1)


def _remembered(memory: Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        found: dict[str, int] = json.loads(memory.read_text(encoding="utf-8"))
        recent = time.time() - memory.stat().st_mtime < FORGOTTEN
        return {engine: level for engine, level in found.items() if level > 1 or recent}
    return {}


def _engine() -> str:
    """What a level depends on."""
    info = client().info()
    images = sorted(image_ids().values())
    runtime = [info["Runtimes"][info["DefaultRuntime"]].get("path"), (info.get("RuncCommit") or {}).get("ID")]
    return json.dumps([info["ID"], info["ServerVersion"], info["KernelVersion"], runtime, images])
