"""HTTP/2: the same requests, records and answers as HTTP/1.1, and nothing that a client sends breaks it."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import h2.events as happened
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gyges.sandbox.authority import authority
from gyges.sandbox.witness import connection as connections
from gyges.sandbox.witness import http2
from gyges.sandbox.witness.answers import Answers, Canned, Reply

from .conftest import played, stored

Headers = list[tuple[str, str]]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def head(method: str = "GET", path: str = "/x", *more: tuple[str, str]) -> Headers:
    """The headers of a request to a.example."""
    return [(":method", method), (":path", path), (":scheme", "http"), (":authority", "a.example"), *more]


class Client:
    """A client on a connection; gives what was answered, by stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        loose = {"validate_outbound_headers": False, "normalize_outbound_headers": False}
        self.wire = H2Connection(H2Configuration(header_encoding="latin-1", **loose))
        self.wire.initiate_connection()
        self.status: dict[int, str] = {}
        self.answers: dict[int, bytes] = {}

    def ask(self, number: int, headers: Headers, body: bytes = b"", *, end: bool = True) -> None:
        """Sends a request, as far as the window allows."""
        self.wire.send_headers(number, headers, end_stream=end and not body)
        if body:
            self.wire.send_data(number, body, end_stream=end)

    async def hear(self, *numbers: int) -> None:
        """Waits until these streams are answered, or the connection ends."""
        waiting = set(numbers)
        while waiting:
            self.writer.write(self.wire.data_to_send())
            async with asyncio.timeout(5):
                if not (data := await self.reader.read(65536)):
                    return
            for event in self.wire.receive_data(data):
                match event:
                    case happened.ResponseReceived():
                        self.status[event.stream_id] = dict(event.headers)[":status"]
                    case happened.DataReceived():
                        self.answers[event.stream_id] = self.answers.get(event.stream_id, b"") + event.data
                        self.wire.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case happened.StreamEnded():
                        waiting.discard(event.stream_id)
        self.writer.write(self.wire.data_to_send())

    async def close(self) -> None:
        """Ends the connection."""
        self.writer.write(self.wire.data_to_send())
        await self.writer.drain()
        self.writer.close()


async def meet(port: int, tls: ssl.SSLContext | None = None) -> Client:
    """A client that is connected."""
    return Client(
        *await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname="a.example" if tls else None)
    )


def requests(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The requests on record."""
    assert [r for r in records if r["kind"] == "fault"] == []
    return [r for r in records if r["kind"] == "http"]


def test_inside_tls(tmp_path: Path) -> None:
    """It is agreed on by ALPN, and the record has every field that one of HTTP/1.1 has."""

    async def client(port: int) -> None:
        context = ssl.create_default_context(cafile=str(authority() / "ca.crt"))
        context.set_alpn_protocols(["h2"])
        it = await meet(port, context)
        assert it.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
        it.ask(1, head("PUT", "/x?y", ("x-a", "b"), ("content-length", "3")), b"abc")
        await it.hear(1)
        assert it.status == {1: "201"}
        await it.close()

    (http,) = requests(played(tmp_path, client))
    said = ("version", "tls", "method", "target", "url", "status", "error")
    assert [http[name] for name in said] == ["2", True, "PUT", "/x?y", "https://a.example/x?y", 201, None]
    assert http["headers"][:2] == [["host", "a.example"], [":scheme", "http"]]  # which is not the scheme it came by
    assert stored(http) == b"abc"


def test_streams(tmp_path: Path) -> None:
    """Requests that arrive at the same time each have their own body; what ends midway is on record, too."""

    async def client(port: int) -> None:
        it = await meet(port)
        it.ask(1, head("POST", "/1"), b"on", end=False)
        it.ask(3, head("POST", "/3"), b"two")
        it.ask(5, head("POST", "/5"), b"part", end=False)
        it.ask(7, head("POST", "/7"), b"gone", end=False)
        it.wire.reset_stream(5)
        it.wire.send_data(1, b"e", end_stream=True)
        await it.hear(1, 3)
        await it.close()

    seen = [(r["target"], stored(r), r["status"], r["error"]) for r in requests(played(tmp_path, client))]
    assert sorted(seen, key=lambda one: one[0]) == [
        ("/1", b"one", 201, None),
        ("/3", b"two", 201, None),
        ("/5", b"part", None, "incomplete: the stream was reset"),
        ("/7", b"gone", None, "incomplete: the connection ended"),
    ]


def test_flow_control(tmp_path: Path) -> None:
    """Uploads and answers longer than any window arrive whole; a header that only HTTP/1.1 has is left out."""
    long = bytes(range(256)) * 12_288
    canned = Canned("GET", "/long", Reply(200, (("Connection", "close"), ("X-A", "b")), long))

    async def client(port: int) -> None:
        it = await meet(port)
        it.ask(1, head(path="/long"))
        await it.hear(1)
        assert it.answers[1] == long
        it.ask(3, head("POST", "/up"), end=False)
        rest = long
        while rest:
            if size := min(it.wire.local_flow_control_window(3), 16384, len(rest)):
                it.wire.send_data(3, rest[:size], end_stream=size == len(rest))
                rest = rest[size:]
            else:
                it.writer.write(it.wire.data_to_send())
                it.wire.receive_data(await it.reader.read(65536))
        await it.hear(3)
        await it.close()

    answers = Answers({"a.example": (canned,)})
    _, up = requests(played(tmp_path, client, answers=answers))
    assert (stored(up), up["body"]["cut"]) == (long, False)


def test_connect_is_refused(tmp_path: Path) -> None:
    """CONNECT gets 405, and what is sent behind it all the same is kept."""

    async def client(port: int) -> None:
        it = await meet(port)
        it.wire.send_headers(1, [(":method", "CONNECT"), (":authority", "b.example:22")])
        it.wire.send_data(1, b"inside")
        await it.hear(1)
        assert it.status == {1: "405"}
        await it.close()

    records = played(tmp_path, client)
    (http,) = requests(records)
    assert (http["method"], http["url"], http["status"]) == ("CONNECT", "b.example:22", 405)
    assert stored(records[-1]) == b"inside"


def test_what_counts(tmp_path: Path) -> None:
    """Of two hosts `:authority` counts, trailers are kept, and HEAD has no body."""

    async def client(port: int) -> None:
        it = await meet(port)
        it.ask(1, head("HEAD", "/", ("host", "b.example"), (":path", "/twice")), b"x", end=False)
        it.wire.send_headers(1, [("x-trailer", "t")], end_stream=True)
        await it.hear(1)
        assert (it.status, it.answers) == ({1: "200"}, {})
        await it.close()

    (http,) = requests(played(tmp_path, client))
    assert http["url"] == "http://a.example/"
    assert http["headers"] == [["host", "a.example"], ["host", "b.example"], [":path", "/twice"], ["x-trailer", "t"]]


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (b"\xff\xff\xff\x00\x00\x00\x00\x00\x01", "a frame of 16777224 bytes"),
        (b"\x00\x00\x01\x06\x00\x00\x00\x00\x00x", "FrameDataMissingError"),
        (b"\x00\x00\x03\x01\x04\x00\x00\x00\x03\xff\xff\xff", "ProtocolError"),
    ],
)
def test_broken(broken: bytes, error: str, tmp_path: Path) -> None:
    """What comes before a broken frame is a request with its answer; from there on everything is kept as it came."""

    async def client(port: int) -> None:
        it = await meet(port)
        it.ask(1, head("POST"), b"fine")
        it.writer.write(it.wire.data_to_send() + broken)
        await it.writer.drain()
        await asyncio.sleep(0.2)
        it.writer.write(b"and more")
        it.writer.write_eof()
        await it.reader.read()
        it.writer.close()

    records = played(tmp_path, client)
    (http,) = requests(records)
    assert (stored(http), http["status"]) == (b"fine", 201)
    assert records[-1]["error"].startswith("not HTTP/2: ")
    assert error in records[-1]["error"]
    assert stored(records[-1]) == broken + b"and more"


def test_hidden(tmp_path: Path) -> None:
    """What is sent on a stream that is over, or in a frame of no known type or half of one, is kept all the same."""

    async def client(port: int) -> None:
        it = await meet(port)
        it.ask(1, head())
        await it.hear(1)
        it.writer.write(b"\0\0\6\0\0\0\0\0\1behind")
        it.writer.write(b"\0\0\7\xee\0\0\0\0\0unknown")
        it.writer.write(b"\0\0\x40\0\0\0\0\0\1half")
        await it.close()

    records = played(tmp_path, client)
    (_,) = requests(records)
    assert stored(records[-1]) == b"behindunknown" + b"\0\0\x40\0\0\0\0\0\1half"


def test_headers_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests whose headers would take too much memory are refused; the others go on."""
    monkeypatch.setattr(http2, "_HEADERS_LIMIT", 3000)

    async def client(port: int) -> None:
        it = await meet(port)
        it.ask(1, head("POST"), b"a", end=False)
        it.ask(3, head("POST", "/x", ("x-a", "b" * 2500)), b"c")
        it.wire.send_data(1, b"b", end_stream=True)
        await it.hear(1, 3)
        assert it.status == {1: "201", 3: "431"}
        await it.close()

    records = played(tmp_path, client)
    assert [(r["status"], stored(r)) for r in requests(records)] == [(431, b""), (201, b"ab")]
    assert stored(records[-1]) == b"c"


def test_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request on which nothing more comes is on record with what came."""
    monkeypatch.setattr(connections, "IDLE", 0.2)

    async def client(port: int) -> None:
        it = await meet(port)
        it.ask(1, head("POST"), b"so far", end=False)
        await it.hear(1)

    records = played(tmp_path, client)
    (http,) = requests(records)
    assert (stored(http), http["error"]) == (b"so far", "incomplete: TimeoutError")
    assert "TimeoutError" in records[-1]["error"]


FRAME = st.tuples(st.integers(0, 20), st.integers(0, 255), st.integers(0, 5), st.binary(max_size=40)).map(
    lambda f: len(f[3]).to_bytes(3, "big") + bytes([f[0], f[1]]) + f[2].to_bytes(4, "big") + f[3]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=st.lists(FRAME, max_size=12), ending=st.binary(max_size=12))
def test_hostile(frames: list[bytes], ending: bytes, tmp_path: Path) -> None:
    """Whatever frames come, the witness has no fault."""
    request = H2Connection(H2Configuration())
    request.initiate_connection()
    request.send_headers(1, head("POST"))

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.data_to_send() + b"".join(frames) + ending)
        writer.write_eof()
        await reader.read()
        writer.close()

    records = played(tmp_path, client)
    requests(records)
    assert records[-1]["kind"] == "tcp"
