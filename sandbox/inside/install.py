"""Runs in the pod as one owner: writes that owner's files, with their modes and dates.

Reads JSON from standard input: [{"path", "directory": bool, "content": base64, "mode": int, "mtime": seconds}, ...].
"""

import base64
import json
import os
import sys

entries = json.load(sys.stdin)
for entry in entries:
    if entry["directory"]:
        os.makedirs(entry["path"], exist_ok=True)
    else:
        with open(entry["path"], "wb") as file:
            file.write(base64.b64decode(entry["content"]))
    os.chmod(entry["path"], entry["mode"])
for entry in sorted(entries, key=lambda entry: -entry["path"].count("/")):
    os.utime(entry["path"], (entry["mtime"], entry["mtime"]))
