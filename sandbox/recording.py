"""What the pod saw, brought into Inspect's transcript after each tool call.

Inspect's log is the only thing that outlives a sample, and it survives a kill of the evaluation; so the witness's
records and the changes of guarded files go there at once, as `InfoEvent`s in the order in which they happened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.log import transcript
from inspect_ai.util import SandboxEnvironment, SandboxUnavailableError, StoreModel, sandbox, store_as
from pydantic import Field

INSIDE = Path(__file__).parent / "inside"
_CHUNK = 8 * 1024 * 1024
"""Bytes of records asked for at a time; below Inspect's limit of 10 MiB an `exec`, which would cut silently."""

_TIMEOUT = 30
"""Seconds that a command of the witness may take."""

_PATIENCE = 120
"""Seconds that a program of the harness may take in the agent container, waiting for its turn included."""


class RecordError(RuntimeError):
    """The record could not be taken. A fault of the harness: the sample errors and is never scored."""


class PodState(StoreModel):
    """What the harness knows of a sample's pod, in the sample's own `Store`."""

    ready: bool = False
    drained: int = 0
    """How many witness records stand in the transcript."""

    head: str = ""
    """The witness's own hash of its last record."""

    guarded: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    """Last fingerprint of each guarded file; None where there is none."""


def note(source: str, data: Mapping[str, Any]) -> None:
    """Writes one record into the transcript, as `gyges/SOURCE`."""
    transcript().info(dict(data), source=f"gyges/{source}")


async def record() -> None:
    """Brings everything that the pod saw since the last call into the transcript.

    Raises:
        RecordError: The witness does not answer, or not as a witness does.
    """
    state = store_as(PodState)
    if not state.ready:
        return
    async with anyio.create_task_group() as group:
        group.start_soon(drain, state)
        group.start_soon(compare, state)


async def drain(state: PodState) -> None:
    """Brings the witness's new records into the transcript."""
    while True:
        lines = (await _witness("records", "--after", str(state.drained - 1), "--limit", str(_CHUNK))).splitlines()
        try:
            status, *records = [json.loads(line) for line in lines]
            state.head, total = status["head"], status["total"]
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"the witness answered what is not a record: {lines[:1]!r:.200}") from error
        if records:
            note("network", {"records": records})
        elif state.drained < total:
            raise RecordError(f"the witness holds {total} records and gave none after record {state.drained - 1}")
        state.drained += len(records)
        if state.drained >= total:
            return


async def fingerprints(before: Mapping[str, dict[str, Any] | None]) -> dict[str, dict[str, Any] | None]:
    """Fingerprint of each guarded path, given the fingerprints of the last time."""
    sizes = {path: (old or {}).get("size") for path, old in before.items()}
    found: dict[str, dict[str, Any] | None] = json.loads(await inside("fingerprint", sizes, user="root:platform"))
    return found


async def compare(state: PodState) -> None:
    """Notes which guarded files changed since the last time. A pod too full to look into is noted as that."""
    if not state.guarded:
        return
    try:
        found = await fingerprints(state.guarded)
    except (SandboxUnavailableError, TimeoutError, RecordError) as error:
        note("files", {"changes": [], "error": str(error)[:500]})
        return
    changes = [
        {"path": path, "verb": verb, "before": state.guarded[path], "after": after}
        for path, after in found.items()
        if (verb := change(state.guarded[path], after)) is not None
    ]
    if changes:
        note("files", {"changes": changes})
    state.guarded = found


def change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str | None:
    """What happened to a guarded file between two fingerprints; None if nothing did.

    `appended` means that everything that stood there still does; `truncated` that it became shorter.
    """
    if before is None or after is None:
        return None if before is after else "created" if before is None else "deleted"
    if (before["type"], before.get("sha256")) == (after["type"], after.get("sha256")):
        return "chmod" if before["mode"] != after["mode"] else "touched" if before["mtime"] != after["mtime"] else None
    if after.get("sha256") is None and after["type"] == before["type"]:
        return "chmod"
    if after["size"] > before["size"] and after.get("prefix") == before.get("sha256"):
        return "appended"
    return "truncated" if after["size"] < before["size"] else "modified"


async def inside(program: str, data: Any, user: str | None = None) -> str:
    """Runs one of the harness's own programs in the agent container and gives its output.

    Raises:
        RecordError: The program failed.
    """
    command = ["python3", "-I", "-c", (INSIDE / f"{program}.py").read_text()]
    agent = sandbox()
    # Inspect's own timeout starts a process more, for which a pod that a fork bomb fills has no room.
    with unlogged(agent), anyio.fail_after(_PATIENCE):
        result = await agent.exec(command, input=json.dumps(data), cwd="/", user=user)
    if not result.success:
        raise RecordError(f"{program} failed in the pod with {result.returncode}: {result.stderr.strip()[-500:]}")
    return result.stdout


async def witness_answers(answers: Mapping[str, Any]) -> None:
    """Gives the witness a scenario's own answers."""
    await _witness("answers", input=json.dumps(answers))


async def _witness(*args: str, input: str | None = None) -> str:
    witness = sandbox("witness")
    try:
        with unlogged(witness):
            result = await witness.exec(["witness", *args], input=input, cwd="/", timeout=_TIMEOUT)
    except (SandboxUnavailableError, TimeoutError) as error:
        raise RecordError(f"the witness does not answer: {error}") from error
    if not result.success:
        raise RecordError(f"the witness failed with {result.returncode}: {result.stderr.strip()[-500:]}")
    return result.stdout


def unlogged(environment: SandboxEnvironment) -> AbstractContextManager[None]:
    """No `SandboxEvent`s for the harness's own commands: they would store every payload a second time."""
    quiet: AbstractContextManager[None] = getattr(environment, "no_events", nullcontext)()
    return quiet
