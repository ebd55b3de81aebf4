"""What is spoken on a connection, on loopback sockets: recognised, recorded, ended when idle."""

from __future__ import annotations

import asyncio
import re
import ssl
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.sandbox.authority import authority
from gyges.sandbox.witness import connection as connections
from gyges.sandbox.witness.catchall import CatchAll, _is_enough, _recognise
from gyges.sandbox.witness.tls import parse_hello

from .conftest import played, say, stored


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
        ([b"PRI", b" * HTTP/2.0\r\n\r\nS", b"M\r\n\r\n"], "http", None),
        ([b"PRI * HTTP/2.0\r\n\r\nXX"], "http", "PRI * HTTP/2.0\r\n\r\nXX"),
        ([b"PRI * HTTP/3.0"], "raw", "PRI * HTTP/3.0"),
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
    assert (tcp["body"] and stored(tcp)) == (raw.encode("latin-1") if raw else None)
    assert [r for r in records if r["kind"] == "fault"] == []


def test_origin(tmp_path: Path) -> None:
    """Every record of a connection says when it was opened and from which port; one inside another, inside which."""
    ports: list[int] = []

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ports.append(writer.get_extra_info("sockname")[1])
        writer.write(b"CONNECT a.example:80 HTTP/1.1\r\nHost: a.example\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n")
        await reader.read()
        writer.close()

    outer: dict[str, dict[str, Any]] = {}
    inner: dict[str, dict[str, Any]] = {}
    for record in played(tmp_path, client):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["opened"])
        assert record["opened"] <= record["at"]
        (inner if "via" in record else outer)[record["kind"]] = record
    assert outer.keys() == inner.keys() == {"http", "tcp"}
    assert {r["source_port"] for r in [*outer.values(), *inner.values()]} == set(ports)
    assert {r["via"] for r in inner.values()} == {outer["tcp"]["connection"]}
    assert outer["http"]["opened"] == outer["tcp"]["opened"]


def test_tls(tmp_path: Path) -> None:
    """A client that trusts the authority is shown a certificate for its name; SNI and ALPN are on record."""

    async def client(port: int) -> None:
        context = ssl.create_default_context(cafile=str(authority() / "ca.crt"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        answer = await say(port, b"PUT /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc", tls=context)
        assert answer.startswith(b"HTTP/1.1 201 Created\r\nServer: nginx\r\n")

    tls, http, _ = played(tmp_path, client)
    assert (tls["sni"], tls["alpn"], tls["accepted"]) == ("a.example", ["h2", "http/1.1"], True)
    assert (http["tls"], http["url"], stored(http)) == (True, "https://a.example/x", b"abc")


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
    assert (http["status"], stored(http)) == (None, b"part")
    assert "TimeoutError" in tcp["error"]


def test_snapshot(tmp_path: Path) -> None:
    """An open connection is shown when asked for and something is new, and not again when nothing is."""

    async def client(port: int) -> None:
        await say(port, b"raw", pause=0.2)

    def ask(everything: CatchAll) -> None:
        everything.snapshot()
        everything.snapshot()

    opened, closed = played(tmp_path, client, ask)
    assert (opened["open"], stored(opened), stored(closed)) == (True, b"raw", b"raw")
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
