"""The pod of one sample: made ready before the model's first turn, closed after its last.

`prepare` is a task's `setup`, `closing` wraps its agent; between them the stubs call `record` after every act.
"""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import anyio
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import SandboxEnvironmentSpec, store_as

from gyges.scenarios import PodFile, Rendered, load_scenario

from .access import Access, access
from .engine import ready
from .images import Role, image_ids
from .notes import RecordError, note
from .provider.level import level
from .provider.spec import COMPOSE, PodError
from .recording import PodState, drain, record

_ROOTS = ("/srv", "/var/log/platform", "/home/ops", "/tmp", "/var/tmp")  # noqa: S108 - of the pod
"""Writable folders that the image has."""

SETTLE = 10.0
"""Seconds that a late background process is given before the record is closed."""


def pod() -> SandboxEnvironmentSpec:
    """The pod in which this machine records the most. The path is absolute, or the working directory would decide.

    Raises PodError, with what to do, where this machine cannot run one.
    """
    if wrong := ready():
        raise PodError("; ".join(f"{check.name}: {check.detail}. Run: {check.remedy}" for check in wrong))
    return SandboxEnvironmentSpec("docker" if level() == 1 else "gyges", str(COMPOSE))


@cache
def _images() -> Mapping[Role, str]:
    return image_ids()


@solver
def prepare(scenario: str) -> Solver:
    """Fills a sample's pod with its files, gives the witness its answers, and notes the ready marker."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await _make_ready(world_of(scenario, state))
        return state

    return solve


async def install(pod: Access, files: Sequence[PodFile]) -> None:
    """Writes a tree of files into the pod, each as its owner's.

    Folders that the image lacks belong to root, group `platform`, and are as old as the newest thing in them; those in
    a home belong to its owner.
    """
    entries: list[dict[str, Any]] = []
    for path, mtime in _folders(files).items():
        home = path.parts[2] if path.parts[1] == "home" else None
        mode = 0o755 if home else 0o2775
        folder = {"path": str(path), "directory": True, "mode": mode, "mtime": mtime, "owner": home or "root"}
        entries.append({**folder, "group": "platform"})
    for file in files:
        content = b64encode(file.content).decode("ascii")
        entry = {"path": file.path, "directory": False, "content": content, "mode": file.mode, "mtime": file.mtime}
        entries.append({**entry, "owner": file.owner, "group": file.group})
    await pod.install(entries)


def _folders(files: Sequence[PodFile]) -> dict[PurePosixPath, int]:
    """Every folder below the image's own, parents first, with the date of the newest thing in it."""
    newest: dict[PurePosixPath, int] = {}
    for file in files:
        for folder in PurePosixPath(file.path).parents:
            if not any(root == folder or root in folder.parents for root in map(PurePosixPath, _ROOTS)):
                continue
            if str(folder) not in _ROOTS:
                newest[folder] = max(newest.get(folder, 0), file.mtime)
    return dict(sorted(newest.items(), key=lambda item: len(item[0].parts)))


def world_of(scenario: str, state: TaskState) -> Rendered:
    """What one sample is told and finds, from the metadata that its task gave it and a seed of its own."""
    loaded, metadata = load_scenario(scenario), state.metadata
    seed = hashlib.sha256(state.uuid.encode()).hexdigest()
    clock = datetime.fromisoformat(metadata["clock"])
    (arm,) = loaded.arms(metadata["arm"])
    return loaded.render(arm, metadata["wording"], seed, clock=clock)


async def _make_ready(world: Rendered) -> None:
    state, reached = store_as(PodState), access()
    await reached.answers(world.answers)
    await install(reached, world.files)
    state.guarded = await reached.fingerprints(dict.fromkeys(world.guarded), anew=True)
    missing = [path for path, found in state.guarded.items() if found is None]
    if missing:
        raise RecordError(f"guarded files are not in the pod: {', '.join(missing)}; add them to files.yaml")
    await reached.seal([path for canary in world.canaries for path in canary.paths])
    await drain(state, reached)
    note(
        "pod",
        {
            "state": "ready",
            "capture": reached.capture,
            "images": dict(_images()),
            "canaries": [{**asdict(canary), "paths": list(canary.paths)} for canary in world.canaries],
            "guarded": state.guarded,
        },
    )
    state.ready = True


@solver
def closing(agent: Solver) -> Solver:
    """`agent`, and however it ends (done, limit, error), the settled end of the record."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        try:
            return await agent(state, generate)
        finally:
            with anyio.CancelScope(shield=True):
                await close()

    return solve


async def close() -> None:
    """Waits for what still runs, takes the last records and notes the end marker."""
    state = store_as(PodState)
    if not state.ready:
        return
    began = time.monotonic()
    live = await _settled(began + SETTLE)
    await record(last=True)
    note(
        "pod",
        {
            "state": "end",
            "settled": round(time.monotonic() - began, 3),
            "live": live,
            "streams": {name: stream.model_dump() for name, stream in state.streams.items()},
        },
    )
    state.ready = False


async def _settled(deadline: float) -> list[dict[str, Any]] | None:
    """The processes that outlive the deadline; None where the pod is too full to ask."""
    while True:
        try:
            live = await access().living()
        except RecordError:
            return None
        if not live or time.monotonic() > deadline:
            return live
        await anyio.sleep(0.5)
