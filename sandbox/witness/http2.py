"""HTTP/2 (RFC 9113), inside TLS or with prior knowledge: each request is recorded as those of HTTP/1.1 are."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import h2.events as happened
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from .answers import Answers, Reply, heading
from .body import Body
from .connection import Connection, Stream
from .http import HEADER_LIMIT, Asked, latin

_FORBIDDEN = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
"""Headers that only HTTP/1.1 has (§8.2.2)."""

_PREFACE = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
_FRAME_HEADER = 9
_FRAME_LIMIT = 16_384
"""Bytes that a frame may carry as long as nothing else was agreed on (§4.2)."""

_WINDOW = 1024 * 1024
"""Bytes that a client may have on their way: what has come is taken at once, so that only waiting is saved."""

_STREAMS_LIMIT = 100
_DATA = 0
_HEADERS_LIMIT = 1024 * 1024
"""Bytes of memory that the headers of all requests that are arriving may take."""

_TOO_MUCH = Reply(431)
_NO_CONNECT = Reply(405, (("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),))


@dataclass
class _Exchange:
    """A request that is arriving."""

    asked: Asked
    body: Body

    @cached_property
    def weight(self) -> int:
        """About how much memory the headers take."""
        return sum(200 + len(name) + len(value) for name, value in self.asked.headers)


class Session:
    """One connection that speaks HTTP/2."""

    def __init__(self, connection: Connection, stream: Stream, answers: Answers, secure: bool) -> None:
        self._connection = connection
        self._stream = stream
        self._answers = answers
        self._secure = secure
        # Odd headers are taken: refused, they would stay compressed, and nobody could read them on the record.
        configuration = H2Configuration(client_side=False, header_encoding=None, validate_inbound_headers=False)
        self._wire = H2Connection(configuration)
        settings = {
            SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
            SettingCodes.MAX_CONCURRENT_STREAMS: _STREAMS_LIMIT,
            SettingCodes.MAX_HEADER_LIST_SIZE: HEADER_LIMIT,
        }
        self._wire.local_settings = Settings(client=False, initial_values=settings)
        self._unread = bytearray()
        self._begun = False
        self._arriving: dict[int, _Exchange] = {}
        self._unsent: dict[int, memoryview] = {}
        """The rest of each answer, for which the client had no room yet."""

    async def serve(self) -> None:
        """Answers requests until the client has no more of them."""
        error = "the connection ended"
        try:
            self._wire.initiate_connection()
            self._wire.increment_flow_control_window(_WINDOW)
            await self._send()
            while data := await self._stream.read():
                self._unread += data
                self._receive()
                await self._send()
                if self._connection.error:
                    await self._refuse()
        except Exception as broken:
            error = str(broken) or type(broken).__name__
            raise
        finally:
            self._connection.spill(self._unread)
            for exchange in self._arriving.values():
                exchange.asked.note(None, exchange.body, f"incomplete: {error}")

    def _receive(self) -> None:
        """Takes what is there. It is cut here, so that what comes before a broken frame is heard, and the rest kept."""
        while frame := self._next():
            try:
                events = self._wire.receive_data(frame)
            except Exception as error:  # noqa: BLE001  whatever the library stumbles over, the client sent it
                self._connection.error = f"not HTTP/2: {type(error).__name__}: {error}"[:200]
                return
            del self._unread[: len(frame)]
            for event in events:
                self._take(event)
            if frame[3] == _DATA and not any(isinstance(event, happened.DataReceived) for event in events):
                self._connection.spill(frame[_FRAME_HEADER:])  # for a stream that is over

    def _next(self) -> bytes:
        """The preface or a frame; empty while it is not all there."""
        size = _PREFACE
        if self._begun:
            size = _FRAME_HEADER + int.from_bytes(self._unread[:3], "big")
            if size > _FRAME_HEADER + _FRAME_LIMIT:
                self._connection.error = f"not HTTP/2: a frame of {size} bytes"
                return b""
        if len(self._unread) < max(size, _FRAME_HEADER):
            return b""
        self._begun = True
        return bytes(self._unread[:size])

    def _take(self, event: Any) -> None:
        number = getattr(event, "stream_id", 0)
        exchange = self._arriving.get(number)
        match event:
            case happened.RequestReceived():
                self._begin(number, latin(event.headers))
            case happened.DataReceived():
                self._continue(event, exchange)
            case happened.TrailersReceived() if exchange:
                exchange.asked.headers.extend(latin(event.headers))
            case happened.StreamEnded() if exchange:
                del self._arriving[number]
                self._answer(number, exchange, self._answers.reply(exchange.asked.request(exchange.body)))
            case happened.StreamReset():
                self._unsent.pop(number, None)
                if exchange:
                    del self._arriving[number]
                    exchange.asked.note(None, exchange.body, "incomplete: the stream was reset")
            case happened.UnknownFrameReceived():
                self._connection.spill(getattr(event.frame, "body", b""))
            case happened.ConnectionTerminated():
                self._connection.spill(event.additional_data or b"")

    def _continue(self, event: happened.DataReceived, exchange: _Exchange | None) -> None:
        with suppress(ProtocolError):  # reset meanwhile
            self._wire.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if exchange:
            exchange.body.add(event.data)
            self._connection.pending = exchange.body
        else:
            self._connection.spill(event.data)

    def _begin(self, number: int, headers: list[list[str]]) -> None:
        asked = _asked(self._connection, self._secure, headers)
        exchange = _Exchange(asked, self._connection.body())
        if asked.method == "CONNECT":
            self._answer(number, exchange, _NO_CONNECT)
            return
        if sum(other.weight for other in self._arriving.values()) + exchange.weight > _HEADERS_LIMIT:
            self._answer(number, exchange, _TOO_MUCH)
            return
        self._arriving[number] = exchange
        if asked.header("expect").lower() == "100-continue":
            with suppress(ProtocolError):
                self._wire.send_headers(number, [(":status", "100")])

    def _answer(self, number: int, exchange: _Exchange, reply: Reply) -> None:
        exchange.asked.note(reply.status, exchange.body)
        body = b"" if exchange.asked.method == "HEAD" or reply.status in (204, 304) else reply.body
        headers = [(name.lower(), value) for name, value in heading(reply) if name.lower() not in _FORBIDDEN]
        with suppress(ProtocolError):  # reset meanwhile
            self._wire.send_headers(number, [(":status", str(reply.status)), *headers], end_stream=not body)
            if body:
                self._unsent[number] = memoryview(body)

    async def _send(self) -> None:
        """Sends what the client has room for, piece by piece: room may be more than there should be in memory."""
        await self._stream.write(self._wire.data_to_send())
        for number in list(self._unsent):
            with suppress(ProtocolError):  # reset meanwhile
                while rest := self._unsent.pop(number, None):
                    size = min(
                        len(rest), self._wire.local_flow_control_window(number), self._wire.max_outbound_frame_size
                    )
                    if size <= 0:
                        self._unsent[number] = rest
                        break
                    self._wire.send_data(number, rest[:size].tobytes(), end_stream=size == len(rest))
                    if size < len(rest):
                        self._unsent[number] = rest[size:]
                    await self._stream.write(self._wire.data_to_send())

    async def _refuse(self) -> None:
        """What follows on no HTTP/2 is kept to its end."""
        self._connection.spill(self._unread)
        self._unread.clear()
        while data := await self._stream.read():
            self._connection.spill(data)


def _asked(connection: Connection, secure: bool, headers: list[list[str]]) -> Asked:
    """A request from its header list. What the record says elsewhere is no header; anything else stays one."""
    scheme = "https" if secure else "http"
    pseudo = {name: value for name, value in reversed(headers) if name.startswith(":")}
    method, path, authority = (pseudo.get(name, "") for name in (":method", ":path", ":authority"))
    said = ([":method", method], [":path", path], [":authority", authority], [":scheme", scheme])
    rest = [header for header in headers if header not in said]
    if authority and ["host", authority] not in rest:
        rest.insert(0, ["host", authority])  # before any other: it is what counts (§8.3.1)
    target = authority if method == "CONNECT" else path
    return Asked(connection, "2", secure, method, target, rest)
