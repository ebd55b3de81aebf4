"""HTTP/1.1, plain or inside TLS: any number of requests on a connection, each recorded with its body."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import h11

from .answers import Answers, Reply, Request, heading
from .body import Body
from .connection import OVER, Connection, Stream

HEADER_LIMIT = 64 * 1024
"""Bytes that a request's first line and headers may have together."""

Tunnel = Callable[[str, Stream], Awaitable[None]]
"""Carries on a connection that CONNECT asked for, `host:port`, on the same stream."""

_BAD = Reply(400, (("Content-Type", "text/html"),), b"<html><head><title>400 Bad Request</title></head></html>\r\n")


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
        body = self._connection.body()
        method, target = request.method.decode("latin-1"), request.target.decode("latin-1")
        try:
            while isinstance(event := await self._event(), h11.Data):
                body.add(event.data)
        except (h11.RemoteProtocolError, *OVER) as error:
            self._note(request, None, body, f"incomplete: {error}")
            raise
        reply = self._reply(request, method, target, body)
        self._note(request, reply.status, body)
        await self._send(_response(reply, heading(reply)))
        if method == "CONNECT":
            left, _ = self._wire.trailing_data
            self._stream.give_back(left)
            await self._tunnel(target, self._stream)
            return False
        if method != "HEAD":
            await self._send(h11.Data(data=reply.body))
        await self._send(h11.EndOfMessage())
        return True

    def _reply(self, request: h11.Request, method: str, target: str, body: Body) -> Reply:
        if method == "CONNECT":
            return Reply(200)
        path = "/" + target.split("/", 3)[-1] if "://" in target[:10] else target
        destination = self._connection.destination
        host = _header(request, b"host").rpartition("@")[2]
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return self._answers.reply(
            Request(
                host=name or destination.host or destination.address,
                address=destination.address,
                method=method,
                target=path,
                accept=_header(request, b"accept"),
                head=body.head,
            )
        )

    def _note(self, request: h11.Request, status: int | None, body: Body, error: str | None = None) -> None:
        method, target = request.method.decode("latin-1"), request.target.decode("latin-1")
        destination = self._connection.destination
        host = _header(request, b"host") or destination.host or destination.address
        scheme = "https" if self._secure else "http"
        absolute = "://" in target[:10] or method == "CONNECT"
        self._connection.pending = None
        self._connection.note(
            "http",
            tls=self._secure,
            method=method,
            target=target,
            url=target if absolute else f"{scheme}://{host}{target}",
            headers=[[k.decode("latin-1"), v.decode("latin-1")] for k, v in request.headers.raw_items()],
            status=status,
            error=error,
            body=body.record() if body.size else None,
        )

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


def _response(reply: Reply, headers: list[tuple[str, str]]) -> h11.Response:
    try:
        reason = HTTPStatus(reply.status).phrase
    except ValueError:
        reason = ""
    return h11.Response(status_code=reply.status, reason=reason, headers=headers)


def _header(request: h11.Request, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in request.headers if key == name), "")
