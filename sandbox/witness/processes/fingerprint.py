"""Fingerprints of files that an agent may have changed. Also a program: runs in the agent's container as root, where
the supervisor cannot look from outside; reads {path: size before, or null} and prints the fingerprints, as JSON.

Never follows a link and never blocks on a pipe: whatever stands at the path was put there by the agent.
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable
from typing import Any

MOST = 64 * 1024 * 1024  # bytes read of a file; a sparse one may claim to be any size
_CLOSED = os.O_NOFOLLOW | os.O_CLOEXEC


def fingerprint(path: str, before: int | None, open_: Callable[[str, int], int] = os.open) -> dict[str, Any] | None:
    """Type, mode, size, date and SHA-256 of a file; None where there is none.

    `before` is its size at the last time, `prefix` the SHA-256 of that many first bytes; `sha256` is None for a file
    that cannot be read, and missing where it is no regular one.
    """
    try:
        found = _stat(path, open_)
    except OSError:
        return None
    print_: dict[str, Any] = {
        "type": stat.S_IFMT(found.st_mode),
        "mode": stat.S_IMODE(found.st_mode),
        "size": found.st_size,
        "mtime": int(found.st_mtime),
    }
    if stat.S_ISREG(found.st_mode):
        try:
            with os.fdopen(open_(path, os.O_RDONLY | os.O_NONBLOCK | _CLOSED), "rb") as file:
                content = file.read(MOST)
        except PermissionError:
            return {**print_, "sha256": None, "prefix": None}
        print_["sha256"] = hashlib.sha256(content).hexdigest()
        print_["prefix"] = hashlib.sha256(content[: before or 0]).hexdigest()
    return print_


def _stat(path: str, open_: Callable[[str, int], int]) -> os.stat_result:
    descriptor = open_(path, os.O_PATH | _CLOSED)
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    json.dump({path: fingerprint(path, before) for path, before in json.load(sys.stdin).items()}, sys.stdout)
