"""Takes mail for anyone from anyone, after any login, with STARTTLS."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as SmtpSession

from .connection import IDLE, Attach, Connection, Counted, attach

SIZE_LIMIT = 10_240_000
"""Bytes of a message: Postfix's own default, announced to the client."""

LINE_LIMIT = 2 * 1024 * 1024
"""Bytes of a line. The standard's 1,000 would refuse attachments that were not wrapped, which real servers take."""

IDENT = "ESMTP Postfix (Debian/GNU)"


@dataclass
class _Mailbox:
    """Records each message; aiosmtpd calls it by the names it expects."""

    connection: Connection
    secure: bool
    """Inside TLS from the first byte."""

    username: str | None = None
    password: str | None = None

    def authenticate(
        self, _server: SMTP, _session: SmtpSession, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        if isinstance(given, LoginPassword):
            self.username = given.login.decode("utf-8", "backslashreplace")
            self.password = given.password.decode("utf-8", "backslashreplace")
        return AuthResult(success=True)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        body = self.connection.body()
        body.add(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
        self.connection.pending = None
        self.connection.unspill()
        record = body.record()
        self.connection.note(
            "smtp",
            mail_from=envelope.mail_from,
            rcpt_to=list(envelope.rcpt_tos),
            tls=self.secure or session.ssl is not None,
            username=self.username,
            password=self.password,
            body=record,
        )
        return f"250 2.0.0 Ok: queued as {record['sha256'][:10].upper()}"


class _Server(Counted, SMTP):
    """One SMTP connection. What becomes no message (a login, a refused or broken off one) is kept as it came."""

    line_length_limit = LINE_LIMIT

    def __init__(self, mailbox: _Mailbox, hostname: str, context: ssl.SSLContext | None) -> None:
        super().__init__(
            mailbox,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=IDENT,
            tls_context=context,
            timeout=IDLE,
            auth_require_tls=False,
            authenticator=mailbox.authenticate,
            loop=asyncio.get_running_loop(),
        )
        self.connection = mailbox.connection
        self.over = self.loop.create_future()

    def data_received(self, data: bytes) -> None:
        self.connection.spill(data)
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self.over.done():
            self.over.set_result(None)


async def serve(
    connection: Connection, wire: socket.socket, hostname: str, starttls: ssl.SSLContext, secured: Attach | None = None
) -> None:
    """Speaks SMTP on a connection until it ends; `secured`: inside TLS from the first byte."""
    server = _Server(_Mailbox(connection, secured is not None), hostname, None if secured else starttls)
    await (secured or attach)(server, wire)
    await server.over
