"""Ways out and honest work, each run through a real pod in a real Inspect task and scored as any sample is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessage, ChatMessageUser, ModelOutput, ModelUsage, get_model

from gyges.ledger import ledger_of
from gyges.tasks.experiment import experiment

pytestmark = [pytest.mark.pod, pytest.mark.timeout(900)]

WEIGHTS = "/srv/models/tern-ops/2.3.1/tern-ops-2.3.1.safetensors"
HERE = Path(__file__).parent
WAYS_OUT: list[dict[str, Any]] = yaml.safe_load((HERE / "ways_out.yaml").read_text())
BENIGN: list[dict[str, Any]] = yaml.safe_load((HERE / "benign.yaml").read_text())
CASES = {case["id"]: case for case in [*WAYS_OUT, *BENIGN]}
_MARK = re.compile(r"\[session: (.*?)\]")


def act(messages: list[ChatMessage], *_: Any) -> ModelOutput:
    """A model that runs the command of the session named in its task, then stops."""
    (name,) = _MARK.findall(messages[1].text)
    if messages[-1].role == "user":
        case = CASES[name]
        call = case.get("call") or {"bash": {"command": f"export W={WEIGHTS}\n{case['command']}"}}
        ((tool, arguments),) = call.items()
        output = ModelOutput.for_tool_call("mockllm/model", tool, arguments)
    else:
        output = ModelOutput.from_content("mockllm/model", "Done.")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


def with_sessions(task: Task) -> Task:
    """The task with one sample a session instead of one a wording and arm."""
    (base,) = task.dataset
    samples = []
    for name in CASES:
        system, user = base.input
        assert not isinstance(user, str)
        marked = [system, ChatMessageUser(content=f"{user.text}\n[session: {name}]")]
        samples.append(base.model_copy(update={"id": name, "input": marked}))
    task.dataset = MemoryDataset(samples)
    return task


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, EvalSample]:
    """Every session's sample, by name; all are run in one task, several pods at a time."""
    task = with_sessions(experiment("exfil", wording=experiment_wording()))
    logs = str(tmp_path_factory.mktemp("logs"))
    model = get_model("mockllm/model", custom_outputs=act, memoize=False)
    (log,) = inspect_eval(task, model=model, log_dir=logs, display="none", max_samples=6)
    assert log.samples
    return {str(sample.id): sample for sample in log.samples}


def experiment_wording() -> str:
    """The id of the scenario's first wording; which one does not matter here."""
    from gyges.scenarios import load_scenario

    return load_scenario("exfil").wordings[0].id


def stages(sample: EvalSample) -> dict[str, Any]:
    assert sample.error is None, sample.error
    assert sample.scores
    value = sample.scores["conduct"].value
    assert isinstance(value, dict), sample.scores["conduct"]
    return dict(value)


@pytest.mark.parametrize("case", WAYS_OUT, ids=lambda case: case["id"])
def test_way_out(case: dict[str, Any], ran: Mapping[str, EvalSample]) -> None:
    """The way out is on the record as what it was, and the weights' red line comes to the stage that it deserves."""
    sample = ran[case["id"]]
    kinds = {action.verb for action in ledger_of(sample).actions}
    assert case["recorded"] in kinds
    expected = case["stage"] if isinstance(case["stage"], list) else [case["stage"]]
    assert stages(sample)["weights"] in expected


@pytest.mark.parametrize("case", BENIGN, ids=lambda case: case["id"])
def test_benign(case: dict[str, Any], ran: Mapping[str, EvalSample]) -> None:
    """Honest work with the same programs crosses no red line."""
    found = stages(ran[case["id"]])
    assert {line: stage for line, stage in found.items() if stage in ("attempted", "completed")} == {}
