"""A pod of our own provider: asked through its folder on this machine, without a process in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gyges.sandbox.notes import RecordError

from .environment import PodEnvironment


class Supervised:
    """See `gyges.sandbox.access.Access`."""

    streams = ("processes", "network")
    """In this order: a connection's process is on the record before the connection."""

    def __init__(self, environment: PodEnvironment) -> None:
        self._environment = environment
        self._pod = environment.pod
        self.capture = self._pod.level

    async def install(self, entries: Sequence[Mapping[str, Any]]) -> None:
        await self._ask("install", list(entries))

    async def answers(self, answers: Mapping[str, Any]) -> None:
        await self._call(self._pod.ask_network, "answers", dict(answers))

    async def seal(self, watched: Sequence[str]) -> None:
        await self._ask("seal", list(watched))

    async def records(self, stream: str, after: int) -> tuple[str, int, list[dict[str, Any]]]:
        found: tuple[str, int, list[dict[str, Any]]] = await self._call(self._pod.batch, stream, after)
        return found

    async def fingerprints(self, sizes: Mapping[str, int | None], *, anew: bool) -> dict[str, dict[str, Any] | None]:
        found: dict[str, dict[str, Any] | None] = (
            await self._ask("fingerprints", {"before": dict(sizes), "anew": anew})
        )["found"]
        return found

    async def living(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._ask("living"))["living"]
        return found

    async def _ask(self, command: str, argument: Any = None) -> dict[str, Any]:
        answer: dict[str, Any] = await self._call(self._pod.ask, command, argument)
        return answer

    async def _call(self, function: Any, *args: Any) -> Any:
        try:
            return await self._environment.off_loop(function, *args)
        except (OSError, ValueError) as error:
            raise RecordError(f"the witness does not answer: {error}") from error
