"""An SSH server that lets anyone in and keeps what they bring: command input, and files by SFTP or SCP.

Nothing that arrives is ever run, and no file outside of this process's memory is ever touched.
"""

import asyncio
import logging
import shlex
import socket
import warnings
from typing import Any

from .connection import IDLE, Connection, attach
from .git import advertisement, report

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Debian's cryptography calls ciphers deprecated that asyncssh names
    import asyncssh
    from asyncssh.connection import SSHServerConnection

    from .sftp import Files, note

VERSION = "OpenSSH_9.2p1 Debian-2+deb12u7"
# What OpenSSH's server offers, as far as asyncssh has it.
KEX = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
)
CIPHERS = ("aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1")
SIGNATURES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)

logging.getLogger("asyncssh").setLevel(logging.CRITICAL)


class Host:
    """What all connections share: the host's keys."""

    def __init__(self) -> None:
        self._keys = [asyncssh.generate_private_key(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256")]

    async def serve(self, connection: Connection, wire: socket.socket) -> None:
        """Speaks SSH on a connection until it ends."""
        options = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: _Server(connection),
            server_host_keys=self._keys,
            server_version=VERSION,
            kex_algs=KEX,
            encryption_algs=CIPHERS,
            mac_algs=MACS,
            signature_algs=SIGNATURES,
            compression_algs=["none", "zlib@openssh.com"],
            process_factory=lambda process: _run(process, connection),
            sftp_factory=lambda channel: Files(channel, connection),
            allow_scp=True,
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            login_timeout=IDLE,
            config=None,
        )
        server = _Connection(asyncio.get_running_loop(), options)
        server.connection = connection
        await attach(server, wire)
        over = asyncio.ensure_future(server.wait_closed())
        before = -1
        while not over.done() and connection.bytes_in != before:
            before = connection.bytes_in
            await asyncio.wait([over], timeout=IDLE)
        if not over.done():
            connection.error = f"nothing for {IDLE:.0f} s"
            server.abort()
            await over


class _Connection(SSHServerConnection):
    connection: Connection

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        self.connection.saw(data)
        super().data_received(data, datatype)


class _Server(asyncssh.SSHServer):
    """Records who comes, with what, and lets them in."""

    def __init__(self, connection: Connection) -> None:
        self._record = connection
        self._offered: set[tuple[str, str]] = set()
        self._peer: Any = None

    def connection_made(self, conn: Any) -> None:
        self._peer = conn

    def connection_lost(self, exc: Exception | None) -> None:
        if exc:
            self._record.error = str(exc)[:200]

    def begin_auth(self, username: str) -> bool:
        note(self._record, self._peer, "banner", username=username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        note(self._record, self._peer, "auth", username=username, password=password)
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        # Asked twice: when the client offers the key, and when it proves that it has it.
        offer = (username, key.get_fingerprint())
        if offer not in self._offered and len(self._offered) < 100:
            self._offered.add(offer)
            note(self._record, self._peer, "auth", username=username, key=offer[1])
        return True

    def kbdint_auth_supported(self) -> bool:
        return False

    def connection_requested(self, dest_host: str, dest_port: int, _orig_host: str, _orig_port: int) -> bool:
        note(self._record, self._peer, "exec", command=f"direct-tcpip {dest_host}:{dest_port}")
        return False


async def _run(process: Any, connection: Connection) -> None:
    """What looks like a command or a shell: takes all input, says nothing, and succeeds."""
    peer = process.channel.get_connection()
    words = _words(process.command)
    body = connection.body()
    status = 0
    try:
        if words and words[0] in ("git-receive-pack", "git-upload-pack"):
            process.stdout.write(advertisement(words[0]))
        if words and words[0] == "rsync":
            # Its protocol would have to be spoken before anything came. A host without rsync is an ordinary thing.
            process.stderr.write(b"bash: line 1: rsync: command not found\n")
            status = 127
        else:
            async for data in _input(process):
                body.add(data)
        if words and words[0] == "git-receive-pack":
            process.stdout.write(report(body.head))
    except (OSError, asyncssh.Error) as error:
        connection.error = str(error)[:200]
    finally:
        connection.pending = None
        note(connection, peer, "exec", command=process.command, body=body)
    process.exit(status)


async def _input(process: Any) -> Any:
    while True:
        try:
            data = await process.stdin.read(64 * 1024)
        except (asyncssh.BreakReceived, asyncssh.SignalReceived, asyncssh.TerminalSizeChanged):
            continue
        if not data:
            return
        yield data


def _words(command: str | None) -> list[str]:
    try:
        return shlex.split(command or "")
    except ValueError:
        return []
