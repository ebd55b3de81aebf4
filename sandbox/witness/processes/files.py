"""The agent's files as the supervisor sees them: laid down, watched and fingerprinted, without a process in there."""

import ctypes
import os
import posixpath
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from .fingerprint import fingerprint
from .install import install
from .rooted import checked, open_in, top_of

_OPEN, _CREATE, _MOVED_TO, _OVERFLOW, _NONBLOCK, _CLOEXEC = 0x20, 0x100, 0x80, 0x4000, 0x800, 0x80000
_EVENT = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


class Files:
    """The file system of the agent's container. Paths are as the agent has them; its links never lead out of it."""

    def __init__(self, main: int) -> None:
        self._root = f"/proc/{main}/root"
        self._top = top_of(main)
        self.notices = checked(_libc.inotify_init1(_NONBLOCK | _CLOEXEC), "inotify_init1")
        self._watched: dict[int, str] = {}
        self._names: set[str] = set()
        self._own: dict[str, int] = {}
        self._last: dict[str, tuple[tuple[int, ...], dict[str, Any] | None]] = {}

    def lay_down(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Writes files for their owners: entries as `install` takes them, with the names `owner` and `group`."""
        users, groups = self._ids("/etc/passwd"), self._ids("/etc/group")
        try:
            owned = [{**entry, "uid": users[entry["owner"]], "gid": groups[entry["group"]]} for entry in entries]
        except KeyError as missing:
            raise ValueError(f"the pod has no user or group {missing}") from missing
        install(owned, self._root)

    def watch(self, paths: Sequence[str]) -> None:
        """Takes notice from now on of who opens these files, and of files that take their place."""
        for path in paths:
            self._names.add(path)
            self._add(posixpath.dirname(path), _CREATE | _MOVED_TO)
            self._add(path, _OPEN)

    def opened(self) -> Iterator[str]:
        """The watched files that were opened since the last call.

        Raises:
            OSError: More happened than the kernel keeps.
        """
        with suppress(BlockingIOError):
            while data := os.read(self.notices, 65536):
                at = 0
                while at < len(data):
                    watch, mask, _, size = _EVENT.unpack_from(data, at)
                    name = os.fsdecode(data[at + _EVENT.size : at + _EVENT.size + size].rstrip(b"\0"))
                    at += _EVENT.size + size
                    yield from self._event(watch, mask, name)

    def fingerprints(self, before: Mapping[str, int | None], *, anew: bool) -> dict[str, dict[str, Any] | None]:
        """Fingerprint of each path, given its size at the last time; read only where its dates changed, or `anew`."""
        if anew:
            self._last.clear()
        return {path: self._fingerprint(path, size) for path, size in before.items()}

    def _event(self, watch: int, mask: int, name: str) -> Iterator[str]:
        if mask & _OVERFLOW:
            raise OSError("the queue of notices of opened files ran over")
        path = self._watched.get(watch)
        if path is None:
            return
        if name:
            path = posixpath.join(path, name)
            if mask & (_CREATE | _MOVED_TO) and path in self._names:
                self._add(path, _OPEN)
        elif mask & _OPEN and not self._is_own(path):
            yield path

    def _is_own(self, path: str) -> bool:
        mine = self._own.get(path, 0)
        self._own[path] = max(0, mine - 1)
        return mine > 0

    def _add(self, path: str, mask: int) -> None:
        try:
            descriptor = self._open(path, os.O_PATH | os.O_NOFOLLOW)
        except OSError:
            return  # none there yet; its folder says when one comes
        try:
            watch = _libc.inotify_add_watch(self.notices, f"/proc/self/fd/{descriptor}".encode(), mask)
            self._watched[checked(watch, f"watching {path}")] = path
        finally:
            os.close(descriptor)

    def _fingerprint(self, path: str, before: int | None) -> dict[str, Any] | None:
        try:
            descriptor = self._open(path, os.O_PATH | os.O_NOFOLLOW)
        except OSError:
            return None
        found = os.fstat(descriptor)
        os.close(descriptor)
        signature = (found.st_ino, found.st_dev, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        last = self._last.get(path)
        if last is None or last[0] != signature:
            last = self._last[path] = (signature, fingerprint(path, before, self._open_unnoticed))
        return last[1]

    def _open_unnoticed(self, path: str, flags: int) -> int:
        descriptor = self._open(path, flags)
        if path in self._names and not flags & os.O_PATH:
            self._own[path] = self._own.get(path, 0) + 1
        return descriptor

    def _open(self, path: str, flags: int) -> int:
        return open_in(self._top, path, flags)

    def _ids(self, path: str) -> dict[str, int]:
        with open(self._open(path, os.O_RDONLY), encoding="utf-8") as file:
            return {name: int(id) for name, _, id, *_ in (line.split(":") for line in file if line.count(":") > 2)}
