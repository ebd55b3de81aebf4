"""HTTP/1.1, plain or inside TLS: any number of requests on a connection, each recorded with its body."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import h11

from . import websocket
from .answers import Answers, Reply, Request, heading
from .body import Body
from .connection import OVER, Connection, Stream

HEADER_LIMIT = 64 * 1024
"""Bytes that a request's first line and headers may have together."""

Tunnel = Callable[[str, Stream], Awaitable[None]]
"""Carries on a connection that CONNECT asked for, `host:port`, on the same stream."""

_BAD = Reply(400, (("Content-Type", "text/html"),), b"<html><head><title>400 Bad Request</title></head></html>\r\n")


@dataclass(frozen=True)
class Asked:
    """A request, whichever version of HTTP it came in. Headers are in order and as they came."""

    connection: Connection
    version: str
    secure: bool
    method: str
    target: str
    headers: list[list[str]]

    @property
    def url(self) -> str:
        """The target with its scheme and host."""
        if "://" in self.target[:10] or self.method == "CONNECT":
            return self.target
        destination = self.connection.destination
        host = self.header("host") or destination.host or destination.address
        return f"{'https' if self.secure else 'http'}://{host}{self.target}"

    def header(self, name: str) -> str:
        """The first header of a name, which is given in lower case; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def request(self, body: Body) -> Request:
        """What the answer depends on."""
        destination = self.connection.destination
        host = self.header("host").rpartition("@")[2]
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return Request(
            host=name or destination.host or destination.address,
            address=destination.address,
            method=self.method,
            target="/" + self.target.split("/", 3)[-1] if "://" in self.target[:10] else self.target,
            accept=self.header("accept"),
            head=body.head,
        )

    def note(self, status: int | None, body: Body, error: str | None = None) -> None:
        """Records the request and what was answered."""
        if self.connection.pending is body:
            self.connection.pending = None
        self.connection.note(
            "http",
            version=self.version,
            tls=self.secure,
            method=self.method,
            target=self.target,
            url=self.url,
            headers=self.headers,
            status=status,
            error=error,
            body=body.record() if body.size else None,
        )


class Session:
    """One connection that speaks HTTP."""

    def __init__(self, connection: Connection, stream: Stream, answers: Answers, secure: bool, tunnel: Tunnel) -> None:
        self._connection = connection
        self._stream = stream
        self._answers = answers
        self._secure = secure
        self._tunnel = tunnel
        self._wire = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADER_LIMIT)
        self._unread = b""
        """What came in since the last request that could be read as one."""

    async def serve(self) -> None:
        """Answers requests until the client has no more of them."""
        try:
            while isinstance(request := await self._event(), h11.Request):
                if not await self._exchange(request):
                    return
                if self._wire.our_state is not h11.DONE or self._wire.their_state is not h11.DONE:
                    return
                self._wire.start_next_cycle()
                self._unread, _ = self._wire.trailing_data
        except h11.RemoteProtocolError as error:
            self._connection.error = f"not HTTP: {error}"
            await self._refuse()

    async def _event(self) -> Any:
        while (event := self._wire.next_event()) is h11.NEED_DATA:
            if self._wire.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            data = await self._stream.read()
            if self._wire.their_state is h11.IDLE:
                self._unread += data
            self._wire.receive_data(data)
        if isinstance(event, h11.Request):
            self._unread = b""
        return event

    async def _exchange(self, request: h11.Request) -> bool:
        """Takes a request and answers it. False: the connection now carries something else."""
        asked = Asked(
            self._connection,
            request.http_version.decode("latin-1"),
            self._secure,
            request.method.decode("latin-1"),
            request.target.decode("latin-1"),
            latin(request.headers.raw_items()),
        )
        body = self._connection.body()
        try:
            while isinstance(event := await self._event(), h11.Data):
                body.add(event.data)
        except (h11.RemoteProtocolError, *OVER) as error:
            asked.note(None, body, f"incomplete: {error}")
            raise
        if asked.method == "CONNECT":
            asked.note(200, body)
            await self._send(_response(Reply(200), heading(Reply(200))))
            self._stream.give_back(self._wire.trailing_data[0])
            await self._tunnel(asked.target, self._stream)
            return False
        canned = self._answers.canned(asked.request(body))
        if not canned and asked.header("upgrade").lower() == "websocket":
            asked.note(101, body)
            headers = websocket.handshake(asked.header("sec-websocket-key"))
            await self._send(h11.InformationalResponse(status_code=101, headers=headers, reason="Switching Protocols"))
            self._stream.give_back(self._wire.trailing_data[0])
            await websocket.serve(self._connection, self._stream, url=asked.url, tls=self._secure)
            return False
        reply = canned or self._answers.reply(asked.request(body))
        asked.note(reply.status, body)
        await self._send(_response(reply, heading(reply)))
        if asked.method != "HEAD":
            await self._send(h11.Data(data=reply.body))
        await self._send(h11.EndOfMessage())
        return True

    async def _refuse(self) -> None:
        """What is no HTTP is answered as a server does, and kept to its end all the same."""
        left, _ = self._wire.trailing_data
        self._connection.spill(self._unread or left)
        if self._wire.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            await self._send(_response(_BAD, [*heading(_BAD), ("Connection", "close")]))
            await self._send(h11.Data(data=_BAD.body))
            await self._send(h11.EndOfMessage())
        while data := await self._stream.read():
            self._connection.spill(data)

    async def _send(self, event: Any) -> None:
        if data := self._wire.send(event):
            await self._stream.write(data)


def latin(headers: Iterable[tuple[bytes, bytes]]) -> list[list[str]]:
    """Headers as records state them: every byte is a character."""
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _response(reply: Reply, headers: list[tuple[str, str]]) -> h11.Response:
    try:
        reason = HTTPStatus(reply.status).phrase
    except ValueError:
        reason = ""
    return h11.Response(status_code=reply.status, reason=reason, headers=headers)
