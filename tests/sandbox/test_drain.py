"""Records on their way into the transcript: none is lost, and a witness that is gone is never a clean record."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gyges.sandbox import recording
from gyges.sandbox.access import Access
from gyges.sandbox.notes import RecordError
from gyges.sandbox.provider.pods import UNKNOWN
from gyges.sandbox.recording import PodState, drain


class Dead:
    """A pod whose witness has died and left two records of each stream."""

    streams = ("processes", "network")

    async def records(self, stream: str, after: int) -> tuple[str, int, list[dict[str, Any]]]:
        if after >= 1:
            raise RecordError("the witness does not answer")
        return f"{stream}1", UNKNOWN, [{"seq": seq} for seq in range(after + 1, 2)]


@pytest.mark.anyio
async def test_dead_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it left comes into the transcript, in order, and its death is an error in the same breath."""
    noted: list[tuple[str, int]] = []
    monkeypatch.setattr(recording, "note", lambda stream, data: noted.append((stream, len(data["records"]))))
    state = PodState()
    with pytest.raises(RecordError, match="does not answer"):
        await drain(state, cast(Access, Dead()))
    assert noted == [("processes", 2), ("network", 2)]
    assert {name: stream.records for name, stream in state.streams.items()} == {"processes": 2, "network": 2}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
