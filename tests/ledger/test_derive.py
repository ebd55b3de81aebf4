"""What becomes of a tool call on its way from the model's answer to the ledger, in real Inspect runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai import score as inspect_score
from inspect_ai.agent import as_solver, react
from inspect_ai.approval import Approval, ApprovalPolicy, approver
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, transcript
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolCall, ToolError, tool

from gyges.ledger import ledger_from_events, ledger_of
from gyges.ledger.chain import GENESIS, first_break
from gyges.ledger.network import NetworkRecord
from gyges.ledger.stream import record_hash


def witness(*records: dict[str, Any]) -> list[dict[str, Any]]:
    """Witness records with their numbers and hashes filled in."""
    chain: list[dict[str, Any]] = []
    for seq, record in enumerate(records):
        full = {"seq": seq, "at": "2026-01-01T00:00:00Z", **record, "prev": chain[-1]["hash"] if chain else GENESIS}
        chain.append({**full, "hash": record_hash(full)})
    return chain


RECORDS = witness({"kind": "ready"}, {"kind": "dns", "query": "a.example", "host": "a.example", "address": "10.0.0.2"})


def note(source: str, **data: Any) -> None:
    transcript().info(data, source=f"gyges/{source}")


@tool(parallel=False)
def act() -> Tool:
    async def execute(what: str) -> str:
        """Act.

        Args:
            what: What to do.
        """
        state = "failed" if what == "fail" else "executed"
        note("tool", verb="act", state=state, effect={"what": what}, error="no" if state == "failed" else None)
        if what == "look up":
            note("network", records=RECORDS[1:])
        if what == "fail":
            raise ToolError("no")
        return f"did {what}"

    return execute


@solver
def marked(agent: Solver, end: bool = True, records: list[dict[str, Any]] | None = None) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        note("network", records=(RECORDS[:1] if records is None else records))
        note("pod", state="ready", capture=1, images={}, canaries=[], guarded={})
        try:
            return await agent(state, generate)
        finally:
            if end:
                note("pod", state="end", settled=0, live=[], witness={"records": 1, "head": RECORDS[0]["hash"]})

    return solve


@scorer(metrics=[mean()])
def head() -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=1, metadata={"head": ledger_from_events(transcript().events).head})

    return score


def call(what: Any, id: str = "c1", function: str = "act", **more: Any) -> ToolCall:
    return ToolCall(id=id, function=function, arguments={"what": what}, **more)


def turn(*calls: ToolCall, tokens: int = 10, stop: Any = "stop") -> ModelOutput:
    content = [ContentReasoning(reasoning="I think"), ContentText(text="I say")]
    message = ChatMessageAssistant(content=content, tool_calls=list(calls) or None)
    usage = ModelUsage(input_tokens=1, output_tokens=tokens, total_tokens=tokens + 1)
    choice = ChatCompletionChoice(message=message, stop_reason=stop)
    return ModelOutput(model="mockllm/model", choices=[choice], usage=usage)


def run(tmp_path: Path, *turns: ModelOutput, **options: Any) -> EvalLog:
    model = get_model("mockllm/model", custom_outputs=list(turns), memoize=False)
    wrap = options.pop("wrap", {})
    agent = as_solver(react(prompt=None, tools=[act()], submit=False))
    task = Task(solver=marked(agent, **wrap), scorer=head(), **options)
    (log,) = inspect_eval(task, model=model, log_dir=str(tmp_path), display="none")
    return log


def sample(log: EvalLog) -> EvalSample:
    assert log.samples
    return log.samples[0]


@approver
def never() -> Any:
    async def approve(message: str, call: ToolCall, view: Any, history: Any) -> Approval:
        return Approval(decision="reject", explanation="no")

    return approve


FATES: dict[str, tuple[str, list[ModelOutput], dict[str, Any]]] = {
    "runs": ("executed", [turn(call("dig")), turn()], {}),
    "the stub fails": ("failed", [turn(call("fail")), turn()], {}),
    "unknown tool": ("malformed", [turn(call("dig", function="transfer_weights")), turn()], {}),
    "wrong arguments": ("malformed", [turn(call({"a": 1})), turn()], {}),
    "arguments that did not parse": ("malformed", [turn(call("dig", parse_error="bad JSON")), turn()], {}),
    "an approver refuses": ("blocked", [turn(call("dig")), turn()], {"approval": [ApprovalPolicy(never(), "*")]}),
    "message limit after it": ("executed", [turn(call("dig")), turn()], {"message_limit": 3}),
    "token limit on its generation": ("cut_off", [turn(call("dig"), tokens=999), turn()], {"token_limit": 100}),
    "the answer was cut": ("cut_off", [turn(call("dig"), stop="model_length")], {}),
}


@pytest.mark.parametrize("fate", FATES)
def test_fate(fate: str, tmp_path: Path) -> None:
    """A call that was asked for is in the ledger exactly once, with how far it came, even where no tool ever ran."""
    state, turns, options = FATES[fate]
    (action,) = ledger_of(sample(run(tmp_path, *turns, **options))).by("tool")
    assert action.state == state
    assert action.refs


def test_two_calls_in_one_turn(tmp_path: Path) -> None:
    """Two calls of one turn are two actions, and what the network saw belongs to the one that was running."""
    log = run(tmp_path, turn(call("look up", id="c1"), call("dig", id="c2")), turn())
    ledger = ledger_of(sample(log))
    assert [(a.channel, a.verb, a.call) for a in ledger.actions] == [
        ("tool", "act", "c1"),
        ("network", "dns", "c1"),
        ("tool", "act", "c2"),
    ]


def test_repeated_ids(tmp_path: Path) -> None:
    """A model that gives two calls the same id hides neither."""
    ledger = ledger_of(sample(run(tmp_path, turn(call("one"), call("two")), turn())))
    assert sorted(a.args["what"] for a in ledger.by("tool")) == ["one", "two"]


def test_words_are_not_acts(tmp_path: Path) -> None:
    """What the model says and thinks is kept apart from what it did, and what it was shown from both."""
    ledger = ledger_of(sample(run(tmp_path, turn(call("dig")), turn())))
    assert {s.text for s in ledger.said} == {"I think", "I say"}
    assert "did dig" in [s.text for s in ledger.shown]
    assert len(list(ledger.by("tool"))) == 1


BREAKS: dict[str, tuple[str, dict[str, Any]]] = {
    "no end marker": ("no end marker", {"end": False}),
    "a record is missing": ("ends at witness record 0", {"records": []}),
    "a record was changed": ("hash chain breaks", {"records": [{**RECORDS[0], "at": "2027-01-01T00:00:00Z"}]}),
    "a record stands twice": ("stands where record 1 is due", {"records": [RECORDS[0], RECORDS[0]]}),
    "the witness reports a fault": ("fault: disk full", {"records": witness({"kind": "fault", "error": "disk full"})}),
}


@pytest.mark.parametrize("case", BREAKS)
def test_broken_record(case: str, tmp_path: Path) -> None:
    """A record that is incomplete or was changed names what is wrong with it."""
    expected, wrap = BREAKS[case]
    faults = ledger_of(sample(run(tmp_path, turn(call("dig")), turn(), wrap=wrap))).faults
    assert any(expected in fault for fault in faults), faults


def test_sound_record(tmp_path: Path) -> None:
    """A whole record has no fault, and its chain is sound."""
    ledger = ledger_of(sample(run(tmp_path, turn(call("dig")), turn())))
    assert ledger.faults == ()
    assert first_break(ledger.actions) is None


def test_body_must_have_its_digest() -> None:
    """A stored payload whose bytes are not those that its SHA-256 names is a fault."""
    body = {"bytes": 3, "sha256": "0" * 64, "stored": "YWJj", "cut": False}
    network = NetworkRecord()
    network.read(witness({"kind": "ready"}, {"kind": "udp", "body": body}))
    assert network.faults == ["the body of witness record 1 does not have its SHA-256"]


def stored_head(log: EvalLog) -> str:
    """The chain head that the scorer wrote."""
    (score,) = (sample(log).scores or {}).values()
    return str((score.metadata or {})["head"])


def test_same_head_everywhere(tmp_path: Path) -> None:
    """The chain's head is the same while the sample runs, from its log, and when the log is scored again."""
    log = run(tmp_path, turn(call("look up"), call("x" * 5000, id="c2")), turn())
    read = read_eval_log(log.location)
    again = inspect_score(read, head(), action="overwrite")
    assert stored_head(log) == stored_head(again) == ledger_of(sample(read)).head
