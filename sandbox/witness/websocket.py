"""WebSocket (RFC 6455): what a client's messages carry, joined in order.

A library would refuse what is malformed. Here it must be kept, so frames are taken whatever their flags say.
"""

from base64 import b64encode
from hashlib import sha1

from .body import Body
from .connection import CHUNK, Connection, Stream

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CLOSE, _PING, _CONTROL = 8, 9, 8
_CONTROL_LIMIT = 125


def handshake(key: str) -> list[tuple[str, str]]:
    """The headers of the answer to an upgrade with this `Sec-WebSocket-Key`."""
    accept = b64encode(sha1((key.strip() + _GUID).encode("latin-1"), usedforsecurity=False).digest()).decode("ascii")
    return [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)]


async def serve(connection: Connection, client: Stream, *, url: str, tls: bool) -> None:
    """Takes frames until the client is done, and records what they carried."""
    body = connection.body()
    try:
        while await _frame(connection, client, body):
            pass
    finally:
        connection.pending = None
        connection.note("websocket", tls=tls, url=url, body=body.record() if body.size else None)


async def _frame(connection: Connection, client: Stream, body: Body) -> bool:
    """Takes one frame. False: it was the last."""
    start = await client.up_to(2)
    if len(start) < 2:
        connection.spill(start)
        return False
    kind, size = start[0] & 0x0F, start[1] & 0x7F
    if size > _CONTROL_LIMIT:
        size = int.from_bytes(await client.up_to(2 if size == 126 else 8), "big")
    mask = await client.up_to(4) if start[1] & 0x80 else b"\0"
    echo = b""
    taken = 0
    while taken < size and (data := await client.read(min(size - taken, CHUNK))):
        data = unmasked(data, mask, taken)
        taken += len(data)
        if kind & _CONTROL:
            connection.spill(data)
            echo += data[: _CONTROL_LIMIT - len(echo)]
        else:
            body.add(data)
    if kind in (_PING, _CLOSE):
        answer = 0x8A if kind == _PING else 0x88
        await client.write(bytes([answer, len(echo)]) + echo)
    return kind != _CLOSE and taken == size


def unmasked(data: bytes, mask: bytes, position: int) -> bytes:
    """Bytes of a payload that begin at a position of it. Masking is its own reverse (§5.3)."""
    if not mask:
        return data
    turn = position % len(mask)
    pad = (mask[turn:] + mask[:turn]) * (len(data) // len(mask) + 1)
    return (int.from_bytes(data, "big") ^ int.from_bytes(pad[: len(data)], "big")).to_bytes(len(data), "big")
