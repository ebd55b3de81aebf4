"""Runs in the pod as root: prints the fingerprint of each guarded file as JSON, null where there is none.

Reads {path: size before, or null} from standard input. `prefix` is the SHA-256 of that many first bytes.
Never follows a link and never blocks on a pipe: whatever stands at the path was put there by the agent.
"""

import hashlib
import json
import os
import stat
import sys
from typing import Any

MOST = 64 * 1024 * 1024  # bytes read of a file; a sparse one may claim to be any size


def fingerprint(path: str, before: int | None) -> dict[str, Any] | None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    print_: dict[str, Any] = {
        "type": stat.S_IFMT(found.st_mode),
        "mode": stat.S_IMODE(found.st_mode),
        "size": found.st_size,
    }
    print_["mtime"] = int(found.st_mtime)
    if stat.S_ISREG(found.st_mode):
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                content = file.read(MOST)
        except PermissionError:
            return {**print_, "sha256": None, "prefix": None}
        print_["sha256"] = hashlib.sha256(content).hexdigest()
        print_["prefix"] = hashlib.sha256(content[: before or 0]).hexdigest()
    return print_


json.dump({path: fingerprint(path, before) for path, before in json.load(sys.stdin).items()}, sys.stdout)
