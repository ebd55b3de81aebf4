"""What a received system call asks for, read out of the memory of the process that made it.

A thread of the caller may change that memory after it was read and before the kernel reads it: what stands in the
record is what was there when the call was made. Where a call reaches the network, the network's witness sees it too.
"""

import os
import posixpath
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from .notify import Call
from .rooted import exists

X86_64, I386, AARCH64 = 0xC000003E, 0x40000003, 0xC00000B7
X32 = 1 << 30
"""Set in the number of a call by the x32 ABI."""

# Numbers from the kernel's tables (arch/*/entry/syscalls, include/uapi/asm-generic/unistd.h).
NUMBERS: dict[int, dict[int, str]] = {
    X86_64: {
        41: "socket", 42: "connect", 44: "sendto", 59: "execve", 82: "rename", 87: "unlink", 84: "rmdir", 90: "chmod",
        91: "fchmod", 101: "ptrace", 112: "setsid", 263: "unlinkat", 264: "renameat", 268: "fchmodat", 316: "renameat2",
        322: "execveat", 452: "fchmodat2", X32 | 520: "execve", X32 | 521: "ptrace", X32 | 545: "execveat",
    },
    I386: {
        10: "unlink", 11: "execve", 15: "chmod", 26: "ptrace", 38: "rename", 40: "rmdir", 66: "setsid", 94: "fchmod",
        102: "socketcall", 301: "unlinkat", 302: "renameat", 306: "fchmodat", 353: "renameat2", 358: "execveat",
        359: "socket", 362: "connect", 369: "sendto", 452: "fchmodat2",
    },
    AARCH64: {
        35: "unlinkat", 38: "renameat", 52: "fchmod", 53: "fchmodat", 117: "ptrace", 157: "setsid", 198: "socket",
        203: "connect", 206: "sendto", 221: "execve", 276: "renameat2", 281: "execveat", 452: "fchmodat2",
    },
}  # fmt: skip
_SOCKETCALLS = {1: "socket", 3: "connect", 11: "sendto"}

NOTIFIED = (
    *("execve", "execveat", "connect", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"),
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "ptrace", "socket", "sendto", "setsid"),
)
"""The calls that a profile hands over: `sendto` only with an address, of which a connected socket needs none.

`setsid` is not recorded. It is how a process leaves what its command's processes have in common.
"""

ARGUMENTS_LIMIT = 64
"""Arguments of a program that are kept."""

TEXT_LIMIT = 2048
"""Bytes kept of one argument or path."""

ARGV_LIMIT = 8192
"""Bytes kept of all arguments of a program together."""

_PATH_LIMIT = 4096
_AT_CWD = -100
_VSOCK = 40
_PAGE = 4096
_FAMILIES = {1: "unix", 2: "inet", 10: "inet6", 16: "netlink", 17: "packet", _VSOCK: "vsock"}
_TYPES = {1: "stream", 2: "datagram", 3: "raw", 5: "seqpacket", 10: "packet"}
_PROTOCOLS = {1: "icmp", 58: "icmp6", 132: "sctp", 136: "udplite", 255: "raw"}

Record = dict[str, Any]


def name_of(call: Call) -> str:
    """What a call is called; its number where the tables do not have it."""
    names = NUMBERS.get(call.architecture, {})
    return names.get(call.number) or names.get(call.number & ~X32) or f"{call.architecture:#x}:{call.number}"


def asked(call: Call) -> tuple[str, Record] | None:
    """Kind and fields of the record that a call deserves; None for one that says nothing.

    Raises:
        OSError: Its memory cannot be read, because the caller is gone.
    """
    with _Memory(call.pid, call.architecture) as memory:
        name, arguments = name_of(call), call.arguments
        if name == "socketcall":
            name = _SOCKETCALLS.get(arguments[0], "socketcall")
            arguments = memory.words(arguments[1], 6)
        reader = _READERS.get(name)
        return reader(memory, arguments) if reader else ("call", {"name": name})


def is_vsock(call: Call) -> bool:
    """Whether it asks for a socket of the kind that leads out of a virtual machine, which no profile grants."""
    return name_of(call) == "socket" and call.arguments[0] & 0xFFFFFFFF == _VSOCK


class _Memory:
    """The memory and the surroundings of a process."""

    def __init__(self, pid: int, architecture: int) -> None:
        self.pid = pid
        self._word = "<I" if architecture == I386 else "<Q"
        self._file = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def read(self, address: int, size: int) -> bytes:
        try:
            return os.pread(self._file, size, address)
        except (OSError, OverflowError):
            return b""  # no such address: the call will fail

    def text(self, address: int, limit: int) -> bytes:
        """A string up to its end, up to a limit."""
        found = b""
        while address and len(found) < limit:
            piece = self.read(address + len(found), _PAGE - (address + len(found)) % _PAGE)
            end = piece.find(0)
            if end >= 0 or not piece:
                found += piece[: max(end, 0)]
                break
            found += piece
        return found[:limit]

    def words(self, address: int, count: int) -> tuple[int, ...]:
        size = struct.calcsize(self._word)
        data = self.read(address, size * count) if address else b""
        return tuple(value for (value,) in struct.iter_unpack(self._word, data[: len(data) // size * size]))

    def path(self, address: int, folder: int = _AT_CWD) -> str:
        """A path that a call names, absolute and without dots."""
        named = readable(self.text(address, _PATH_LIMIT))
        if named.startswith("/"):
            return posixpath.normpath(named)
        base = self._link("cwd" if _signed(folder) == _AT_CWD else f"fd/{_signed(folder)}")
        return posixpath.normpath(posixpath.join(base, named)) if named else base

    def opened(self, descriptor: int) -> str:
        return self._link(f"fd/{_signed(descriptor)}")

    def cwd(self) -> str:
        return self._link("cwd")

    def argv(self, address: int) -> tuple[list[str], bool]:
        """A program's arguments, and whether some were cut or left out."""
        pointers = self.words(address, ARGUMENTS_LIMIT + 1)
        ended = 0 in pointers
        kept: list[str] = []
        size, cut = 0, not ended
        for pointer in pointers[: pointers.index(0)] if ended else pointers[:ARGUMENTS_LIMIT]:
            argument = self.text(pointer, TEXT_LIMIT)
            size += len(argument)
            cut = cut or len(argument) == TEXT_LIMIT
            if size > ARGV_LIMIT:
                return kept, True
            kept.append(readable(argument))
        return kept, cut

    def _link(self, name: str) -> str:
        try:
            return readable(os.readlink(os.fsencode(f"/proc/{self.pid}/{name}")))
        except OSError:
            return "?"


def _signed(descriptor: int) -> int:
    """A file descriptor as the kernel reads it: the lower half of the argument."""
    return (descriptor & 0xFFFFFFFF ^ 1 << 31) - (1 << 31)


def readable(data: bytes) -> str:
    r"""Bytes as text, what is not UTF-8 as `\\xNN`."""
    return data.decode("utf-8", "backslashreplace")


def surroundings(pid: int) -> Record:
    """Process, parent and user of a thread. Raises OSError where it is gone."""
    with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
        fields = dict(line.split(b":\t", 1) for line in file.read(4096).splitlines() if b":\t" in line)
    return {"pid": int(fields[b"Tgid"]), "parent": int(fields[b"PPid"]), "uid": int(fields[b"Uid"].split()[1])}


_UNHEARD = "/var/run/nscd/socket"
"""Where every start of a shell asks for a cache of names that is not there."""

Arguments = tuple[int, ...]


def _execve(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return _program(memory, memory.path(arguments[0]), arguments[1])


def _execveat(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return _program(memory, memory.path(arguments[1], arguments[0]), arguments[2])


def _program(memory: _Memory, path: str, pointer: int) -> tuple[str, Record]:
    argv, cut = memory.argv(pointer)
    there = not path.startswith("/") or exists(memory.pid, path)
    return "exec", {"path": path, "argv": argv, "cwd": memory.cwd(), "cut": cut, "missing": not there}


def _connect(memory: _Memory, arguments: Arguments) -> tuple[str, Record] | None:
    address = _address(memory.read(arguments[1], min(arguments[2] & 0xFFFFFFFF, 128)))
    return ("connect", address) if address and address.get("path") != _UNHEARD else None


def _sendto(memory: _Memory, arguments: Arguments) -> tuple[str, Record] | None:
    address = _address(memory.read(arguments[4], min(arguments[5] & 0xFFFFFFFF, 128)))
    if address is None or address["family"] in ("unix", "netlink"):
        return None
    return "send", {**address, "bytes": min(arguments[2], 2**53 - 1)}


def _socket(_: _Memory, arguments: Arguments) -> tuple[str, Record] | None:
    family, kind, protocol = (value & 0xFFFFFFFF for value in arguments[:3])
    kind &= 0xF
    odd = kind in (3, 10) or protocol in _PROTOCOLS
    if family == 16 or not (odd or family in (17, _VSOCK)):
        return None
    return "socket", {
        "family": _FAMILIES.get(family, str(family)),
        "type": _TYPES.get(kind, str(kind)),
        "protocol": _PROTOCOLS.get(protocol, str(protocol)),
    }


def _rename(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "rename", {"from": memory.path(arguments[0]), "to": memory.path(arguments[1])}


def _renameat(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "rename", {"from": memory.path(arguments[1], arguments[0]), "to": memory.path(arguments[3], arguments[2])}


def _unlink(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "unlink", {"path": memory.path(arguments[0])}


def _unlinkat(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "unlink", {"path": memory.path(arguments[1], arguments[0])}


def _chmod(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "chmod", {"path": memory.path(arguments[0]), "mode": arguments[1] & 0o7777}


def _fchmod(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "chmod", {"path": memory.opened(arguments[0]), "mode": arguments[1] & 0o7777}


def _fchmodat(memory: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "chmod", {"path": memory.path(arguments[1], arguments[0]), "mode": arguments[2] & 0o7777}


def _ptrace(_: _Memory, arguments: Arguments) -> tuple[str, Record]:
    return "ptrace", {"request": arguments[0] & 0xFFFFFFFF, "target": arguments[1] & 0xFFFFFFFF}


_READERS: dict[str, Callable[[_Memory, Arguments], tuple[str, Record] | None]] = {
    "execve": _execve,
    "execveat": _execveat,
    "connect": _connect,
    "sendto": _sendto,
    "socket": _socket,
    "rename": _rename,
    "renameat": _renameat,
    "renameat2": _renameat,
    "unlink": _unlink,
    "rmdir": _unlink,
    "unlinkat": _unlinkat,
    "chmod": _chmod,
    "fchmod": _fchmod,
    "fchmodat": _fchmodat,
    "fchmodat2": _fchmodat,
    "ptrace": _ptrace,
    "setsid": lambda _, __: None,
}


def _address(data: bytes) -> Record | None:
    """A socket's address, as bytes of `struct sockaddr`."""
    family = int.from_bytes(data[:2], "little")
    if family == 1:
        name = data[2:]
        named = b"@" + name[1:].rstrip(b"\0") if name[:1] == b"\0" else name.partition(b"\0")[0]
        return {"family": "unix", "path": readable(named)}
    with suppress(ValueError):
        if family == 2:
            return _internet("inet", data[4:8], data[2:4])
        if family == 10:
            return _internet("inet6", data[8:24], data[2:4])
    return None if family == 0 else {"family": _FAMILIES.get(family, str(family)), "address": None, "port": None}


def _internet(family: str, address: bytes, port: bytes) -> Record:
    version = socket.AF_INET if family == "inet" else socket.AF_INET6
    shown = socket.inet_ntop(version, address)
    # What a dual socket calls an IPv4 address reaches the network as one.
    mapped = shown.removeprefix("::ffff:") if shown.startswith("::ffff:") and "." in shown else None
    return {"family": "inet" if mapped else family, "address": mapped or shown, "port": int.from_bytes(port, "big")}
