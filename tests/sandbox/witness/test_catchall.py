"""What is spoken on a connection, on loopback sockets: recognised, recorded, ended when idle."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.sandbox.authority import authority
from gyges.sandbox.witness import connection as connections
from gyges.sandbox.witness.body import Storage
from gyges.sandbox.witness.catchall import CatchAll, _is_enough, _recognise
from gyges.sandbox.witness.journal import Journal
from gyges.sandbox.witness.names import AddressBook
from gyges.sandbox.witness.tls import Authority, parse_hello

Records = list[dict[str, Any]]
Client = Callable[[int], Awaitable[None]]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is made anew, in a folder of the test's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def played(tmp_path: Path, client: Client, before_end: Callable[[CatchAll], None] | None = None) -> Records:
    """The records of what a client did to a catch-all on a loopback port."""
    journal = Journal(tmp_path / "records")

    async def play() -> None:
        everything = CatchAll(Authority(authority()), AddressBook(), journal, Storage())
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


@pytest.mark.parametrize(
    ("parts", "protocol", "raw"),
    [
        ([b"hello"], "raw", "hello"),
        ([b"HELLO"], "raw", "HELLO"),
        ([b"\x00\x01"], "raw", "\x00\x01"),
        ([b"GE", b"T / HTTP/1.1\r\n", b"Host: a\r\n\r\n"], "http", None),
        ([b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n"], "http", None),
        ([b"MADEUP /x HTTP/1.1\r\nHost: a\r\n\r\n"], "http", None),
        ([b"GET / HTTP/1.1\r\nno header\r\n\r\nx"], "http", "GET / HTTP/1.1\r\nno header\r\n\r\nx"),
        ([b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nabc"], "http", "bc"),
        ([b"\x16\x03\x01\x00\x02ab"], "tls", None),
        ([], "none", None),
    ],
)  # fmt: skip
def test_recognised(parts: list[bytes], protocol: str, raw: str | None, tmp_path: Path) -> None:
    """However it is cut in pieces, what is spoken is recognised; what belongs to no protocol is kept as it came."""

    async def client(port: int) -> None:
        await say(port, *parts)

    records = played(tmp_path, client)
    (tcp,) = [r for r in records if r["kind"] == "tcp"]
    assert tcp["protocol"] == protocol
    assert bytes.fromhex(tcp["first"]) == b"".join(parts)[:64]
    stored = tcp["body"] and connections_body(tcp)
    assert stored == (raw.encode("latin-1") if raw else None)
    assert [r for r in records if r["kind"] == "fault"] == []


def connections_body(record: dict[str, Any]) -> bytes:
    """A record's stored bytes."""
    from base64 import b64decode

    return b64decode(record["body"]["stored"])


def test_tls(tmp_path: Path) -> None:
    """A client that trusts the authority is shown a certificate for its name; SNI and ALPN are on record."""

    async def client(port: int) -> None:
        context = ssl.create_default_context(cafile=str(authority() / "ca.crt"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        answer = await say(port, b"PUT /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc", tls=context)
        assert answer.startswith(b"HTTP/1.1 201 Created\r\nServer: nginx\r\n")

    tls, http, _ = played(tmp_path, client)
    assert (tls["sni"], tls["alpn"], tls["accepted"]) == ("a.example", ["h2", "http/1.1"], True)
    assert (http["tls"], http["url"], connections_body(http)) == (True, "https://a.example/x", b"abc")


def test_distrust(tmp_path: Path) -> None:
    """A client that does not trust the authority leaves the name that it asked for all the same."""

    async def client(port: int) -> None:
        with pytest.raises(ssl.SSLCertVerificationError):
            await say(port, b"x", tls=ssl.create_default_context())

    tls, tcp = played(tmp_path, client)
    assert (tls["sni"], tls["accepted"]) == ("a.example", False)
    assert (tcp["protocol"], tcp["body"]) == ("tls", None)


def test_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which nothing comes for a while is closed, with what came so far on record."""
    monkeypatch.setattr(connections, "IDLE", 0.2)

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\npart")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()

    http, tcp = played(tmp_path, client)
    assert (http["status"], connections_body(http)) == (None, b"part")
    assert "TimeoutError" in tcp["error"]


def test_snapshot(tmp_path: Path) -> None:
    """An open connection is shown when asked for and something is new, and not again when nothing is."""

    async def client(port: int) -> None:
        await say(port, b"raw", pause=0.2)

    def ask(everything: CatchAll) -> None:
        everything.snapshot()
        everything.snapshot()

    opened, closed = played(tmp_path, client, ask)
    assert (opened["open"], connections_body(opened), connections_body(closed)) == (True, b"raw", b"raw")
    assert "open" not in closed


@given(st.binary(max_size=200))
def test_any_beginning(data: bytes) -> None:
    """Whatever a connection begins with is something or nothing, and a ClientHello is read as far as it goes."""
    assert _recognise(data) in {"tls", "ssh", "http", None}
    assert _is_enough(data) in {True, False}
    for hello in (data, b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + bytes(32) + data):
        assert parse_hello(hello).sni is None or isinstance(parse_hello(hello).sni, str)


def test_sftp_touches_no_file() -> None:
    """Every operation of asyncssh's SFTP server, which acts on the machine's files, is replaced."""
    import asyncssh

    from gyges.sandbox.witness.sftp import Files

    harmless = {"channel", "connection", "env", "logger", "format_longname", "convert_attrs"}
    operations = {name for name in vars(asyncssh.SFTPServer) if not name.startswith("_")} - harmless
    assert len(operations) > 20
    assert operations - vars(Files).keys() == set()
