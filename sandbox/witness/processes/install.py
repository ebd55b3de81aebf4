"""Lays files down. Also a program: runs in the agent's container as one owner, whose files it reads as JSON."""

import base64
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def install(entries: Iterable[Mapping[str, Any]], root: str = "") -> None:
    """Writes files and folders below `root`, with their modes and dates, and their owners where they have any.

    An entry is {"path", "directory": bool, "content": base64, "mode": int, "mtime": seconds, "uid", "gid"}; folders
    come before what is in them.
    """
    written = list(entries)
    for entry in written:
        path = root + entry["path"]
        if entry["directory"]:
            os.makedirs(path, exist_ok=True)
        else:
            with open(path, "wb") as file:
                file.write(base64.b64decode(entry["content"]))
        if "uid" in entry:
            os.chown(path, entry["uid"], entry["gid"])
        os.chmod(path, entry["mode"])
    for entry in sorted(written, key=lambda entry: -entry["path"].count("/")):
        os.utime(root + entry["path"], (entry["mtime"], entry["mtime"]))


if __name__ == "__main__":
    install(json.load(sys.stdin))
