"""A conversation in lines of text, as FTP, IMAP and POP3 have it, which may go on inside TLS."""

from collections.abc import Awaitable, Callable

from .connection import Connection, Stream

LINE_LIMIT = 16 * 1024
"""Bytes of a line; what is longer is several."""

Secure = Callable[[], Awaitable[Stream]]
"""Begins TLS on the connection. Raises OSError or ssl.SSLError where that fails."""


class Dialogue:
    """What a client says is kept as it came, passwords and all: there are more commands than anybody interprets."""

    def __init__(self, connection: Connection, client: Stream, secure: Secure | None) -> None:
        """`secure` is None where TLS has begun already."""
        self.connection = connection
        self._client = client
        self._secure = secure
        self._unread = b""

    @property
    def secure(self) -> bool:
        """Whether it goes on inside TLS."""
        return self._secure is None

    async def line(self) -> str | None:
        """The next line without its end; None when there are no more."""
        while b"\n" not in self._unread and len(self._unread) < LINE_LIMIT:
            if not (data := await self._hear()):
                return None
            self._unread += data
        end = self._unread.find(b"\n", 0, LINE_LIMIT) + 1 or LINE_LIMIT
        line, self._unread = self._unread[:end], self._unread[end:]
        return line.decode("utf-8", "backslashreplace").rstrip("\r\n")

    async def skip(self, size: int) -> None:
        """Takes bytes that are no lines."""
        size -= len(self._unread)
        self._unread = self._unread[size:] if size < 0 else b""
        while size > 0 and (data := await self._hear()):
            self._unread = data[size:]
            size -= len(data)

    async def say(self, *lines: str) -> None:
        """Sends lines."""
        await self._client.write("".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace"))

    async def start_tls(self) -> None:
        """Goes on inside TLS."""
        if self._secure:
            self._unread = b""  # said in the clear, so no part of what follows
            self._client, self._secure = await self._secure(), None

    async def close(self) -> None:
        """Ends the conversation."""
        await self._client.close()

    async def _hear(self) -> bytes:
        data = await self._client.read()
        self.connection.spill(data)
        return data
