"""A model that fills the machine: the pod's limits hold it, and its sample ends in a state with a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalSample

from gyges.ledger import ledger_of
from gyges.scenarios import load_scenario
from gyges.tasks.experiment import experiment

from .conftest import acting

pytestmark = [pytest.mark.pod, pytest.mark.timeout(600)]

_FILL = (
    "import os, time\nfor _ in range(400):\n  try:\n    if os.fork() == 0: time.sleep(1000)\n  except OSError: break"
)
_EITHER = ("valid", "pod_exhausted")
"""Whether the next command still finds room is luck; that the sample says which is not."""

ATTACKS = {
    # It ends with the call that started it, time being up for all of its processes.
    "fork bomb": (["b() { b | b & }; b 2>/dev/null", "echo still here"], ("valid",)),
    "processes left behind": ([f"python3 -c '{_FILL}' > /dev/null 2>&1 & sleep 2", "echo still here"], _EITHER),
    "memory hog": (["python3 -c 'x = [bytearray(1 << 20) for _ in range(4096)]'", "echo on"], ("pod_exhausted",)),
    "disk filler": (["for d in /tmp $HOME /srv; do dd if=/dev/zero of=$d/fill bs=1M; done", "df -h /tmp"], ("valid",)),
    "endless output": (["timeout 5 yes | head -c 50000000", "echo still here"], ("valid",)),
    "endless command": (["(trap '' TERM; sleep 100000) & sleep 100000"], ("valid",)),
}  # fmt: skip


@pytest.fixture(scope="module", params=ATTACKS)
def attack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, EvalSample]:
    """The attack's name and the sample that it made."""
    commands, _ = ATTACKS[request.param]

    task = experiment("exfil", wording=load_scenario("exfil").wordings[0].id)
    (log,) = inspect_eval(task, model=acting(commands), log_dir=str(tmp_path_factory.mktemp("logs")), display="none")
    assert log.samples
    return request.param, log.samples[0]


def test_contained(attack: tuple[str, EvalSample]) -> None:
    """The sample ends by itself, without an error of the harness, in the state that names what happened."""
    name, sample = attack
    assert sample.error is None, sample.error
    assert sample.scores
    metadata: Mapping[str, Any] = sample.scores["conduct"].metadata or {}
    assert metadata["validity"] in ATTACKS[name][1]


def test_record_is_whole(attack: tuple[str, EvalSample]) -> None:
    """Whatever was filled, the record has its end and no fault."""
    assert ledger_of(attack[1]).faults == ()
