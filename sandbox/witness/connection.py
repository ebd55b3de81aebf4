"""One TCP connection: what is known of it, and its record."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from .body import Body, Storage
from .journal import Journal

Protocol = Literal["http", "tls", "smtp", "ssh", "dns", "ftp", "imap", "pop3", "raw", "none"]

IDLE = 45.0
"""Seconds without a byte after which a connection is closed."""

CHUNK = 256 * 1024
FIRST = 64
_PEEK = 16 * 1024 + 5
_BYTES_RECEIVED, _BYTES_SENT = slice(128, 136), slice(200, 208)
"""Where `struct tcp_info` (linux/tcp.h) has them; the second since Linux 4.19."""

OVER = (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError, ssl.SSLError)
"""How a connection may end because of its client; none of it is a fault of the witness."""


def now() -> str:
    """The time, as records state it (RFC 3339)."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Destination:
    """Where a client wanted to go; `host` is the name that the address was handed out for."""

    host: str | None
    address: str
    port: int

    def fields(self, transport: Literal["tcp", "udp"]) -> dict[str, Any]:
        """As every record states it."""
        return {"host": self.host, "address": self.address, "port": self.port, "transport": transport}


class Connection:
    """A connection while it is open. Whoever reads from it says so with `saw`; bytes are counted inside TLS."""

    def __init__(
        self,
        number: int,
        destination: Destination,
        journal: Journal,
        storage: Storage,
        wire: socket.socket,
        source_port: int,
        via: int | None = None,
    ) -> None:
        """`source_port` is the client's; `via` the number of the connection that carries this one, if one does."""
        self.number = number
        self.destination = destination
        self.source_port = source_port
        self._origin = {"opened": now(), "source_port": source_port} | ({} if via is None else {"via": via})
        self.protocol: Protocol = "none"
        self.error: str | None = None
        self.bytes_in = 0
        self.sent = 0
        """Bytes sent, where the kernel does not count them."""

        self.first = b""
        self.raw: Body | None = None
        """What came in outside of any protocol."""

        self.pending: Body | None = None
        """The body that is arriving now."""

        self._journal = journal
        self._storage = storage
        self._wire = wire.dup()
        self._shown = (-1, 0)

    def saw(self, data: bytes | bytearray) -> None:
        """Counts bytes that came in."""
        if len(self.first) < FIRST:
            self.first += bytes(data[: FIRST - len(self.first)])
        self.bytes_in += len(data)

    def body(self) -> Body:
        """A new body, which is what is arriving from now on."""
        self.pending = Body(self._storage)
        return self.pending

    def spill(self, data: bytes | bytearray) -> None:
        """Takes bytes that belong to no protocol."""
        if not data:
            return
        if self.raw is None:
            self.raw = Body(self._storage)
        self.raw.add(data)

    def unspill(self) -> None:
        """Forgets those bytes, because a record holds what they said."""
        if self.raw is not None:
            self.raw.forget()
            self.raw = None

    def note(self, kind: str, **fields: Any) -> None:
        """Records something that happened on this connection."""
        where = self.destination.fields("tcp")
        self._journal.write(kind, connection=self.number, **self._origin, **where, **fields)

    def fault(self, error: BaseException) -> None:
        """Records that the witness itself failed here."""
        self._journal.fault(f"connection {self.number}: {type(error).__name__}: {error}")

    def snapshot(self) -> None:
        """Records the connection as it stands, if anything arrived since the last time."""
        body = self.pending if self.pending and self.pending.size else self.raw
        # Bytes are counted a moment before whoever reads them has them.
        reached = self.bytes_in, body.size if body else 0
        if reached > self._shown:
            self._shown = reached
            self._note_tcp(open=True, body=body.snapshot() if body else None)

    def close(self) -> None:
        """Records the end of the connection."""
        self._note_tcp(body=self.raw.record() if self.raw else None)
        self._wire.close()

    def _note_tcp(self, **fields: Any) -> None:
        self.note(
            "tcp",
            bytes_in=self.bytes_in,
            bytes_out=self._counted(_BYTES_SENT, self.sent),
            # More than was read: what was on its way when the client broke the connection off.
            bytes_received=self._counted(_BYTES_RECEIVED, self.bytes_in),
            first=self.first.hex(),
            protocol=self.protocol,
            error=self.error,
            **fields,
        )

    def _counted(self, where: slice, otherwise: int) -> int:
        try:
            info = self._wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        except OSError:
            return otherwise
        return int.from_bytes(info[where], "little")


class Counted(asyncio.Protocol):
    """Put before another protocol, counts what that one receives."""

    connection: Connection

    def data_received(self, data: bytes) -> None:
        """Called by the transport."""
        self.connection.saw(data)
        super().data_received(data)


class _CountedStream(Counted, asyncio.StreamReaderProtocol):
    pass


class Stream:
    """Both directions of a connection, with time limits."""

    _returned = b""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, size: int = CHUNK) -> bytes:
        """The next bytes; empty at the end. Raises TimeoutError after `IDLE` seconds without any."""
        if self._returned:
            data, self._returned = self._returned[:size], self._returned[size:]
            return data
        async with asyncio.timeout(IDLE):
            return await self._receive(size)

    async def front(self, enough: Callable[[bytes], bool], first: float, rest: float) -> bytes:
        """The first bytes, which stay to be read: like `peek`, but a silence raises TimeoutError."""
        loop = asyncio.get_running_loop()
        data = b""
        try:
            async with asyncio.timeout(first) as limit:
                while chunk := await self._receive(CHUNK):
                    if not data:
                        limit.reschedule(loop.time() + rest)
                    data += chunk
                    if enough(data) or len(data) >= _PEEK:
                        break
        except TimeoutError:
            if not data:
                raise
        self.give_back(data)
        return data

    async def up_to(self, size: int) -> bytes:
        """The next `size` bytes; fewer if the end comes before."""
        data = b""
        while len(data) < size and (chunk := await self.read(size - len(data))):
            data += chunk
        return data

    def give_back(self, data: bytes) -> None:
        """Puts bytes back, to be read again."""
        self._returned = data + self._returned

    async def write(self, data: bytes) -> None:
        """Sends bytes. Raises TimeoutError where the other side takes none for `IDLE` seconds."""
        self._writer.write(data)
        async with asyncio.timeout(IDLE):
            await self._writer.drain()

    async def close(self) -> None:
        """Ends the connection, giving what was sent a moment to leave."""
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except OVER:
            # A TLS transport that was closed twice has forgotten what it would abort (CPython's sslproto, 3.11).
            with suppress(AttributeError):
                self._writer.transport.abort()

    async def _receive(self, size: int) -> bytes:
        return await self._reader.read(size)


class Bare(Stream):
    """The same on a socket without a transport, so that TLS can still begin there."""

    def __init__(self, connection: Connection, wire: socket.socket) -> None:
        self._connection = connection
        self._wire = wire

    async def write(self, data: bytes) -> None:
        """Sends bytes. Raises TimeoutError where the other side takes none for `IDLE` seconds."""
        async with asyncio.timeout(IDLE):
            await asyncio.get_running_loop().sock_sendall(self._wire, data)

    async def close(self) -> None:
        """Leaves the socket to whoever opened it."""

    async def _receive(self, size: int) -> bytes:
        data = await asyncio.get_running_loop().sock_recv(self._wire, size)
        self._connection.saw(data)
        return data


Attach = Callable[[asyncio.Protocol, socket.socket], Awaitable[asyncio.Transport]]
"""Lets a protocol speak on a socket. Raises OSError or ssl.SSLError where that fails."""


async def attach(
    protocol: asyncio.Protocol, wire: socket.socket, context: ssl.SSLContext | None = None
) -> asyncio.Transport:
    """Lets a protocol speak on a socket as it is, or inside TLS."""
    transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
        lambda: protocol, wire, ssl=context, ssl_handshake_timeout=IDLE if context else None
    )
    return transport


async def stream(connection: Connection, wire: socket.socket, attach: Attach = attach) -> Stream:
    """The connection as a stream."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=64 * 1024, loop=loop)
    protocol = _CountedStream(reader, loop=loop)
    protocol.connection = connection
    transport = await attach(protocol, wire)
    return Stream(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


async def peek(wire: socket.socket, enough: Callable[[bytes], bool], first: float, rest: float) -> bytes:
    """The first bytes, which stay to be read: as soon as there are `enough`, or what there is when time is up.

    Waits `first` seconds for the first byte and `rest` seconds for the others. Empty: silence, or the end.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + first
    seen = b""
    while loop.time() < deadline:
        try:
            data = wire.recv(_PEEK, socket.MSG_PEEK)
        except BlockingIOError:
            await _readable(wire, deadline - loop.time())
            continue
        except OSError:
            return seen
        if not data or enough(data) or len(data) == _PEEK:
            return data
        if not seen:
            deadline = loop.time() + rest
        seen = data
        # What was peeked at keeps the socket readable, so that there is nothing to wait for.
        await asyncio.sleep(0.02)
    return seen


async def _readable(wire: socket.socket, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(wire, lambda: None if ready.done() else ready.set_result(None))
    try:
        await asyncio.wait([ready], timeout=seconds)
    finally:
        loop.remove_reader(wire)
