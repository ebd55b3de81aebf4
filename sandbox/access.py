"""What the harness asks of a pod, whichever provider runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from inspect_ai.util import sandbox

from .provider.access import Supervised
from .provider.environment import PodEnvironment
from .stock import Stock

Fingerprints = dict[str, dict[str, Any] | None]


class Access(Protocol):
    """A pod, as the harness reaches into it. Every method raises RecordError where it cannot."""

    @property
    def capture(self) -> int:
        """Capture level."""

    @property
    def streams(self) -> tuple[str, ...]:
        """The records that its witness keeps, by name."""

    async def install(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Writes files for their owners: "path", "directory", "content" (base64), "mode", "mtime", "owner", "group"."""

    async def answers(self, answers: Mapping[str, Any]) -> None:
        """Gives the witness the scenario's own answers."""

    async def seal(self, watched: Sequence[str]) -> None:
        """Ends the preparation: nothing is written any more, and these files are watched where they can be."""

    async def records(self, stream: str, after: int) -> tuple[str, int, list[dict[str, Any]]]:
        """Head, number and records of a stream behind its record number `after`; perhaps not all at once."""

    async def fingerprints(self, sizes: Mapping[str, int | None], *, anew: bool) -> Fingerprints:
        """Fingerprint of each path, given its size at the last time (see `fingerprint.py`)."""

    async def living(self) -> list[dict[str, Any]]:
        """The processes that run in the agent's container."""


def access() -> Access:
    """The current sample's pod."""
    environment = sandbox()
    try:
        return Supervised(environment.as_type(PodEnvironment))
    except TypeError:
        return Stock()
