"""The witness's records of processes and opened files in, actions out; and whose doing a connection was."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .stream import Stream

VERBS = frozenset({"exec", "connect", "send", "socket", "rename", "unlink", "chmod", "ptrace", "call"})
_ENVELOPE = frozenset({"seq", "at", "kind", "prev", "hash", "session", "cut", "missing"})
_SLACK = 0.05
"""Seconds by which a connection may be on the record before the call that made it: two processes note the two."""


@dataclass
class ProcessRecord(Stream):
    """The records as they arrive, in order."""

    commands: dict[str, str | None] = field(default_factory=dict)
    """The tool call that started each command, by the key that harness and supervisor both know its session by."""

    keys: dict[int, str] = field(default_factory=dict)
    """The key of each session."""

    _ended: dict[int, float] = field(default_factory=dict)
    """When each command's own process had ended, seconds since 1970."""

    _connects: dict[tuple[str, int], list[tuple[float, int]]] = field(default_factory=dict)

    def read(self, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Checks the next records and gives what the ledger keeps of each."""
        return [content for record in records if (content := self._read(record)) is not None]

    def maker(self, address: object, port: object, at: str) -> int | None:
        """The session that reached for an address and port last before a time."""
        reached = self._connects.get((str(address), port if isinstance(port, int) else -1), [])
        index = bisect_right(reached, (seconds(at) + _SLACK, 1 << 62))
        return reached[index - 1][1] if index else None

    def belonging(self, session: int | None, at: str) -> dict[str, Any]:
        """What an action's `call` is, and whether it came after that call's end."""
        if session is None:
            return {"call": None, "late": False}
        late = session in self._ended and seconds(at) > self._ended[session]
        return {"call": self.commands.get(self.keys.get(session, "")), "late": late}

    def unrecorded(self) -> list[str]:
        """Keys of commands that ran and left no session."""
        return sorted(self.commands.keys() - set(self.keys.values()))

    def _read(self, record: Mapping[str, Any]) -> dict[str, Any] | None:
        if not self.accept(record):
            return None
        kind, at, session = record.get("kind"), str(record.get("at")), record.get("session")
        if kind == "attach":
            self.keys[int(record["session"])] = str(record.get("key"))
        elif kind == "ended":
            self._ended[int(record["session"])] = seconds(at)
        elif kind == "opened":
            sessions = list(record.get("sessions") or ())
            belongs = self.belonging(sessions[0] if len(sessions) == 1 else None, at)
            args, effect = {"path": record.get("path")}, {"sessions": sessions, "late": belongs["late"]}
            return _content(at, "file", "opened", args, "executed", effect, belongs["call"])
        elif kind in VERBS and isinstance(session, int):
            if kind in ("connect", "send") and record.get("port") is not None:
                reached = self._connects.setdefault((str(record.get("address")), int(record["port"])), [])
                reached.append((seconds(at), session))
            belongs = self.belonging(session, at)
            args = {name: value for name, value in record.items() if name not in _ENVELOPE}
            effect = {"session": session, "late": belongs["late"], "cut": bool(record.get("cut"))}
            state = "failed" if record.get("missing") else "executed"
            return _content(at, "process", str(kind), args, state, effect, belongs["call"])
        return None


def seconds(at: str) -> float:
    """A time of the record as seconds since 1970. Raises ValueError where it is none."""
    return datetime.fromisoformat(at).timestamp()


def _content(
    at: str, channel: str, verb: str, args: Mapping[str, Any], state: str, effect: Mapping[str, Any], call: str | None
) -> dict[str, Any]:
    return {
        "at": at,
        "channel": channel,
        "verb": verb,
        "args": dict(args),
        "state": state,
        "effect": dict(effect),
        "call": call,
    }
