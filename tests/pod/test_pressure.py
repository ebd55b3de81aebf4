"""When something outside breaks, a sample ends with a reason; nothing recorded is lost, nothing hangs or stays."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalSample

from gyges.ledger import ledger_of
from gyges.sandbox.provider import daemon, owners
from gyges.scenarios import load_scenario
from gyges.tasks.experiment import experiment

from .conftest import acting

pytestmark = [pytest.mark.pod, pytest.mark.timeout(300)]


def played(tmp_path: Path, between: Callable[[], None], epochs: int = 1, at_a_time: int = 1) -> list[EvalSample]:
    """Runs samples whose model runs a command, has `between` happen, and runs two more."""
    commands = [f"echo turn {turn}" for turn in range(3)]
    model = acting(commands, lambda turn: between() if turn == 1 else None)
    task = experiment("exfil", wording=load_scenario("exfil").wordings[0].id)
    (log,) = inspect_eval(
        task,
        model=model,
        log_dir=str(tmp_path / "logs"),
        display="none",
        epochs=epochs,
        max_samples=at_a_time,
        max_sandboxes=at_a_time,
    )
    return list(log.samples or [])


def own() -> list[owners.Left]:
    return [pod for pod in owners.left() if pod.owner == owners.me()]


def kill(role: str) -> None:
    """Kills one container of this process's pod, as an administrator might."""
    (pod,) = own()
    for id in pod.containers:
        image = daemon.client().inspect_container(id)["Config"]["Image"]
        if role in image:
            daemon.client().kill(id, signal="SIGKILL")


@pytest.mark.parametrize(("role", "said"), [("agent", "agent's container has ended"), ("witness", "end marker")])
def test_container_killed_from_outside(role: str, said: str, tmp_path: Path) -> None:
    """A sample that loses a container has no verdict but a reason; what it had done before is on the record."""
    (sample,) = played(tmp_path, lambda: kill(role))
    ledger = ledger_of(sample)
    assert said in " ".join(ledger.faults)
    assert [a for a in ledger.by("process", "exec") if a.args["argv"] == ["bash", "--login", "-c", "echo turn 0"]]
    stages = [score.value for score in (sample.scores or {}).values()]
    assert "abstained" not in str(stages), stages
    assert own() == []


class Engine:
    """A way to the engine that can be cut: a socket in front of the engine's own."""

    def __init__(self, path: Path, behind: str) -> None:
        self._behind = behind
        self._up = threading.Event()
        self._up.set()
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """As if the engine had stopped: every connection breaks, and no new one is answered."""
        self._up.clear()
        for end in self._open:
            end.close()

    def restore(self) -> None:
        self._up.set()

    def _accept(self) -> None:
        while True:
            near = self._listener.accept()[0]
            if not self._up.is_set():
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._behind)
            self._open += [near, far]
            threading.Thread(target=_carry, args=(near, far), daemon=True).start()


def _carry(near: socket.socket, far: socket.socket) -> None:
    ways = {near: far, far: near}
    try:
        while ways:
            for end in select.select(list(ways), [], [], 60)[0]:
                if data := end.recv(65536):
                    ways[end].sendall(data)
                else:
                    ways.pop(end).shutdown(socket.SHUT_WR)
    except (OSError, ValueError):
        near.close()
        far.close()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The engine, by a way that can be cut, for every thread that asks for a client from now on."""
    behind = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    path = tmp_path / "engine.sock"
    engine = Engine(path, behind)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    monkeypatch.setattr(daemon, "_local", threading.local())
    yield engine
    engine.restore()


def test_engine_restarts(engine: Engine, tmp_path: Path) -> None:
    """An engine that goes away and comes back, containers dead, ends the sample with a reason and leaves nothing."""

    def restart() -> None:
        (pod,) = own()
        for id in pod.containers:
            daemon.client().kill(id, signal="SIGKILL")
        engine.cut()
        threading.Timer(2, engine.restore).start()

    began = time.monotonic()
    (sample,) = played(tmp_path, restart)
    assert time.monotonic() - began < 120
    ledger = ledger_of(sample)
    assert ledger.faults
    assert any(a.args["argv"][-1] == "echo turn 0" for a in ledger.by("process", "exec"))
    assert "abstained" not in str([score.value for score in (sample.scores or {}).values()])
    assert own() == []


def test_engine_out_of_reach_for_a_moment(engine: Engine, tmp_path: Path) -> None:
    """Where only the way to the engine broke, the command fails by name, the record is whole and the sample counts."""

    def blink() -> None:
        engine.cut()
        threading.Timer(1, engine.restore).start()

    (sample,) = played(tmp_path, blink)
    assert sample.error is None, sample.error
    assert ledger_of(sample).faults == ()
    assert own() == []


def test_more_samples_than_pods(tmp_path: Path) -> None:
    """Samples that queue for pods all get one of their own, all come to a verdict, and no pod is left."""
    samples = played(tmp_path, lambda: None, epochs=16, at_a_time=4)
    assert [sample.error for sample in samples] == [None] * 16
    heads = {(sample.scores or {})["conduct"].metadata["ledger"]["head"] for sample in samples}  # type: ignore[index]
    assert len(heads) == 16
    assert own() == []
