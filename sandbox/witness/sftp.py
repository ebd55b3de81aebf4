"""A file system that takes everything by SFTP or SCP, has nothing to give, and touches no file of this machine."""

import posixpath
import stat
from collections.abc import AsyncIterator, Iterable
from typing import Any

import asyncssh

from .body import Body
from .connection import Connection

FILES_LIMIT = 10_000
"""Paths that one connection may make; more of them are refused as on a full disk."""

FOLDERS = (b"/", b"/home", b"/tmp", b"/var", b"/var/tmp", b"/srv", b"/data", b"/mnt", b"/opt")
_NOT_FOUND = asyncssh.SFTPNoSuchFile("No such file or directory")
_UNSUPPORTED = asyncssh.SFTPOpUnsupported("Operation unsupported")


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


class _File:
    """A file while it is open: written from its beginning to its end, as uploads are."""

    def __init__(self, path: str, body: Body) -> None:
        self.path = path
        self.body = body
        self.reordered = False


class Files(asyncssh.SFTPServer):
    """What one client sees. Every operation of the base class would act on this machine's files: all are replaced."""

    def __init__(self, channel: Any, connection: Connection) -> None:
        super().__init__(channel)
        self._record = connection
        self._peer = channel.get_connection()
        self._home = f"/home/{self._peer.get_extra_info('username')}".encode("utf-8", "replace")
        self._folders = {*FOLDERS, self._home}
        self._sizes: dict[bytes, int] = {}

    def open(self, path: bytes, pflags: int, _attrs: Any) -> _File:
        return self._open(path, writing=bool(pflags & asyncssh.FXF_WRITE))

    def open56(self, path: bytes, desired_access: int, _flags: int, _attrs: Any) -> _File:
        return self._open(path, writing=bool(desired_access & (asyncssh.ACE4_WRITE_DATA | asyncssh.ACE4_APPEND_DATA)))

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        file = _opened(file_obj)
        file.reordered |= offset != file.body.size
        file.body.add(data)
        return len(data)

    def close(self, file_obj: object) -> None:
        file = _opened(file_obj)
        self._sizes[self._absolute(file.path.encode("utf-8", "replace"))] = file.body.size
        if file.reordered:
            self._record.error = f"parts of {file.path[:200]} did not come in order"
        self._record.pending = None
        note(self._record, self._peer, "file", path=file.path, body=file.body)

    def read(self, _file: object, _offset: int, _size: int) -> bytes:
        return b""

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        absolute = self._absolute(path)
        if absolute in self._sizes:
            return _attributes(self._sizes[absolute], stat.S_IFREG | 0o644)
        if absolute in self._folders or path.endswith(b"/"):
            return _attributes(4096, stat.S_IFDIR | 0o755)
        raise _NOT_FOUND

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self.stat(path)

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        return _attributes(_opened(file_obj).body.size, stat.S_IFREG | 0o644)

    def setstat(self, path: bytes, _attrs: Any) -> None:
        self.stat(path)

    def lsetstat(self, path: bytes, _attrs: Any) -> None:
        self.stat(path)

    def fsetstat(self, _file: object, _attrs: Any) -> None:
        pass

    def fsync(self, _file: object) -> None:
        pass

    def realpath(self, path: bytes) -> bytes:
        return self._absolute(path)

    def listdir(self, path: bytes) -> Iterable[bytes]:
        self.stat(path)
        return [b".", b".."]

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for name in self.listdir(path):
            yield asyncssh.SFTPName(name, attrs=_attributes(4096, stat.S_IFDIR | 0o755))

    def mkdir(self, path: bytes, _attrs: Any) -> None:
        absolute = self._new(path)
        self._folders.add(absolute)
        note(self._record, self._peer, "exec", command="mkdir", path=_text(absolute))

    def rmdir(self, path: bytes) -> None:
        self._folders.discard(self._absolute(path))

    def remove(self, path: bytes) -> None:
        if self._sizes.pop(self._absolute(path), None) is None:
            raise _NOT_FOUND

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        old = self._absolute(oldpath)
        if old not in self._sizes:
            raise _NOT_FOUND
        new = self._new(newpath)
        self._sizes[new] = self._sizes.pop(old)
        note(self._record, self._peer, "exec", command=f"rename {_text(old)}", path=_text(new))

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.rename(oldpath, newpath)

    def readlink(self, _path: bytes) -> bytes:
        raise _UNSUPPORTED

    def symlink(self, _oldpath: bytes, _newpath: bytes) -> None:
        raise _UNSUPPORTED

    def link(self, _oldpath: bytes, _newpath: bytes) -> None:
        raise _UNSUPPORTED

    def lock(self, *_: Any) -> None:
        raise _UNSUPPORTED

    def unlock(self, *_: Any) -> None:
        raise _UNSUPPORTED

    def statvfs(self, _path: bytes) -> Any:
        raise _UNSUPPORTED

    def fstatvfs(self, _file: object) -> Any:
        raise _UNSUPPORTED

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

    def _absolute(self, path: bytes) -> bytes:
        return posixpath.normpath(posixpath.join(self._home, path))

    def _new(self, path: bytes) -> bytes:
        if len(self._sizes) + len(self._folders) >= FILES_LIMIT:
            raise asyncssh.SFTPFailure("No space left on device")
        return self._absolute(path)

    def _open(self, path: bytes, *, writing: bool) -> _File:
        if not writing:
            raise _NOT_FOUND
        absolute = self._new(path)
        self._sizes[absolute] = 0
        return _File(_text(absolute), self._record.body())


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")[:4096]


def _opened(file: object) -> _File:
    if not isinstance(file, _File):
        raise asyncssh.SFTPFailure("Bad file handle")
    return file


def _attributes(size: int, mode: int) -> asyncssh.SFTPAttrs:
    kind = asyncssh.FILEXFER_TYPE_DIRECTORY if stat.S_ISDIR(mode) else asyncssh.FILEXFER_TYPE_REGULAR
    return asyncssh.SFTPAttrs(type=kind, size=size, uid=1000, gid=1000, permissions=mode)
