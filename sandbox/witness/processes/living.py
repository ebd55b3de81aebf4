"""The processes of the agent's container. Also a program: runs there as root and prints all but its own, as JSON."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST = 200
"""Processes that are listed."""


@dataclass(frozen=True)
class Process:
    """One process as /proc shows it (proc(5))."""

    pid: int
    parent: int
    session: int
    """Of setsid(2), not of the record."""

    started: int
    """Clock ticks since the machine started: with the pid, this names a process for good."""

    zombie: bool


def processes() -> Iterator[Process]:
    """Every process in this pid namespace."""
    return (found for name in os.listdir("/proc") if name.isdigit() and (found := process(int(name))))


def process(pid: int) -> Process | None:
    """One process; None where there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            fields = file.read(1024).rpartition(b")")[2].split()
    except OSError:
        return None
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), fields[0] in (b"Z", b"X"))


def described(process: Process) -> dict[str, Any]:
    """A process as a record shows it."""
    try:
        with open(f"/proc/{process.pid}/cmdline", "rb", buffering=0) as file:
            argv = file.read(4096).decode("utf-8", "replace").rstrip("\0").split("\0")
    except OSError:  # it ended meanwhile
        argv = [""]
    return {"pid": process.pid, "parent": process.parent, "argv": argv}


def _of_container(process: dict[str, Any]) -> bool:
    """Whether it is what keeps the container up: its first process, and the sleep that this waits for."""
    return bool(process["pid"] == 1 or (process["parent"] == 1 and process["argv"] == ["sleep", "infinity"]))


if __name__ == "__main__":
    own = {os.getpid(), os.getppid()}
    found = [described(process) for process in processes() if process.pid not in own and not process.zombie]
    live = [process for process in found if process["argv"] != [""] and not _of_container(process)]
    json.dump(live[:MOST], sys.stdout)
