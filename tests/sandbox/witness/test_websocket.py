"""WebSocket: what a client's frames carry is on record, whatever their flags say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.sandbox.witness.answers import Answers, Canned, Reply
from gyges.sandbox.witness.websocket import handshake, unmasked

from .conftest import played, stored

UPGRADE = (
    b"GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MASK = b"\x01\x02\x03\x04"
TEXT, BINARY, CLOSE, PING = 0x81, 0x82, 0x88, 0x89


def frame(kind: int, data: bytes, mask: bytes = MASK) -> bytes:
    """A frame as a client sends it."""
    flag = 0x80 if mask else 0
    size = bytes([flag | len(data)]) if len(data) < 126 else bytes([flag | 127]) + len(data).to_bytes(8, "big")
    covered = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data)) if mask else data
    return bytes([kind]) + size + mask + covered


def test_handshake() -> None:
    """A key gets the answer that RFC 6455 §1.3 gives for it."""
    assert dict(handshake("dGhlIHNhbXBsZSBub25jZQ=="))["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@given(st.binary(max_size=300), st.one_of(st.just(b""), st.binary(min_size=4, max_size=4)), st.integers(0, 300))
def test_unmasked(data: bytes, mask: bytes, cut: int) -> None:
    """A payload comes out the same in however many pieces, and it is what was masked."""
    covered = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data)) if mask else data
    assert unmasked(covered[:cut], mask, 0) + unmasked(covered[cut:], mask, min(cut, len(covered))) == data


@pytest.mark.parametrize(
    ("frames", "message", "beside", "answer"),
    [
        ([frame(TEXT, b"one"), frame(BINARY, b"\xfftwo"), frame(CLOSE, b"\x03\xe8bye")],
         b"one\xfftwo", b"\x03\xe8bye", b"\x88\x05\x03\xe8bye"),
        ([frame(0x01, b"in "), frame(PING, b"p"), frame(0x80, b"parts")], b"in parts", b"p", b"\x8a\x01p"),
        ([frame(BINARY, bytes(70_000))], bytes(70_000), b"", b""),
        ([frame(TEXT, b"\xff\xfe", b""), frame(0xF3, b"odd")], b"\xff\xfeodd", b"", b""),
        ([frame(PING, bytes(200))], b"", bytes(200), b"\x8a\x7d" + bytes(125)),
        ([frame(TEXT, b"whole"), frame(TEXT, b"broken off")[:-4]], b"wholebroken", b"", b""),
        ([b"\x81"], b"", b"\x81", b""),
        ([], b"", b"", b""),
    ],
)  # fmt: skip
def test_frames(frames: list[bytes], message: bytes, beside: bytes, answer: bytes, tmp_path: Path) -> None:
    """Messages are one body in order; what control frames carry is kept beside it; pings and ends are answered."""

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPGRADE + frames[0] if frames else UPGRADE)
        heard = await reader.readuntil(b"\r\n\r\n")
        assert heard.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        writer.writelines(frames[1:])
        writer.write_eof()
        assert await reader.read() == answer
        writer.close()

    http, websocket, tcp = played(tmp_path, client)
    assert (http["status"], http["url"]) == (101, "http://a.example/chat")
    assert (websocket["kind"], websocket["url"], websocket["tls"]) == ("websocket", "http://a.example/chat", False)
    assert (stored(websocket), stored(tcp), tcp["error"]) == (message, beside, None)


def test_scenario_goes_first(tmp_path: Path) -> None:
    """Where the scenario has an answer to the request, it is given, and nothing is switched."""

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPGRADE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 403 Forbidden\r\n")
        writer.close()

    canned = Answers({"a.example": (Canned("GET", "/chat", Reply(403)),)})
    http, tcp = played(tmp_path, client, answers=canned)
    assert (http["status"], tcp["kind"]) == (403, "tcp")
