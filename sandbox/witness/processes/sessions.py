"""Sessions: one process tree for each command that was started from outside, and how it is ended."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .living import MOST, Process, described, process, processes

END_SECONDS = 5.0
"""How long a tree that forks faster than it can be stopped is chased."""

_SEEN_MOST = 50_000


@dataclass
class Session:
    """All processes that descend from one command: they share the descriptor by which the kernel tells of them."""

    number: int
    key: str
    """What names the command outside: the pid of its first process there, or the launcher's token."""

    listener: int
    first: int | None = None
    """Descriptor of the command's own process, while it lives."""

    members: dict[int, int] = field(default_factory=dict)
    """Processes seen so far, each with its start: pids are used again."""

    noted: dict[int, int] = field(default_factory=dict)
    """How often each act was seen, by a hash of what its record says."""

    unwritten: int = 0
    """Acts that were only counted."""

    def saw(self, pid: int) -> None:
        """Takes note of a process."""
        if pid not in self.members and len(self.members) < _SEEN_MOST and (found := process(pid)):
            self.members[pid] = found.started


def of_session(session: Session, everyone: Iterable[Process]) -> list[Process]:
    """The live processes of a session: those seen, what descends from them, and what is in a setsid(2) of theirs."""
    everyone = list(everyone)
    leaders = session.members.keys()
    tree = {p.pid for p in everyone if session.members.get(p.pid) == p.started or p.session in leaders}
    grown = True
    while grown:
        children = {p.pid for p in everyone if p.parent in tree} - tree
        grown = bool(children)
        tree |= children
    return [p for p in everyone if p.pid in tree and not p.zombie]


def end(session: Session) -> int:
    """Ends every process of a session and says how many: all are stopped first, so that none has a child meanwhile."""
    deadline = time.monotonic() + END_SECONDS
    stopped: set[int] = set()
    while (fresh := _pids(session) - stopped) and time.monotonic() < deadline:
        _signal(fresh, signal.SIGSTOP)
        for pid in fresh:
            session.saw(pid)
        stopped |= fresh
    while (left := _pids(session)) and time.monotonic() < deadline:
        _signal(left, signal.SIGKILL)
        time.sleep(0.002)
    return len(stopped)


def _pids(session: Session) -> set[int]:
    return {p.pid for p in of_session(session, processes())}


def living(sessions: Iterable[Session], own: set[int]) -> list[dict[str, Any]]:
    """The live processes of the agent's container with the sessions that they belong to, without those in `own`."""
    everyone = [p for p in processes() if p.pid not in own and not p.zombie]
    belongs = {p.pid: session.number for session in sessions for p in of_session(session, everyone)}
    return [{**described(p), "session": belongs.get(p.pid)} for p in everyone][:MOST]


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
