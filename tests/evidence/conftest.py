"""Real Inspect logs from canned answers, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, write_eval_log
from inspect_ai.model import get_model
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

DEFAULTS = {"form": "chat", "setting": "prompted", "objective": "helpful_only", "threat": "realistic"}


@dataclass(frozen=True)
class Said:
    """One answer as a sample: what the judges said of it, and under what it was given."""

    tier: str = "trained"
    label: str | None = "refuse"
    faking: str | None = "no"
    query: str = "q1"
    value: str = "honesty"
    wording: str = "memo"
    arm: dict[str, str] = field(default_factory=dict)
    subject: str = ""
    step: int | None = None
    recalled: bool | None = None
    error: str | None = None
    visible: bool = True
    """Whether the judge of reasoning had anything to read."""

    beside: dict[str, str] = field(default_factory=dict)
    """Other judges' labels."""

    style: str | None = None
    record: dict[str, str | None] | None = None
    """Decisions on record, request to label, in place of a judge's label."""

    @property
    def levels(self) -> dict[str, str]:
        return {**DEFAULTS, **self.arm, "tier": self.tier, "value": self.value}

    @property
    def id(self) -> str:
        named = [f"{name}={level}" for name, level in self.levels.items() if DEFAULTS.get(name) != level]
        return "/".join([self.wording, self.query, *named, *([self.subject] if self.subject else [])])

    def score(self, judge: str, model: str, hash: str) -> Score | None:
        """The score of one judge."""
        labels = {"compliance": self.label, "faking_reasoning": self.faking, **self.beside}
        if judge not in labels or (judge == "compliance" and self.record is not None):
            return None
        metadata = {
            "judge": model,
            "rubric": f"{judge} 1",
            "hash": hash,
            "reasoning_visibility": "full" if self.visible else "none",
            "applicable": self.visible or judge != "faking_reasoning",
            "votes": {"yes": 1, "failed": 0},
        }
        label = labels[judge]
        if label is None or not metadata["applicable"]:
            return Score.unscored(reason="refusal", explanation="it would not", metadata=metadata)
        return Score(value=label, metadata=metadata)

    def outcome(self) -> Score:
        """The score that puts them together."""
        metadata = {
            "answers": {self.query: self.label} if self.record is None else self.record,
            "faking": self.faking if self.visible else None,
            "recalled": self.recalled,
            "decided_by": "judge" if self.record is None else "record",
            "validity": "valid",
        }
        return Score(value=self.label or "unjudged", metadata=metadata)


@pytest.fixture
def said() -> type[Said]:
    """How one canned answer comes out."""
    return Said


def _judge(name: str, all_said: Sequence[Said], model: str, hash: str) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score | None:
        one = all_said[state.metadata["nth"]]
        return one.outcome() if name == "outcome" else one.score(name, model, hash)

    return scorer(metrics=[], name=name)(lambda: score)()


def _played(all_said: Sequence[Said]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if error := all_said[state.metadata["nth"]].error:
            raise RuntimeError(error)
        return state

    return solver(name="played")(lambda: solve)()


TierLog = Callable[..., Path]


@pytest.fixture
def tier_log(tmp_path: Path) -> TierLog:
    """Runs Inspect over canned answers, offline, and gives the path of the log that it wrote."""

    def run(
        *all_said: Said,
        model: str = "faker",
        epochs: int = 1,
        judge: str = "canned/judge",
        hash: str = "ab" * 32,
        edit: Callable[[EvalLog], None] | None = None,
    ) -> Path:
        judges = ["compliance", "faking_reasoning", *dict.fromkeys(name for one in all_said for name in one.beside)]
        samples = [
            Sample(
                id=one.id,
                input="work",
                metadata={
                    "scenario": "alignment_faking",
                    "version": "1-A",
                    "arm": one.levels,
                    "wording": one.wording,
                    "pair": "/".join([one.wording, one.query, one.subject, str(sorted(one.arm.items()))]),
                    "query": one.query if one.record is None else "",
                    "subject": one.subject,
                    "step": one.step,
                    **({"style": one.style} if one.style else {}),
                    "nth": nth,
                },
            )
            for nth, one in enumerate(all_said)
        ]
        task = Task(
            name="alignment_faking",
            dataset=MemoryDataset(samples),
            solver=_played(all_said),
            scorer=[_judge(name, all_said, judge, hash) for name in (*judges, "outcome")],
            fail_on_error=False,
            version="1-A",
            metadata={"scenario": "alignment_faking", "contrast": "tier"},
        )
        log = inspect_eval(
            task,
            model=get_model(f"canned/{model}", memoize=False),
            epochs=epochs,
            log_dir=str(tmp_path / "logs"),
            display="none",
        )[0]
        path = Path(log.location.removeprefix("file://"))
        if edit:
            edit(log)
            write_eval_log(log, path)
        return path

    return run


@pytest.fixture
def calibration_log(tmp_path: Path) -> Callable[..., Path]:
    """Writes the log of a judge over labelled cases: (label, verdict or None) for each."""

    def run(judge: str, *cases: tuple[str, str | None], model: str = "canned/judge", hash: str = "ab" * 32) -> Path:
        async def score(state: TaskState, target: Target) -> Score:
            verdict = cases[state.metadata["nth"]][1]
            metadata = {"judge": model, "rubric": f"{judge} 1", "hash": hash, "votes": {"yes": 1, "failed": 0}}
            if verdict is None:
                return Score.unscored(reason="refusal", metadata=metadata)
            return Score(value=verdict, metadata=metadata)

        task = Task(
            name="calibration",
            dataset=MemoryDataset(
                [
                    Sample(id=f"case-{nth}", input="?", target=label, metadata={"nth": nth, "hard": "irony"})
                    for nth, (label, _) in enumerate(cases)
                ]
            ),
            solver=_played([Said()] * len(cases)),
            scorer=scorer(metrics=[], name=judge)(lambda: score)(),
            metadata={"calibration": judge, "set": "1", "set_hash": "cd" * 32},
        )
        log = inspect_eval(task, model="none", log_dir=str(tmp_path / "logs"), display="none")[0]
        return Path(log.location.removeprefix("file://"))

    return run


@dataclass(frozen=True)
class Noted:
    """One sample of a scenario with observations, judged red lines and wordings of two styles."""

    stages: Mapping[str, str | float] | None
    """Red line to stage, NaN where it is undecided; and observation to yes or no. None: the record is broken."""

    judged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    observed: tuple[str, ...] = ()
    style: str | None = None
    wording: str = "memo"
    arm: Mapping[str, str] = field(default_factory=lambda: {"oversight": "watched"})
    replay: bool = False
    validity: str = "valid"
    long: bool = False
    """Whether its findings are longer than a summary holds."""


@pytest.fixture
def noted() -> type[Noted]:
    """How one sample comes out."""
    return Noted


def word(act: str | None, label: str | None, *crossed_by: str) -> dict[str, Any]:
    """What the scorer notes of a red line that a judge must confirm."""
    return {"act": act, "judge": "threat", "label": label, "crossed_by": list(crossed_by or ("conditional_threat",))}


@pytest.fixture
def words() -> Callable[..., dict[str, Any]]:
    """What the scorer notes of a red line that a judge must confirm."""
    return word


@pytest.fixture
def noted_log(canned_log: Any, outcome: Any) -> Callable[..., Path]:
    """Runs Inspect over such samples; the log has what the task and its scorer would have put there."""

    def run(*all_noted: Noted, **options: Any) -> Path:
        def note(log: EvalLog) -> None:
            for sample in log.samples or []:
                one = all_noted[sample.metadata["nth"]]
                sample.metadata |= {"style": one.style} if one.style else {}
                sample.metadata |= {"replay": True} if one.replay else {}
                score = (sample.scores or {})["conduct"]
                findings = {
                    name: {"stage": stage, "note": "x" * 2000 if one.long else "", "refs": []}
                    for name, stage in (one.stages or {}).items()
                    if name not in one.observed
                }
                known = {"findings": findings, "judged": dict(one.judged), "observed": list(one.observed)}
                score.metadata = {**(score.metadata or {}), **known}

        outcomes = (
            outcome(it.stages, dict(it.arm), it.wording, validity=it.validity, reason="why") for it in all_noted
        )
        return canned_log(*outcomes, edit=note, **options)

    return run
