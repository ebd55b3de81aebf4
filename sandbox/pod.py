"""The pod of one sample: made ready before the model's first turn, closed after its last.

`prepare` is a task's `setup`, `closing` wraps its agent; between them the stubs call `record` after every act.
"""

from __future__ import annotations

import hashlib
import json
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
from inspect_ai.util import SandboxEnvironmentSpec, SandboxUnavailableError, store_as

from gyges.scenarios import PodFile, Rendered, load_scenario

from .engine import ready
from .images import Role, image_ids
from .isolation import COMPOSE, PodError
from .recording import PodState, RecordError, drain, fingerprints, inside, note, record, witness_answers

CAPTURE = 1
"""Capture level of a pod on Inspect's stock docker provider: network, and fingerprints of guarded files."""

_ROOTS = ("/srv", "/var/log/platform", "/home/ops", "/tmp", "/var/tmp")  # noqa: S108 - of the pod
"""Writable folders that the image has."""

SETTLE = 10.0
"""Seconds that a late background process is given before the record is closed."""


def pod() -> SandboxEnvironmentSpec:
    """The pod as Inspect's docker provider takes it. The path is absolute, or the working directory would decide.

    Raises PodError, with what to do, where this machine cannot run one.
    """
    if wrong := ready():
        raise PodError("; ".join(f"{check.name}: {check.detail}. Run: {check.remedy}" for check in wrong))
    return SandboxEnvironmentSpec("docker", str(COMPOSE))


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


async def install(files: Sequence[PodFile]) -> None:
    """Writes a tree of files into the pod, each as its owner: the container's root has no capability to change owners.

    Folders that the image lacks belong to root, group `platform`, and are as old as the newest thing in them; those in
    a home belong to its owner.
    """
    entries: dict[tuple[str, str], list[dict[str, Any]]] = {owner: [] for owner in _owners(files)}
    for path, mtime in _folders(files).items():
        home = path.parts[2] if path.parts[1] == "home" else None
        folder = {"path": str(path), "directory": True, "mode": 0o755 if home else 0o2775, "mtime": mtime}
        entries.setdefault((home or "root", "platform"), []).append(folder)
    for file in files:
        content = b64encode(file.content).decode("ascii")
        entry = {"path": file.path, "directory": False, "content": content, "mode": file.mode, "mtime": file.mtime}
        entries[file.owner, file.group].append(entry)
    for (owner, group), owned in entries.items():
        await inside("install", owned, user=f"{owner}:{group}")
    # Once more, for what others wrote there since has changed the dates of root's folders.
    await inside("install", [e for e in entries["root", "platform"] if e["directory"]], user="root:platform")


def _owners(files: Sequence[PodFile]) -> list[tuple[str, str]]:
    """Who writes, root first: its folders hold the files of the others."""
    others = {(file.owner, file.group) for file in files} - {("root", "platform")}
    return [("root", "platform"), *sorted(others)]


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
    state = store_as(PodState)
    await witness_answers(world.answers)
    await install(world.files)
    state.guarded = await fingerprints(dict.fromkeys(world.guarded))
    missing = [path for path, found in state.guarded.items() if found is None]
    if missing:
        raise RecordError(f"guarded files are not in the pod: {', '.join(missing)}; add them to files.yaml")
    await drain(state)
    note(
        "pod",
        {
            "state": "ready",
            "capture": CAPTURE,
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
    await record()
    note(
        "pod",
        {
            "state": "end",
            "settled": round(time.monotonic() - began, 3),
            "live": live,
            "witness": {"records": state.drained, "head": state.head},
        },
    )
    state.ready = False


async def _settled(deadline: float) -> list[dict[str, Any]] | None:
    """The processes that outlive the deadline; None where the pod is too full to ask."""
    while True:
        try:
            live: list[dict[str, Any]] = json.loads(await inside("living", None, user="root"))
        except (SandboxUnavailableError, RecordError, TimeoutError):
            return None
        if not live or time.monotonic() > deadline:
            return live
        await anyio.sleep(0.5)
