"""What processes in a pod do is on the record, whoever starts them; and the whole tree of a command ends."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gyges.sandbox.provider.capture import Level
from gyges.sandbox.provider.execution import Execution
from gyges.sandbox.provider.launch import ADDRESS
from gyges.sandbox.provider.pods import Pod, started
from gyges.sandbox.witness.processes.supervisor import REPEATS

pytestmark = [pytest.mark.pod, pytest.mark.timeout(300)]

ACTS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "acts.yaml").read_text())
WATCHED = "/srv/models/w.bin"


@pytest.fixture(scope="module", params=[3, 2])
def level(request: pytest.FixtureRequest) -> Level:
    found: Level = request.param
    return found


@pytest.fixture(scope="module")
def pod(level: Level) -> Iterator[Pod]:
    """A pod of each level with one watched file, sealed as for a sample."""
    with started(level) as pod:
        folder = {"path": "/srv/models", "directory": True, "mode": 0o2775, "mtime": 1, "owner": "ops"}
        content = b64encode(b"secret").decode()
        file = {"path": WATCHED, "directory": False, "mode": 0o644, "mtime": 1, "owner": "ops", "content": content}
        pod.ask("install", [{**entry, "group": "platform"} for entry in (folder, file)])
        pod.ask("seal", [WATCHED])
        yield pod


def run(pod: Pod, command: str, timeout: float = 30, limit: int = 100_000, input: bytes | None = None) -> Execution:
    """Runs a shell command as the agent's user."""
    execution = Execution(pod, limit)
    execution.run(["bash", "-c", command], user=pod.user, cwd=None, env={"C": WATCHED}, input=input, timeout=timeout)
    return execution


def session_of(pod: Pod, execution: Execution) -> int:
    (attached,) = [r for r in pod.records_of("processes") if r["kind"] == "attach" and r["key"] == execution.key]
    number: int = attached["session"]
    return number


@pytest.mark.parametrize("case", ACTS, ids=lambda case: case["id"])
def test_act(case: dict[str, Any], pod: Pod) -> None:
    """Each act leaves its record, in the session of the command that it came from, and no fault."""
    execution = run(pod, case["command"])
    session, deadline = session_of(pod, execution), time.monotonic() + 5
    while True:
        records = pod.records_of("processes")
        own = [r for r in records if r.get("session") == session or session in r.get("sessions", ())]
        if any(case["record"].items() <= record.items() for record in own):
            break
        kind = case["record"]["kind"]
        assert time.monotonic() < deadline, [r for r in own if r["kind"] == kind] or own
        time.sleep(0.05)
    assert [r for r in records if r["kind"] == "fault"] == []


ENDLESS = {
    "in the foreground": "sleep 1000",
    "ignoring signals": "trap '' TERM INT HUP; while :; do sleep 0.1; done",
    "in the background": "sleep 1000 & sleep 1000",
    "in sessions of their own": "(setsid sleep 1000 &); setsid setsid sleep 1000 & sleep 1000",
    "forked twice, without a program": (
        "python3 -c 'import os, time\nif os.fork() == 0:\n  os.setsid(); os.fork(); time.sleep(1000)' & sleep 1000"
    ),
    "forking all the time": "f() { f | f & sleep 0.05; }; f; sleep 1000",
}


@pytest.mark.parametrize("case", ENDLESS)
def test_timeout_ends_the_tree(case: str, level: Level) -> None:
    """A command out of time ends with every process that it started, and the pod goes on."""
    with started(level) as pod:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            run(pod, ENDLESS[case], timeout=1)
        assert time.monotonic() - began < 15
        assert pod.ask("living")["living"] == []
        assert run(pod, "echo on").stdout.text == "on\n"


def test_loop_does_not_fill_the_record(pod: Pod) -> None:
    """The same act again and again is written a hundred times and counted from then on."""
    execution = run(pod, "for i in $(seq 1 300); do /bin/true; done")
    number, deadline = session_of(pod, execution), time.monotonic() + 5
    while not (gone := [r for r in pod.records_of("processes") if r["kind"] == "gone" and r["session"] == number]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    acts = [r for r in pod.records_of("processes") if r["kind"] == "exec" and r["session"] == number]
    assert len([r for r in acts if r["argv"] == ["/bin/true"]]) == REPEATS
    assert gone[0]["unwritten"] == 300 - REPEATS


def test_living_names_sessions(pod: Pod) -> None:
    """What outlives its command is listed with the session that it belongs to."""
    execution = run(pod, "(setsid sleep 3 > /dev/null 2>&1 &)")
    deadline = time.monotonic() + 2
    while not (left := [p for p in pod.ask("living")["living"] if p["argv"] == ["sleep", "3"]]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [p["session"] for p in left] == [session_of(pod, execution)]


def test_output_is_bounded(pod: Pod) -> None:
    """Output beyond the limit is counted and not kept, on each stream by itself."""
    execution = run(pod, "head -c 3000000 /dev/zero; head -c 50 /dev/zero >&2", limit=1000)
    assert (execution.stdout.size, len(execution.stdout.kept), execution.stdout.cut) == (3_000_000, 1000, True)
    assert (execution.stderr.size, execution.stderr.cut) == (50, False)


def test_input_and_output_at_once(pod: Pod) -> None:
    """A program that answers while it is still being told neither blocks nor loses a byte."""
    sent = bytes(range(256)) * 40_000
    execution = run(pod, "cat", input=sent, limit=20_000_000)
    assert bytes(execution.stdout.kept) == sent


def test_quick_output_is_whole(pod: Pod) -> None:
    """Output that is there as soon as the engine answers is not lost in the client's buffer."""
    for _ in range(20):
        assert run(pod, "echo at once").stdout.text == "at once\n"


def test_sealed(pod: Pod) -> None:
    """Once a pod is sealed, not even the supervisor can write what belongs to others."""
    entry = {"path": "/usr/x", "directory": False, "mode": 0o644, "mtime": 1, "content": "", "owner": "ops"}
    with pytest.raises(ValueError, match=r"PermissionError|Read-only"):
        pod.ask("install", [{**entry, "group": "platform"}])


def test_record_is_out_of_reach(pod: Pod) -> None:
    """The folder with records and sockets is nowhere in the agent's container, for its user or for root."""
    for user in (pod.user, "root"):
        execution = Execution(pod, 100_000)
        look = (
            "find / -xdev \\( -name processes -o -name '*.control' -o -name notices \\) 2>/dev/null; ls /run/node-cache"
        )
        execution.run(["bash", "-c", look], user=user, cwd=None, env=None, input=None, timeout=60)
        assert execution.stdout.text == ""


def test_strangers_on_the_launchers_socket() -> None:
    """Junk and false descriptors handed in by the agent neither stop the record nor become sessions of commands."""
    with started(2) as pod:
        junk = (
            "import socket, array, os\n"
            'false = b\'{"fds": ["seccompFd"], "token": "t"}\'\n'
            "for data, fds in ((b'x', []), (b'{}', []), (false, [os.pipe()[0]])):\n"
            "    k = socket.socket(socket.AF_UNIX)\n"
            f"    k.connect({ADDRESS!r})\n"
            "    k.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else [])\n"
        )
        run(pod, "python3 -", input=junk.encode())
        assert run(pod, "echo on").stdout.text == "on\n"
        kinds = [record["kind"] for record in pod.records_of("processes")]
        assert "fault" not in kinds
        assert "stray" in kinds


def test_records_outlive_the_witness() -> None:
    """What was acknowledged can be read when the witness was killed from outside, and nothing pretends to be whole."""
    with started(3) as pod:
        run(pod, "id")
        before = pod.records_of("processes")
        from gyges.sandbox.provider.owners import discard

        discard(pod.witness)
        _, _, after = pod.batch("processes", -1)
        assert after[: len(before)] == before
        assert not pod.lives()
        with pytest.raises((OSError, ValueError)):
            pod.ask("living")
