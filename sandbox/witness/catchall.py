"""Accepts every TCP connection, finds out what is spoken on it, and hands it to what answers that."""

import asyncio
import re
import socket
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from . import dns, http, network, tls
from .answers import Answers
from .body import Storage
from .connection import (
    CHUNK,
    IDLE,
    OVER,
    Attach,
    Bare,
    Connection,
    Destination,
    Protocol,
    Stream,
    attach,
    peek,
    stream,
)
from .dialogue import Dialogue, Secure
from .journal import Journal
from .names import AddressBook

if TYPE_CHECKING:
    from . import ftp, ssh

CONNECTIONS_LIMIT = 256
"""Connections at a time; those beyond are recorded and closed."""

SPEAKS_FIRST: dict[int, Protocol] = {
    **dict.fromkeys((22, 2222), "ssh"),
    **dict.fromkeys((25, 465, 587, 2525), "smtp"),
    **dict.fromkeys((21, 2121), "ftp"),
    143: "imap",
    110: "pop3",
}
"""Ports where clients wait for the server's first word, and what it is a word of."""

SPEAKS_FIRST_INSIDE: dict[int, Protocol] = {990: "ftp", 993: "imap", 995: "pop3"}
"""The same inside TLS."""

WAIT = 0.15
"""Seconds that a client is given to speak all the same."""

REST = 2.0
"""Seconds that it is given to say what it began."""

SMTPS = 465
DNS_PORTS = (53, 853)
HTTP2 = b"PRI * HTTP/2.0\r\n"
"""How a client that speaks HTTP/2 begins (RFC 9113 §3.4)."""

# The first word is enough for the usual methods; any other is known by the whole first line.
_HTTP = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|REPORT) "
    rb"|[A-Z][A-Z-]{0,31} [^\s]{1,4096} HTTP/1\.[01]\r?\n"
)
_PERHAPS_HTTP = re.compile(rb"[A-Z][A-Z-]{0,31}( [^\s]{0,4096}( [A-Z/1.]{0,8}\r?)?)?")


class CatchAll:
    """Everything that TCP brings."""

    def __init__(self, authority: tls.Authority, book: AddressBook, journal: Journal, storage: Storage) -> None:
        self.answers = Answers()
        self._authority = authority
        self._book = book
        self._journal = journal
        self._storage = storage
        self._open: dict[Connection, asyncio.Task[None] | None] = {}
        self._expected: ftp.Expected = {}
        self._accepted = 0

    @cached_property
    def _ssh(self) -> "ssh.Host":
        from . import ssh  # noqa: PLC0415  slow to import, and seldom needed

        return ssh.Host()

    async def accept(self, listener: socket.socket) -> None:
        """Takes connections for as long as it runs."""
        while True:
            try:
                self._welcome(*await asyncio.get_running_loop().sock_accept(listener))
            except Exception as error:  # noqa: BLE001  one must not end the others; the sample is unscored
                self._journal.fault(f"accept: {type(error).__name__}: {error}")
                await asyncio.sleep(0.1)

    def _welcome(self, wire: socket.socket, source: tuple[str, int]) -> None:
        # asyncio sets it only on sockets that name their protocol, which those accepted do not.
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address, port = network.original_destination(wire)
        connection = self._meet(Destination(self._book.host(address), address, port), wire, source[1])
        if len(self._open) > CONNECTIONS_LIMIT:
            self._turn_away(connection, wire)
        else:
            self._open[connection] = asyncio.create_task(self._attend(connection, wire))

    def snapshot(self) -> None:
        """Records every open connection on which something new arrived."""
        for connection in list(self._open):
            connection.snapshot()

    def _meet(
        self, destination: Destination, wire: socket.socket, source_port: int, via: int | None = None
    ) -> Connection:
        wire.setblocking(False)
        self._accepted += 1
        connection = Connection(self._accepted, destination, self._journal, self._storage, wire, source_port, via)
        self._open[connection] = None
        return connection

    def _turn_away(self, connection: Connection, wire: socket.socket) -> None:
        connection.error = f"more than {CONNECTIONS_LIMIT} connections at a time"
        with suppress(OSError):
            connection.saw(wire.recv(CHUNK))
        wire.close()
        self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        del self._open[connection]
        connection.close()

    async def _attend(self, connection: Connection, wire: socket.socket) -> None:
        try:
            await self._converse(connection, wire)
        except OVER as error:
            connection.error = connection.error or f"{type(error).__name__}: {error}".rstrip(": ")[:200]
        except Exception as error:  # noqa: BLE001  one connection must not end the others; the sample is unscored
            connection.fault(error)
        finally:
            wire.close()
            self._leave(connection)

    async def _converse(self, connection: Connection, wire: socket.socket) -> None:
        destination = connection.destination
        if take := self._expected.pop((destination.address, destination.port), None):
            await take(connection, wire)
            return
        speaks_first = SPEAKS_FIRST.get(destination.port)
        head = await peek(wire, _is_enough, WAIT if speaks_first else IDLE, REST)
        if not head and not speaks_first:
            return
        protocol = _recognise(head) or speaks_first or "raw"
        connection.protocol = protocol
        if protocol == "tls":
            await self._tls(connection, wire, head)
        elif protocol == "ssh":
            await self._ssh.serve(connection, wire)
        elif protocol == "smtp":
            await self._smtp(connection, wire)
        elif protocol in ("ftp", "imap", "pop3"):
            await self._talk(connection, Bare(connection, wire), partial(self._secured, connection, wire))
        else:
            await self._plain(connection, await stream(connection, wire), head, secure=False)

    async def _tls(self, connection: Connection, wire: socket.socket, head: bytes) -> None:
        secured = partial(self._end_tls, connection, head)
        port = connection.destination.port
        if port == SMTPS:
            connection.protocol = "smtp"
            await self._smtp(connection, wire, secured)
            return
        inner = await stream(connection, wire, secured)
        speaks_first = SPEAKS_FIRST_INSIDE.get(port)
        first = b""
        with suppress(*[TimeoutError] if speaks_first else []):
            first = await inner.front(_is_enough, WAIT if speaks_first else IDLE, REST)
        if _recognise(first) == "http":
            connection.protocol = "http"
        elif speaks_first:
            connection.protocol = speaks_first
            await self._talk(connection, inner, None)
            return
        await self._plain(connection, inner, first, secure=True)

    async def _secured(self, connection: Connection, wire: socket.socket) -> Stream:
        """What goes on inside TLS on a connection that may have begun without."""
        if not (head := await peek(wire, tls.is_whole_hello, IDLE, REST)):
            raise EOFError("TLS was not begun")
        return await stream(connection, wire, partial(self._end_tls, connection, head))

    async def _end_tls(
        self, connection: Connection, head: bytes, protocol: asyncio.Protocol, wire: socket.socket
    ) -> asyncio.Transport:
        """Shakes hands, and records how that went."""
        hello = tls.parse_hello(head)
        destination = connection.destination
        context = self._authority.context(hello.sni or destination.host or destination.address, destination.address)
        fields = {"sni": hello.sni, "alpn": list(hello.alpn), "body": None}
        try:
            transport = await attach(protocol, wire, context)
        except OVER as error:
            connection.saw(head)
            connection.error = getattr(error, "reason", None) or f"{type(error).__name__}: {error}".rstrip(": ")[:200]
            connection.note("tls", **fields, accepted=False, error=connection.error)
            raise
        connection.note("tls", **fields, accepted=True, error=None)
        return transport

    async def _plain(self, connection: Connection, client: Stream, first: bytes, *, secure: bool) -> None:
        """A connection whose bytes can be read: as they came, or out of TLS."""
        try:
            if connection.protocol != "http":
                await self._listen(connection, client)
            elif first.startswith(HTTP2):
                from . import http2  # noqa: PLC0415  slow to import, and seldom needed

                await http2.Session(connection, client, self.answers, secure).serve()
            else:
                tunnel = partial(self._tunnel, connection)
                await http.Session(connection, client, self.answers, secure, tunnel).serve()
        finally:
            await client.close()

    async def _talk(self, connection: Connection, client: Stream, secure: Secure | None) -> None:
        """A conversation in lines."""
        dialogue = Dialogue(connection, client, secure)
        try:
            if connection.protocol == "ftp":
                from . import ftp  # noqa: PLC0415  seldom needed

                await ftp.Session(dialogue, self._expected, self._secured).serve()
            else:
                from . import mailboxes  # noqa: PLC0415  seldom needed

                await getattr(mailboxes, f"serve_{connection.protocol}")(dialogue)
        finally:
            await dialogue.close()

    async def _smtp(self, connection: Connection, wire: socket.socket, secured: Attach | None = None) -> None:
        from . import smtp  # noqa: PLC0415  slow to import, and seldom needed

        host = connection.destination.host or connection.destination.address
        starttls = self._authority.context(host, connection.destination.address)
        await smtp.serve(connection, wire, host, starttls, secured)

    async def _resolve(self, connection: Connection, client: Stream) -> None:
        """DNS over TCP, or over TLS (RFC 7766, RFC 7858)."""

        def note(query: str, kind: str, answer: list[str]) -> None:
            connection.note("dns", query=query, type=kind, answer=answer, body=None)

        while True:
            prefix = await client.up_to(2)
            query = await client.up_to(int.from_bytes(prefix, "big"))
            reply = dns.answer(query, self._book, note)
            if reply is None:
                connection.spill(prefix + query)
                return
            if connection.protocol == "raw":
                connection.protocol = "dns"
            await client.write(len(reply).to_bytes(2, "big") + reply)

    async def _listen(self, connection: Connection, client: Stream) -> None:
        """Takes whatever comes, and answers nothing, but to a resolver's client."""
        if connection.destination.port in DNS_PORTS:
            await self._resolve(connection, client)
        while data := await client.read():
            connection.spill(data)

    async def _tunnel(self, carrier: Connection, target: str, outer: Stream) -> None:
        """Carries a connection inside another: what CONNECT asked for is attended like any other."""
        name, _, port = target.rpartition(":")
        name = name.strip("[]")[:253]
        address = self._book.address(name) if not tls.is_address(name) else name
        destination = Destination(self._book.host(address), address, int(port) if port.isdigit() else 0)
        near, far = socket.socketpair()
        inner = self._meet(destination, far, carrier.source_port, carrier.number)
        reader, writer = await asyncio.open_connection(sock=near)
        self._open[inner] = asyncio.create_task(self._attend(inner, far))

        async def back() -> None:
            while data := await reader.read(CHUNK):
                inner.sent += len(data)
                await outer.write(data)
            await outer.close()

        backwards = asyncio.create_task(back())
        try:
            while data := await outer.read():
                writer.write(data)
                await writer.drain()
            writer.write_eof()
            await backwards
        finally:
            backwards.cancel()
            writer.close()


def _is_enough(data: bytes) -> bool:
    if tls.is_hello(data):
        return tls.is_whole_hello(data)
    begun = _PERHAPS_HTTP.fullmatch(data) or b"SSH-".startswith(data) or HTTP2.startswith(data)
    return _recognise(data) is not None or not begun


def _recognise(data: bytes) -> Protocol | None:
    if tls.is_hello(data) and len(data) > 1:
        return "tls"
    if data.startswith(b"SSH-"):
        return "ssh"
    return "http" if _HTTP.match(data) or data.startswith(HTTP2) else None
