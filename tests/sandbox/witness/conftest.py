"""A catch-all on a loopback socket, and what a client on it leaves on record."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from base64 import b64decode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gyges.sandbox.authority import authority
from gyges.sandbox.witness import network
from gyges.sandbox.witness.answers import Answers
from gyges.sandbox.witness.body import Storage
from gyges.sandbox.witness.catchall import CatchAll
from gyges.sandbox.witness.journal import Journal
from gyges.sandbox.witness.names import AddressBook
from gyges.sandbox.witness.tls import Authority

Records = list[dict[str, Any]]
Client = Callable[[int], Awaitable[None]]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is made anew, in a folder of the test's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Addresses and ports that the next connections seem to be for, which the network would say."""
    places: list[tuple[str, int]] = []
    known = network.original_destination
    monkeypatch.setattr(network, "original_destination", lambda wire: places.pop(0) if places else known(wire))
    return places


def played(
    tmp_path: Path, client: Client, before_end: Callable[[CatchAll], None] | None = None, answers: Answers | None = None
) -> Records:
    """The records of what a client did to a catch-all on a loopback port."""
    journal = Journal(tmp_path / "records")

    async def play() -> None:
        everything = CatchAll(Authority(authority()), AddressBook(), journal, Storage())
        everything.answers = answers or everything.answers
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        accepting = asyncio.create_task(everything.accept(listener))
        await client(listener.getsockname()[1])
        if before_end:
            before_end(everything)
        for _ in range(200):
            if not everything._open:
                break
            await asyncio.sleep(0.05)
        accepting.cancel()
        listener.close()

    asyncio.run(play())
    return [json.loads(line) for line in journal.path.read_bytes().splitlines()]


async def say(port: int, *parts: bytes, pause: float = 0.05, tls: ssl.SSLContext | None = None) -> bytes:
    """Says something in parts and gives what is answered up to the end or half a second of silence."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls, server_hostname="a.example" if tls else None
    )
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(pause)
    heard = b""
    try:
        async with asyncio.timeout(0.5):
            while data := await reader.read(65536):
                heard += data
    except TimeoutError:
        pass
    writer.close()
    return heard


def stored(record: dict[str, Any]) -> bytes:
    """A record's stored bytes; empty where it has no body."""
    return b64decode(record["body"]["stored"]) if record["body"] else b""
