"""Runs in the pod: prints the processes that are still alive there as JSON, but for its own and the container's."""

import json
import os
import sys


def argv(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read(4096).decode("utf-8", "replace").rstrip("\0").split("\0")
    except OSError:
        return None


own = {os.getpid(), os.getppid()}
found = sorted((int(name), argv(name)) for name in os.listdir("/proc") if name.isdigit() and int(name) not in own)
# The two lowest are the container's init and the command that keeps it up; numbers so low are never given again.
live = [{"pid": pid, "argv": words} for pid, words in found[2:] if words and words != [""]]
json.dump(live[:200], sys.stdout)
