"""An SSH server that lets anyone in and keeps what they bring: command input, and files by SFTP or SCP.

Nothing that arrives is ever run, and no file outside of this process's memory is ever touched.
"""

import asyncio
import logging
import posixpath
import shlex
import socket
import stat
import warnings
from collections.abc import Iterable
from typing import Any

from .body import Body
from .connection import IDLE, Connection, Counted, attach
from .git import advertisement, report

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Debian's cryptography calls ciphers deprecated that asyncssh names
    import asyncssh
    from asyncssh.connection import SSHServerConnection

VERSION = "OpenSSH_9.2p1 Debian-2+deb12u7"
# What OpenSSH's server offers, as far as asyncssh has it.
KEX = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"]
KEX += ["diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512", "diffie-hellman-group14-sha256"]
CIPHERS = ["aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"]
MACS = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"]
SIGNATURES = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"]

FILES_LIMIT = 10_000
"""Paths that one connection may make; more of them are refused as on a full disk."""

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
            sftp_factory=lambda channel: _Files(channel, connection),
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
        while True:
            before = connection.bytes_in
            try:
                await asyncio.wait_for(server.wait_closed(), IDLE)
                return
            except TimeoutError:
                if connection.bytes_in == before:
                    server.abort()
                    connection.error = f"nothing for {IDLE:.0f} s"
                    return


class _Connection(Counted, SSHServerConnection):  # type: ignore[misc]
    pass


class _Server(asyncssh.SSHServer):  # type: ignore[misc]
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

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        note(self._record, self._peer, "exec", command=f"direct-tcpip {dest_host}:{dest_port}")
        return False


def note(
    connection: Connection,
    peer: Any,
    event: str,
    *,
    username: str | None = None,
    key: str | None = None,
    password: str | None = None,
    command: str | None = None,
    path: str | None = None,
    body: Body | None = None,
) -> None:
    """Records one event of an SSH connection."""
    connection.note(
        "ssh",
        event=event,
        client=peer.get_extra_info("client_version"),
        username=username or peer.get_extra_info("username"),
        key=key,
        password=password,
        command=command,
        path=path,
        body=body.record() if body else None,
    )


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


class _File:
    """A file while it is open: written from its beginning to its end, as uploads are."""

    def __init__(self, path: str, body: Body) -> None:
        self.path = path
        self.body = body
        self.reordered = False


def _attributes(size: int, mode: int) -> Any:
    kind = asyncssh.FILEXFER_TYPE_DIRECTORY if stat.S_ISDIR(mode) else asyncssh.FILEXFER_TYPE_REGULAR
    return asyncssh.SFTPAttrs(type=kind, size=size, uid=1000, gid=1000, permissions=mode)


class _Files(asyncssh.SFTPServer):  # type: ignore[misc]
    """A file system that takes everything and has nothing to give.

    Every operation of the base class, which would act on this machine's files, is replaced.
    """

    def __init__(self, channel: Any, connection: Connection) -> None:
        super().__init__(channel)
        self._record = connection
        self._peer = channel.get_connection()
        home = f"/home/{self._peer.get_extra_info('username')}".encode("utf-8", "replace")
        self._directories = {b"/", b"/home", home, b"/tmp", b"/var", b"/var/tmp", b"/srv", b"/data", b"/mnt", b"/opt"}
        self._home = home
        self._sizes: dict[bytes, int] = {}

    def _absolute(self, path: bytes) -> bytes:
        return posixpath.normpath(posixpath.join(self._home, path))

    def _attributes(self, path: bytes) -> Any:
        absolute = self._absolute(path)
        if absolute in self._sizes:
            return _attributes(self._sizes[absolute], stat.S_IFREG | 0o644)
        if absolute in self._directories or path.endswith(b"/"):
            return _attributes(4096, stat.S_IFDIR | 0o755)
        raise asyncssh.SFTPNoSuchFile("No such file or directory")

    def _enter(self, path: bytes, size: int) -> bytes:
        absolute = self._absolute(path)
        if len(self._sizes) + len(self._directories) >= FILES_LIMIT:
            raise asyncssh.SFTPFailure("No space left on device")
        self._sizes[absolute] = size
        return absolute

    def _open(self, path: bytes, writing: bool) -> _File:
        if not writing:
            raise asyncssh.SFTPNoSuchFile("No such file or directory")
        absolute = self._enter(path, 0)
        return _File(absolute.decode("utf-8", "backslashreplace"), self._record.body())

    def open(self, path: bytes, pflags: int, attrs: Any) -> _File:
        return self._open(path, bool(pflags & asyncssh.FXF_WRITE))

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: Any) -> _File:
        return self._open(path, bool(desired_access & (asyncssh.ACE4_WRITE_DATA | asyncssh.ACE4_APPEND_DATA)))

    def write(self, file_obj: _File, offset: int, data: bytes) -> int:
        file_obj.reordered |= offset != file_obj.body.size
        file_obj.body.add(data)
        self._sizes[file_obj.path.encode("utf-8", "replace")] = offset + len(data)
        return len(data)

    def close(self, file_obj: _File) -> None:
        if file_obj.reordered:
            self._record.error = f"parts of {file_obj.path[:200]} did not come in order"
        self._record.pending = None
        note(self._record, self._peer, "file", path=file_obj.path, body=file_obj.body)

    def read(self, file_obj: _File, offset: int, size: int) -> bytes:
        return b""

    def stat(self, path: bytes) -> Any:
        return self._attributes(path)

    def lstat(self, path: bytes) -> Any:
        return self._attributes(path)

    def fstat(self, file_obj: _File) -> Any:
        return _attributes(file_obj.body.size, stat.S_IFREG | 0o644)

    def realpath(self, path: bytes) -> bytes:
        return self._absolute(path)

    def listdir(self, path: bytes) -> Iterable[bytes]:
        self._attributes(path)
        return [b".", b".."]

    def mkdir(self, path: bytes, attrs: Any) -> None:
        absolute = self._enter(path, 0)
        del self._sizes[absolute]
        self._directories.add(absolute)
        note(self._record, self._peer, "exec", command="mkdir", path=absolute.decode("utf-8", "backslashreplace"))

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        old, new = self._absolute(oldpath), self._absolute(newpath)
        if old not in self._sizes:
            raise asyncssh.SFTPNoSuchFile("No such file or directory")
        self._sizes[new] = self._sizes.pop(old)
        note(self._record, self._peer, "exec", command="rename", path=f"{old!r} {new!r}"[:2000])

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.rename(oldpath, newpath)

    def remove(self, path: bytes) -> None:
        if self._sizes.pop(self._absolute(path), None) is None:
            raise asyncssh.SFTPNoSuchFile("No such file or directory")

    def _accept(self, *_: Any) -> None:
        return None

    def _refuse(self, *_: Any) -> None:
        raise asyncssh.SFTPOpUnsupported("Operation unsupported")

    setstat = fsetstat = rmdir = fsync = _accept
    readlink = symlink = link = lock = unlock = statvfs = fstatvfs = _refuse

    def exit(self) -> None:
        # scp takes a session without an exit status for a failure; for the old protocol asyncssh gives one itself.
        if self.channel.get_subsystem():
            self.channel.exit(0)

    def map_path(self, path: bytes) -> bytes:
        return path

    def reverse_map_path(self, path: bytes) -> bytes:
        return path

    def format_user(self, uid: int | None) -> str:
        return str(uid)

    def format_group(self, gid: int | None) -> str:
        return str(gid)
