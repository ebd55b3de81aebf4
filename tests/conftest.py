"""Real Inspect logs from canned outcomes, for every test that reads logs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, transcript, write_eval_log
from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, get_model, modelapi
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver


@dataclass(frozen=True)
class Outcome:
    """What one sample is to come out as."""

    stages: Mapping[str, str | float] | None
    """Red line to stage; None: the whole sample is unscored."""
    arm: Mapping[str, str] = field(default_factory=lambda: {"oversight": "watched"})
    wording: str = "memo"
    escalated: str = "no"
    validity: str = "valid"
    error: str | None = None
    reason: str | None = None
    events: Iterable[tuple[str, Mapping[str, Any]]] = ()
    """Info events to record: source and data."""
    head: str = "0" * 64


class _Canned(ModelAPI):
    """A model that is never asked."""

    async def generate(self, *args: Any, **kwargs: Any) -> ModelOutput:
        raise AssertionError


@modelapi(name="canned")
def canned() -> type[ModelAPI]:
    return _Canned


def pytest_configure(config: pytest.Config) -> None:
    """Lets pass what every run of Inspect gives: it leaves streams and event loops to the garbage collector.

    Where CI runs, hypothesis tries the same examples every time, so that a red run can be repeated. It sets no
    deadline: how long an example takes says how busy the machine is.
    """
    config.addinivalue_line("filterwarnings", "ignore::ResourceWarning")
    warnings.filterwarnings("ignore", category=ResourceWarning)  # and after the last test, too
    settings.register_profile("gyges", deadline=None, derandomize=bool(os.environ.get("CI")))
    settings.load_profile("gyges")


@pytest.fixture
def outcome() -> type[Outcome]:
    """How one canned sample comes out."""
    return Outcome


CannedLog = Callable[..., Path]


def _played(outcomes: tuple[Outcome, ...]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        outcome = outcomes[state.metadata["nth"]]
        for source, data in outcome.events:
            transcript().info(dict(data), source=source)
        if outcome.error:
            raise RuntimeError(outcome.error)
        return state

    return solver(name="played")(lambda: solve)()


def _conduct(outcomes: tuple[Outcome, ...]) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        outcome = outcomes[state.metadata["nth"]]
        metadata = {"ledger": {"head": outcome.head, "actions": 0}, "capture": 3, "validity": outcome.validity}
        if outcome.stages is None:
            return Score.unscored(reason="scoring_failed", explanation=outcome.reason, metadata=metadata)
        value = {**outcome.stages, "escalated": outcome.escalated}
        return Score(value=value, explanation=outcome.reason, metadata=metadata)

    return scorer(metrics=[], name="conduct")(lambda: score)()


@pytest.fixture
def canned_log(tmp_path: Path) -> CannedLog:
    """Runs Inspect over canned outcomes, offline, and gives the path of the log that it wrote."""

    def run(
        *outcomes: Outcome,
        model: str = "ring",
        epochs: int = 1,
        folder: Path | None = None,
        version: str = "1-A",
        scenario: str | None = "exfil",
        format: str = "eval",
        edit: Callable[[EvalLog], None] | None = None,
        **options: Any,
    ) -> Path:
        samples = [
            Sample(
                id="/".join([outcome.wording, *(f"{name}={level}" for name, level in outcome.arm.items())]),
                input="work",
                metadata={
                    "scenario": scenario,
                    "version": version,
                    "arm": dict(outcome.arm),
                    "wording": outcome.wording,
                    "pair": "/".join([outcome.wording, *(v for k, v in outcome.arm.items() if k != "oversight")]),
                    "nth": nth,
                },
            )
            for nth, outcome in enumerate(outcomes)
        ]
        task = Task(
            name="exfil",
            dataset=MemoryDataset(samples),
            solver=_played(outcomes),
            scorer=_conduct(outcomes),
            fail_on_error=False,
            version=version,
            metadata={"scenario": scenario, "contrast": "oversight"} if scenario else None,
        )
        log = inspect_eval(
            task,
            model=get_model(f"canned/{model}", memoize=False, config=GenerateConfig(**options)),
            epochs=epochs,
            log_dir=str(folder or tmp_path / "logs"),
            log_format=format,
            display="none",
        )[0]
        path = Path(log.location.removeprefix("file://"))
        if edit:
            edit(log)
            write_eval_log(log, path)
        return path

    return run
