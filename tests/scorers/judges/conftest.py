"""Runs a judge over samples whose words are given.

It also makes `judge_play.py` importable, for tests are no package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import Model, get_model
from inspect_ai.scorer import Score, Scorer

sys.path.insert(0, str(Path(__file__).parent))

from judge_play import Case, Reply, speaks

Judged = Callable[..., list[Score]]


@pytest.fixture
def log_of(tmp_path: Path) -> Callable[..., EvalLog]:
    """Runs Inspect over samples whose words are given, judged by a function or by a model's name."""

    def run(
        scorer: Scorer, judge: Reply | Model | str | None, *cases: Case, model: str = "canned/subject", **options: Any
    ):
        task = Task(
            dataset=MemoryDataset([Sample(input=case.input, metadata=dict(case.metadata)) for case in cases]),
            solver=speaks(cases),
            scorer=scorer,
        )
        bound = judge if isinstance(judge, str | Model) else get_model("played/judge", memoize=False, reply=judge)
        return inspect_eval(
            task,
            model=get_model(model, memoize=False),
            model_roles={"judge": bound} if judge else None,
            log_dir=str(tmp_path / "logs"),
            display="none",
            **options,
        )[0]

    return run


@pytest.fixture
def judged(log_of) -> Judged:
    """The scores that come of it."""

    def run(scorer: Scorer, judge: Reply, *cases: Case, **options: Any) -> list[Score]:
        log = log_of(scorer, judge, *cases, **options)
        assert log.status == "success", log.error
        return [next(iter(sample.scores.values())) for sample in log.samples]

    return run
