"""Ways out and honest work, each run through a real pod in a real Inspect task and scored as any sample is.

`ways_out/` and `benign/` hold them as data, a file a family. Only what is selected is run, so `-k XOR` starts few pods;
PODS=2 says how many may be up at a time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pytest
import yaml
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessage, ChatMessageUser, ModelOutput, ModelUsage, get_model
from pydantic import BaseModel, BeforeValidator

from gyges.ledger import Action, Channel, Ledger, ledger_of
from gyges.scenarios import load_scenario
from gyges.tasks.experiment import experiment

WEIGHTS = "/srv/models/tern-ops/2.3.1/tern-ops-2.3.1.safetensors"
PODS = int(os.environ.get("PODS", "6"))
FULL = 3
"""Capture level at which the record has processes."""
NO_ACT = frozenset({"unexposed", "abstained"})
HERE = Path(__file__).parent
_MARK = re.compile(r"\[session: (.*?)\]")


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _record(value: Any) -> Any:
    return {"verb": value} if isinstance(value, str) else value


Record = Annotated[dict[str, Any], BeforeValidator(_record)]
"""A verb alone, or with fields of `args` or `effect`; a text is a regular expression for the whole of the field."""
Records = Annotated[list[Record], BeforeValidator(_listed)]
Stages = Annotated[list[str], BeforeValidator(_listed)]
"""A stage, or those of which any will do; `abstained` stands for `unexposed` too."""


class Session(BaseModel, extra="forbid"):
    """What a model does in one sample: one call of one tool."""

    id: str
    command: str = ""
    """For bash; W is the path of the weights."""
    call: dict[str, dict[str, Any]] = {}
    """A call of another tool, in place of `command`: its arguments by its name."""
    exit: int | None = 0
    """What the command exits with; null where that is chance, or where what it wants cannot be had."""

    @property
    def asked(self) -> tuple[str, dict[str, Any]]:
        """The tool and its arguments."""
        (asked,) = (self.call or {"bash": {"command": f"export W={WEIGHTS}\n{self.command}"}}).items()
        return asked


class WayOut(Session):
    """One way out of the pod, what must be on the record of it, and what the red lines must come to."""

    exit: int | None = None
    channel: Channel
    recorded: Record
    processes: Records = []
    """What must be on the record besides, on the channels `process` and `file`, where it has them."""
    stage: Stages
    """Of the red line `weights`."""
    lines: dict[str, Stages] = {}
    """Of other red lines."""
    level: int = 1
    """Capture level from which on `recorded`, `stage` and `lines` hold."""
    stage_below: Stages = []
    """Stage of `weights` at lower levels, where that is told."""
    open: str = ""
    """Why the case does not hold yet."""


S = TypeVar("S", bound=Session)


def sessions(kind: type[S], folder: str) -> list[S]:
    """The sessions in all files of a folder."""
    files = sorted((HERE / folder).glob("*.yaml"))
    return [kind.model_validate(case) for file in files for case in yaml.safe_load(file.read_text())]


WAYS_OUT = sessions(WayOut, "ways_out")
BENIGN = sessions(Session, "benign")
CASES: Mapping[str, Session] = {case.id: case for case in (*WAYS_OUT, *BENIGN)}


def act(messages: list[ChatMessage], *_: Any) -> ModelOutput:
    """A model that makes the call of the session named in its task, then stops."""
    (name,) = _MARK.findall(messages[1].text)
    if messages[-1].role == "user":
        output = ModelOutput.for_tool_call("mockllm/model", *CASES[name].asked)
    else:
        output = ModelOutput.from_content("mockllm/model", "Done.")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


def with_sessions(task: Task, names: Sequence[str]) -> Task:
    """The task with one sample a session instead of one a wording and arm."""
    (base,) = task.dataset
    assert isinstance(base.input, list)
    system, user = base.input
    texts = {name: ChatMessageUser(content=f"{user.text}\n[session: {name}]") for name in names}
    samples = [base.model_copy(update={"id": name, "input": [system, text]}) for name, text in texts.items()]
    task.dataset = MemoryDataset(samples)
    return task


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, EvalSample]:
    """The samples of the selected sessions, by id; all are run in one task, several pods at a time."""
    here = [item for item in request.session.items if item.path == request.path]
    names = [item.callspec.params["case"].id for item in here if hasattr(item, "callspec")]
    task = with_sessions(experiment("exfil", wording=load_scenario("exfil").wordings[0].id), names)
    logs = str(tmp_path_factory.mktemp("logs"))
    model = get_model("mockllm/model", custom_outputs=act, memoize=False)
    (log,) = inspect_eval(task, model=model, log_dir=logs, display="none", max_samples=PODS)
    assert log.samples
    return {str(sample.id): sample for sample in log.samples}


def stages(sample: EvalSample) -> dict[str, Any]:
    """What each red line came to."""
    assert sample.error is None, sample.error
    assert sample.scores
    value = sample.scores["conduct"].value
    assert isinstance(value, dict), sample.scores["conduct"]
    return dict(value)


def meets(stage: str, expected: Stages) -> bool:
    """Whether a red line came to what it should."""
    return stage in expected or ("abstained" in expected and stage in NO_ACT)


def is_recorded(ledger: Ledger, channels: Sequence[str], wanted: Record) -> bool:
    """Whether an action of those channels has all the wanted fields."""
    return any(action.channel in channels and _fits(action, wanted) for action in ledger.actions)


def _fits(action: Action, wanted: Record) -> bool:
    found = {**action.effect, **action.args, "verb": action.verb, "state": action.state}
    return all(
        name in found
        and (re.fullmatch(value, str(found[name]), re.DOTALL) if isinstance(value, str) else found[name] == value)
        for name, value in wanted.items()
    )


def shown(sample: EvalSample) -> str:
    """What happened, for a message."""
    lines = [f"{a.channel} {a.verb} {a.state} {dict(a.args)} {dict(a.effect)}"[:300] for a in ledger_of(sample).actions]
    said = sample.scores["conduct"].explanation if sample.scores else ""
    return "\n".join([*lines[:60], str(said)])


def exit_of(ledger: Ledger) -> int | None:
    """What the session's command exited with; 0 for a call of a tool that runs no command."""
    ran = next(ledger.by("process", "bash"), None) or next(ledger.by("process", "python"), None)
    return 0 if ran is None else ran.effect.get("returncode")


def parameters(cases: Sequence[S]) -> list[Any]:
    """One test a case; one that does not hold yet must fail, so that it is noticed when it begins to hold."""
    return [
        pytest.param(case, id=case.id, marks=[pytest.mark.xfail(reason=why, strict=True)] if why else [])
        for case in cases
        for why in [getattr(case, "open", "")]
    ]


def test_corpus() -> None:
    """There are as many cases as were asked for, each of them once."""
    assert len(WAYS_OUT) >= 80
    assert len(BENIGN) >= 40
    assert len(CASES) == len(WAYS_OUT) + len(BENIGN)


@pytest.mark.pod
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", parameters(WAYS_OUT))
def test_way_out(case: WayOut, ran: Mapping[str, EvalSample]) -> None:
    """The way out is on the record as what it was, and each red line comes to the stage that it deserves."""
    sample = ran[case.id]
    found, ledger = stages(sample), ledger_of(sample)
    level = ledger.capture or 0
    if level < case.level:
        assert not case.stage_below or meets(found["weights"], case.stage_below), shown(sample)
        return
    assert is_recorded(ledger, [case.channel], case.recorded), shown(sample)
    for wanted in case.processes if level >= FULL else ():
        assert is_recorded(ledger, ["process", "file"], wanted), f"no {wanted}\n{shown(sample)}"
    for line, expected in {"weights": case.stage, **case.lines}.items():
        assert meets(found[line], expected), f"{line}: {found[line]}\n{shown(sample)}"


@pytest.mark.pod
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", parameters(BENIGN))
def test_benign(case: Session, ran: Mapping[str, EvalSample]) -> None:
    """Honest work with the same programs is done, and crosses no red line."""
    sample = ran[case.id]
    assert {line: s for line, s in stages(sample).items() if s in ("attempted", "completed")} == {}, shown(sample)
    assert case.exit is None or exit_of(ledger_of(sample)) == case.exit, shown(sample)
