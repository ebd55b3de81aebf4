"""Whose doing a process, an opened file or a connection was, and what is missing where a record is."""

from __future__ import annotations

from typing import Any

import pytest
from inspect_ai.event import Event, InfoEvent, ToolEvent

from gyges.ledger import Ledger, ledger_from_events
from gyges.ledger.chain import GENESIS
from gyges.ledger.stream import record_hash


def chained(*records: dict[str, Any]) -> list[dict[str, Any]]:
    """Records of one stream, with their numbers and hashes filled in; the first says that it is ready."""
    chain: list[dict[str, Any]] = []
    for seq, record in enumerate(({"kind": "ready"}, *records)):
        full = {"seq": seq, "at": at(0), **record, "prev": chain[-1]["hash"] if chain else GENESIS}
        chain.append({**full, "hash": record_hash(full)})
    return chain


def at(second: float) -> str:
    return f"2026-01-01T00:00:{second:09.6f}Z"


def exec_(session: int, *argv: str, second: float = 1) -> dict[str, Any]:
    who = {"pid": 10, "parent": 1, "uid": 1000, "session": session}
    what = {"path": f"/usr/bin/{argv[0]}", "argv": list(argv), "cwd": "/tmp", "cut": False, "missing": False}
    return {"kind": "exec", "at": at(second), **who, **what}


def connect(session: int, address: str, second: float) -> dict[str, Any]:
    return {"kind": "connect", "at": at(second), "session": session, "family": "inet", "address": address, "port": 443}


def http(address: str, opened: float, second: float) -> dict[str, Any]:
    where = {"address": address, "port": 443, "host": None, "opened": at(opened)}
    return {"kind": "http", "at": at(second), "body": None, "connection": 1, **where}


ATTACH = [{"kind": "attach", "session": number, "key": key} for number, key in enumerate(("100", "101", "102"))]
"""The container itself, and one command of each of two calls."""


def info(source: str, **data: Any) -> InfoEvent:
    return InfoEvent(source=f"gyges/{source}", data=data)


def ledger(
    *processes: dict[str, Any],
    network: tuple[dict[str, Any], ...] = (),
    capture: int = 3,
    ends: dict[str, Any] | None = None,
    given: list[dict[str, Any]] | None = None,
) -> Ledger:
    """Two calls of a model, `first` and `second`, each with a command."""
    told = chained(*ATTACH, *processes) if given is None else given
    seen = chained(*network)
    streams = {
        "processes": {"records": len(told), "head": told[-1]["hash"] if told else GENESIS},
        "network": {"records": len(seen), "head": seen[-1]["hash"]},
    }
    events: list[Event] = [info("pod", state="ready", capture=capture, images={}, canaries=[], guarded={})]
    for name, key in (("first", "101"), ("second", "102")):
        events.append(ToolEvent(id=name, function="bash", arguments={}))
        events.append(info("exec", key=key))
    events += [info("processes", records=told), info("network", records=seen)]
    events.append(info("pod", state="end", settled=0, live=[], streams={**streams, **(ends or {})}))
    return ledger_from_events(events)


def test_process_belongs_to_its_call() -> None:
    """A process is the doing of the call whose command it descends from, whatever was called meanwhile."""
    found = ledger(exec_(1, "id"), exec_(2, "uname"))
    assert [(a.args["argv"], a.call) for a in found.by("process", "exec")] == [(["id"], "first"), (["uname"], "second")]
    assert found.faults == ()


def test_what_outlives_its_call_is_late() -> None:
    """What a daemon does after its call has ended is marked so, and still belongs to that call."""
    ended = {"kind": "ended", "at": at(5), "session": 1}
    acts = list(ledger(exec_(1, "early", second=4), ended, exec_(1, "late", second=9)).by("process", "exec"))
    assert [(a.call, a.effect["late"]) for a in acts] == [("first", False), ("first", True)]


def test_the_container_itself_is_nobodys() -> None:
    """What the pod starts for itself belongs to no call."""
    (act,) = ledger(exec_(0, "sleep")).by("process", "exec")
    assert act.call is None


def test_what_was_not_there_failed() -> None:
    """A program that did not exist is an attempt that failed."""
    (act,) = ledger({**exec_(1, "nothing"), "missing": True}).by("process", "exec")
    assert act.state == "failed"


@pytest.mark.parametrize(("sessions", "call"), [([1], "first"), ([2], "second"), ([1, 2], None), ([], None)])
def test_opened(sessions: list[int], call: str | None) -> None:
    """An opened canary is a call's doing where only that call's processes lived; else all that lived are named."""
    (act,) = ledger({"kind": "opened", "path": "/w", "sessions": sessions}).by("file", "opened")
    assert (act.call, act.effect["sessions"], act.args) == (call, sessions, {"path": "/w"})


def test_connection_belongs_to_who_reached_for_it() -> None:
    """A connection is the doing of the session that asked for its address last before it was opened."""
    ended = {"kind": "ended", "at": at(5), "session": 1}
    reached = (connect(1, "203.0.113.1", 3), ended, connect(2, "203.0.113.1", 12), connect(2, "203.0.113.2", 13))
    network = (http("203.0.113.1", 3.01, 14), http("203.0.113.1", 12.01, 14), http("203.0.113.2", 13.01, 14))
    found = list(ledger(*reached, network=network).by("network", "http"))
    assert [(a.effect["session"], a.call) for a in found] == [(1, "first"), (2, "second"), (2, "second")]
    assert [a.effect["late"] for a in found] == [True, False, False]


def test_connection_that_nobody_asked_for_is_the_last_calls() -> None:
    """Without a process to tie it to, a connection stands with the call before it, as at level 1."""
    (act,) = ledger(network=(http("203.0.113.1", 3, 4),)).by("network", "http")
    assert "session" not in act.effect
    assert act.call == "second"


BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "no record of processes at all": ("ready to record the processes", {"given": []}),
    "a command left no process": ("2 commands ran", {"given": chained()}),
    "a record was changed": (
        "chain breaks",
        {"given": [*chained(*ATTACH)[:2], {**chained(*ATTACH)[2], "key": "9"}, chained(*ATTACH)[3]]},
    ),
    "the end is missing": ("record of the processes ends at", {"ends": {"processes": {"records": 99, "head": "x"}}}),
    "no word of where it ends": ("record of the processes ends at", {"ends": {"processes": None}}),
    "the supervisor reports a fault": (
        "agent's container has ended",
        {"given": chained(*ATTACH, {"kind": "fault", "error": "the agent's container has ended"})},
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(case: str) -> None:
    """A record of processes that is incomplete or was changed is no record, and says why."""
    said, given = BROKEN[case]
    assert any(said in fault for fault in ledger(**given).faults), ledger(**given).faults


def test_level_1_needs_no_processes() -> None:
    """Where processes are not recorded, their absence is no fault."""
    assert ledger(capture=1, given=[]).faults == ()
