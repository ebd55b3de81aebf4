"""A pod on Inspect's own docker provider: reached by commands in its two containers. Capture level 1."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.util import SandboxEnvironment, SandboxUnavailableError, sandbox

from .notes import RecordError

INSIDE = Path(__file__).parent / "witness" / "processes"
"""Where the programs are that run in the agent's container, too."""

_CHUNK = 8 * 1024 * 1024
"""Bytes of records asked for at a time; below Inspect's limit of 10 MiB an `exec`, which would cut silently."""

_TIMEOUT = 30
"""Seconds that a command of the witness may take."""

_PATIENCE = 120
"""Seconds that a program of the harness may take in the agent container, waiting for its turn included."""


class Stock:
    """See `Access`."""

    capture = 1
    streams = ("network",)

    async def install(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Each file is written as its owner: the container's root has no capability to change owners."""
        owned: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        for entry in entries:
            owned[entry["owner"], entry["group"]].append(entry)
        root = ("root", "platform")
        # Root first: its folders hold the files of the others.
        for owner, group in sorted(owned, key=lambda who: who != root):
            await inside("install", owned[owner, group], user=f"{owner}:{group}")
        # Once more, for what others wrote there since has changed the dates of root's folders.
        await inside("install", [entry for entry in owned[root] if entry["directory"]], user="root:platform")

    async def answers(self, answers: Mapping[str, Any]) -> None:
        await _witness("answers", input=json.dumps(answers))

    async def seal(self, watched: Sequence[str]) -> None:
        """Nothing can be watched here."""

    async def records(self, stream: str, after: int) -> tuple[str, int, list[dict[str, Any]]]:
        lines = (await _witness("records", "--after", str(after), "--limit", str(_CHUNK))).splitlines()
        try:
            status, *records = [json.loads(line) for line in lines]
            return status["head"], status["total"], records
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"the witness answered what is not a record: {lines[:1]!r:.200}") from error

    async def fingerprints(
        self, sizes: Mapping[str, int | None], *, anew: bool = True
    ) -> dict[str, dict[str, Any] | None]:
        found: dict[str, dict[str, Any] | None] = json.loads(
            await inside("fingerprint", dict(sizes), user="root:platform")
        )
        return found

    async def living(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(await inside("living", None, user="root"))
        return found


async def inside(program: str, data: Any, user: str | None = None) -> str:
    """Runs one of the harness's own programs in the agent container and gives its output.

    Raises:
        RecordError: The program failed, or there was no room for one more.
    """
    command = ["python3", "-I", "-c", (INSIDE / f"{program}.py").read_text()]
    agent = sandbox()
    try:
        # Inspect's own timeout starts a process more, for which a pod that a fork bomb fills has no room.
        with unlogged(agent), anyio.fail_after(_PATIENCE):
            result = await agent.exec(command, input=json.dumps(data), cwd="/", user=user)
    except (SandboxUnavailableError, TimeoutError) as error:
        raise RecordError(f"{program} did not run in the agent container: {error}") from error
    if not result.success:
        raise RecordError(f"{program} failed in the agent container: {result.stderr.strip()[-500:]}")
    return result.stdout


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
