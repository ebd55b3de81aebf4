"""What the provider reads of a pod's records, whatever became of the witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gyges.sandbox.provider import pods
from gyges.sandbox.provider.pods import UNKNOWN, Pod


@pytest.fixture
def pod(tmp_path: Path) -> Pod:
    """A pod of which only the folder is there, with three records and a line that was cut short."""
    lines = [json.dumps({"seq": seq, "hash": f"h{seq}"}) for seq in range(3)]
    (tmp_path / "network").write_text("\n".join(lines) + '\n{"seq": 3, "ha')
    return Pod("x", tmp_path, 3, "ops")


def answer(monkeypatch: pytest.MonkeyPatch, reply: Any) -> None:
    def ask(*_: Any) -> Any:
        if isinstance(reply, Exception):
            raise reply
        return reply

    monkeypatch.setattr(pods.control, "ask", ask)


def test_dead_witness(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dead witness had acknowledged is read from its file, and no more; then its death is an error."""
    answer(monkeypatch, ConnectionRefusedError("gone"))
    head, total, records = pod.batch("network", 0)
    assert (head, total, [record["seq"] for record in records]) == ("h2", UNKNOWN, [1, 2])
    with pytest.raises(ConnectionRefusedError):
        pod.batch("network", 2)


def test_full_disk(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    """A witness that cannot write any more makes the record an error that names the folder, never a clean one."""
    answer(monkeypatch, {"head": "h2", "total": 3, "start": 0, "end": 0, "silent": True})
    with pytest.raises(OSError, match=f"{pod.folder} full"):
        pod.batch("network", 2)


def test_removed_without_an_engine(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the engine is away, a pod's folder goes all the same; its containers are left to the reaper."""

    def away(_: str) -> None:
        raise OSError("no engine")

    monkeypatch.setattr(pods.owners, "discard", away)
    pod.agent = pod.witness = "id"
    pod.remove()
    assert not pod.folder.exists()
