"""Who the supervisor and the network's witness are: users that the agent's container has no process of."""

import ctypes
import os
import signal
import struct

SUPERVISOR, NETWORK = 65535, 65532
"""User ids that the first process of a pod and its name service have on many clusters."""

CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, KILL, SYS_PTRACE = 0, 1, 2, 3, 5, 19
"""Capabilities, by their numbers in linux/capability.h."""

WATCHING = (DAC_READ_SEARCH, KILL, SYS_PTRACE)
"""To look into processes and files of any user, and to end them."""

FURNISHING = (*WATCHING, CHOWN, DAC_OVERRIDE, FOWNER)
"""To lay down files for any user, besides; given up when that is done."""

_VERSION_3 = 0x20080522
_SET_KEEPCAPS, _SET_DUMPABLE, _SET_NAME = 8, 4, 15
_libc = ctypes.CDLL(None, use_errno=True)


def become(user: int, capabilities: tuple[int, ...] = ()) -> None:
    """Changes to another user for good, with these capabilities and no others."""
    _prctl(_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    keep(capabilities)
    # Else what /proc has of this process would be root's, and root in the agent's container could write to it.
    _prctl(_SET_DUMPABLE, 1)


def keep(capabilities: tuple[int, ...] = ()) -> None:
    """Gives up every capability but these, for good."""
    low = sum(1 << number for number in capabilities)
    data = struct.pack("<6I", low, low, 0, 0, 0, 0)
    if _libc.capset(struct.pack("<Ii", _VERSION_3, 0), data):
        raise OSError(ctypes.get_errno(), "capset failed")


def deaf() -> None:
    """Lets no signal from inside reach this process: the kernel drops what the first process has no handler for."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # and nobody's orphans stay behind as zombies


def title(words: str) -> None:
    """How `ps` in the agent's container shows this process.

    The words are written over the arguments that it was started with. Where they are longer they go on into what
    follows those, which the kernel reads to its end if the arguments no longer end where they did (fs/proc/base.c).
    """
    with open("/proc/self/stat", "rb") as file:
        start, end = map(int, file.read().rpartition(b")")[2].split()[45:47])
    shown = words.encode("ascii")
    ctypes.memmove(start, shown.ljust(end - start, b"\0") + b"\0", max(len(shown) + 1, end - start))
    _prctl(_SET_NAME, ctypes.create_string_buffer(words.split(maxsplit=1)[0].rpartition("/")[2].encode("ascii")))


def _prctl(option: int, value: object) -> None:
    if _libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option} failed")
