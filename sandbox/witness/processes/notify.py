"""Seccomp user notification, the kernel's side: seccomp_unotify(2), linux/seccomp.h."""

import errno
import fcntl
import json
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

_NOTIFICATION = struct.Struct("QIIiIQ6Q")
_RESPONSE = struct.Struct("QqiI")
_READ_WRITE = 3 << 30
_RECEIVE = _READ_WRITE | _NOTIFICATION.size << 16 | ord("!") << 8
_SEND = _READ_WRITE | _RESPONSE.size << 16 | ord("!") << 8 | 1
_STILL_VALID = 1 << 30 | 8 << 16 | ord("!") << 8 | 2
_CONTINUE = 1

MESSAGE_LIMIT = 1 << 20
"""Bytes of the message that brings a listener."""


@dataclass(frozen=True)
class Call:
    """A system call that waits to be let go on."""

    id: int
    pid: int
    """The calling thread, in the supervisor's own pid namespace."""

    number: int
    architecture: int
    """AUDIT_ARCH_* of linux/audit.h."""

    arguments: tuple[int, ...]


def receive(listener: int) -> Call | None:
    """The next call; None if its caller is gone meanwhile."""
    buffer = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
            return None
        raise
    id, pid, _, number, architecture, _, *arguments = _NOTIFICATION.unpack(buffer)
    return Call(id, pid, number, architecture, tuple(arguments))


def proceed(listener: int, call: Call) -> None:
    """Lets the kernel carry the call out."""
    _answer(listener, call, 0, _CONTINUE)


def refuse(listener: int, call: Call, number: int) -> None:
    """Makes the call fail with an error number."""
    _answer(listener, call, -number, 0)


def waits(listener: int, call: Call) -> bool:
    """Whether the caller still waits, so that what was read of it was its own."""
    try:
        fcntl.ioctl(listener, _STILL_VALID, struct.pack("Q", call.id))
    except OSError:
        return False
    return True


def attached(client: socket.socket) -> tuple[dict[str, Any], int]:
    """What comes with a listener, and the listener: from a runtime (OCI runtime spec, `listenerPath`) or the launcher.

    Raises:
        ValueError: It is no such message.
    """
    data, descriptors, _, _ = socket.recv_fds(client, MESSAGE_LIMIT, 8)
    try:
        state = json.loads(data)
        return state, descriptors.pop(state["fds"].index("seccompFd"))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"no listener in {data[:100]!r}") from error
    finally:
        for left in descriptors:
            os.close(left)


def _answer(listener: int, call: Call, error: int, flags: int) -> None:
    try:
        fcntl.ioctl(listener, _SEND, _RESPONSE.pack(call.id, 0, error, flags))
    except OSError as failure:
        if failure.errno != errno.ENOENT:  # the caller was killed meanwhile
            raise
