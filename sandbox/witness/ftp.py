"""An FTP server (RFC 959, 2228, 2428, 4217) that lets anyone in, takes every file, and has none to give."""

import asyncio
import posixpath
import random
import socket
from collections.abc import Awaitable, Callable

from .body import Body
from .connection import IDLE, OVER, Connection, Stream, stream
from .dialogue import Dialogue

FILES_LIMIT = 100
"""Files whose size is remembered."""

PATH_LIMIT = 1024
"""Characters of a path that is remembered."""

DATA_PORTS = range(30_000, 60_000)

Take = Callable[[Connection, socket.socket], Awaitable[None]]
"""Attends a connection that was expected."""

Expected = dict[tuple[str, int], Take]
"""Who attends the next connection to an address and port."""

Secured = Callable[[Connection, socket.socket], Awaitable[Stream]]
"""Begins TLS on a connection. Raises OSError or ssl.SSLError where that fails."""

_TLS = ("TLS", "TLS-C", "SSL")
_FEATURES = ("AUTH TLS", "EPSV", "PASV", "PBSZ", "PROT", "SIZE", "UTF8")
_REPLIES = {
    "ABOR": ("225 No transfer to ABOR.",),
    "ACCT": ("202 ACCT not implemented.",),
    "ALLO": ("202 ALLO command ignored.",),
    "AUTH": ("504 Unknown AUTH type.",),
    "CDUP": ("250 Directory successfully changed.",),
    "CWD": ("250 Directory successfully changed.",),
    "DELE": ("250 Delete operation successful.",),
    "EPRT": ("500 Illegal EPRT command.",),
    "FEAT": ("211-Features:", *(f" {feature}" for feature in _FEATURES), "211 End"),
    "MDTM": ("550 Could not get file modification time.",),
    "MODE": ("200 Mode set to S.",),
    "NOOP": ("200 NOOP ok.",),
    "OPTS": ("200 Always in UTF8 mode.",),
    "PASS": ("230 Login successful.",),
    "PBSZ": ("200 PBSZ set to 0.",),
    "PORT": ("500 Illegal PORT command.",),
    "PROT": ("200 PROT command ok.",),
    "QUIT": ("221 Goodbye.",),
    "REST": ("350 Restart position accepted.",),
    "RETR": ("550 Failed to open file.",),
    "RMD": ("250 Remove directory operation successful.",),
    "RNFR": ("350 Ready for RNTO.",),
    "RNTO": ("250 Rename successful.",),
    "SITE": ("200 SITE command ok.",),
    "SIZE": ("550 Could not get file size.",),
    "STAT": ("211 End of status",),
    "STRU": ("200 Structure set to F.",),
    "SYST": ("215 UNIX Type: L8",),
    "TYPE": ("200 Switching to Binary mode.",),
    "USER": ("331 Please specify the password.",),
}


class _Channel:
    """A data connection: awaited from PASV on, open until its transfer is over."""

    def __init__(self, place: tuple[str, int]) -> None:
        self.place = place
        self.opened: asyncio.Future[tuple[Connection, Stream] | None] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()


class Session:
    """One client."""

    def __init__(self, dialogue: Dialogue, expected: Expected, secured: Secured) -> None:
        self._dialogue = dialogue
        self._expected = expected
        self._secured = secured
        self._channel: _Channel | None = None
        self._private = dialogue.secure
        """Whether data goes inside TLS."""

        self._username: str | None = None
        self._password: str | None = None
        self._folder = "/"
        self._sizes: dict[str, int] = {}

    async def serve(self) -> None:
        """Obeys commands until the client is done."""
        await self._dialogue.say("220 (vsFTPd 3.0.3)")
        try:
            while (line := await self._dialogue.line()) is not None:
                verb, _, argument = line.partition(" ")
                await self._obey(verb.upper(), argument)
                if verb.upper() == "QUIT":
                    return
        finally:
            self._forget()

    async def _obey(self, verb: str, argument: str) -> None:
        """What takes more than a reply."""
        path = posixpath.normpath(posixpath.join(self._folder, argument))
        match verb:
            case "AUTH" if argument.upper() in _TLS and not self._dialogue.secure:
                await self._dialogue.say("234 Proceed with negotiation.")
                await self._dialogue.start_tls()
            case "STOR" | "APPE" | "STOU":
                await self._upload(path)
            case "LIST" | "NLST" | "MLSD":
                await self._list()
            case _:
                await self._dialogue.say(*self._reply(verb, argument, path))

    def _reply(self, verb: str, argument: str, path: str) -> tuple[str, ...]:
        match verb:
            case "USER":
                self._username = argument
            case "PASS":
                self._password = argument
                self._note("auth")
            case "PROT":
                self._private = argument.upper() != "C"
            case "PASV" | "EPSV":
                return (self._passive(verb),)
            case "SIZE" if path in self._sizes:
                return (f"213 {self._sizes[path]}",)
            case "PWD" | "XPWD":
                return (f'257 "{self._folder}" is the current directory',)
            case "MKD" | "XMKD":
                return (f'257 "{path}" created',)
            case "CDUP":
                self._folder = posixpath.dirname(self._folder)
            case "CWD" if len(path) <= PATH_LIMIT:
                self._folder = path
        return _REPLIES.get(verb, ("500 Unknown command.",))

    def _passive(self, verb: str) -> str:
        """Expects a data connection where the client believes this host to be."""
        self._forget()
        address = self._dialogue.connection.destination.address
        if verb == "PASV" and ":" in address:
            return "425 Use EPSV."
        place = address, random.choice(DATA_PORTS)
        self._channel = _Channel(place)
        self._expected[place] = self._attend(self._channel)
        if verb == "EPSV":
            return f"229 Entering Extended Passive Mode (|||{place[1]}|)"
        return f"227 Entering Passive Mode ({address.replace('.', ',')},{place[1] // 256},{place[1] % 256})."

    def _attend(self, channel: _Channel) -> Take:
        async def take(connection: Connection, wire: socket.socket) -> None:
            connection.protocol = "ftp"
            opened = None
            try:
                client = await (self._secured if self._private else stream)(connection, wire)
                opened = connection, client
            finally:
                if not channel.opened.done():
                    channel.opened.set_result(opened)
            await channel.over.wait()
            await client.close()

        return take

    async def _open(self) -> tuple[Connection, Stream] | None:
        """The data connection that the client was told to make; where there is none the client is told, too."""
        if not self._channel:
            await self._dialogue.say("425 Use PORT or PASV first.")
            return None
        await self._dialogue.say("150 Ok to send data.")
        await asyncio.wait([self._channel.opened], timeout=IDLE)
        opened = self._channel.opened.result() if self._channel.opened.done() else None
        if not opened:
            self._forget()
            await self._dialogue.say("425 Failed to establish connection.")
        return opened

    async def _list(self) -> None:
        """Shows that there is nothing."""
        if await self._open():
            self._forget()
            await self._dialogue.say("226 Directory send OK.")

    async def _upload(self, path: str) -> None:
        if not (opened := await self._open()):
            return
        connection, client = opened
        body = connection.body()
        reply = "226 Transfer complete."
        try:
            while data := await client.read():
                body.add(data)
        except OVER as error:
            connection.error = f"{type(error).__name__}: {error}".rstrip(": ")[:200]
            reply = "426 Failure reading network stream."
        finally:
            connection.pending = None
            self._note("file", path, body)
            self._forget()
        if len(self._sizes) < FILES_LIMIT and len(path) <= PATH_LIMIT:
            self._sizes[path] = body.size
        await self._dialogue.say(reply)

    def _note(self, event: str, path: str | None = None, body: Body | None = None) -> None:
        self._dialogue.connection.note(
            "ftp",
            event=event,
            tls=self._dialogue.secure,
            username=self._username,
            password=self._password,
            path=path,
            body=body.record() if body else None,
        )

    def _forget(self) -> None:
        """Ends the data connection, or expects it no longer."""
        if self._channel:
            self._expected.pop(self._channel.place, None)
            self._channel.over.set()
            self._channel = None
