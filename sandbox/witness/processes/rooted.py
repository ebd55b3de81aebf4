"""Opening files of another container: by paths as they are there, and never out of it, whatever its links say."""

import ctypes
import os
import struct

_OPENAT2 = 437
_IN_ROOT, _NO_MAGIC = 0x10, 0x02
_libc = ctypes.CDLL(None, use_errno=True)


def top_of(pid: int) -> int:
    """A descriptor of the root folder that a process has. Raises OSError where it is gone."""
    return os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def open_in(top: int, path: str, flags: int) -> int:
    """Opens a path below a root folder as a process with that root would (openat2(2)). Raises OSError."""
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, _IN_ROOT | _NO_MAGIC)
    return checked(_libc.syscall(_OPENAT2, top, os.fsencode(path), how, len(how)), path)


def exists(pid: int, path: str) -> bool:
    """Whether a process would find something at an absolute path."""
    top = top_of(pid)
    try:
        os.close(open_in(top, path, os.O_PATH))
    except OSError:
        return False
    finally:
        os.close(top)
    return True


def checked(result: int, what: str) -> int:
    """What a call of the C library gave. Raises OSError where that is an error."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result
