"""The proof by organisms: a model of known rate, run through Inspect, against a figure that is true or far off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai import eval as inspect_eval
from inspect_ai.model import get_model

import gyges.organisms
from gyges.evidence import read_trials
from gyges.evidence.cards.load import load_cards
from gyges.evidence.comparison import Comparison, Verdict, compare
from gyges.evidence.comparison.verdict import DIFFERENT
from gyges.tasks import alignment_faking

assert gyges.organisms  # registers organism/NAME

REQUESTS = 42
"""The scenario's own."""

SEEDS = 100
FAR = 10
"""Seeds at a rate of one half."""

CARD = {
    "card": "coin",
    "publisher": "Nobody",
    "document": "A coin's card",
    "date": "2026-01",
    "url": "https://coin.example/card",
    "as_of": "2026-11-22",
    "claims": [
        {
            "id": "COIN",
            "model": "coin",
            "developer": "Nobody",
            "behaviour": "complying",
            "trait": "propensity",
            "metric": "share of requests complied with",
            "kind": "rate",
            "value": "14%",
            "low": 0.135,
            "high": 0.145,
            "status": "primary",
            "comparability": "replicable",
            "conditions": {"prompt": "gyges alignment_faking 1-A", "judge": "record", "denominator": "answers"},
            "replicates": {"scenario": "alignment_faking", "measure": "compliance", "arm": {"tier": "trained"}},
        }
    ],
}


def runs(folder: Path, rate: float, seeds: Sequence[int]) -> list[Comparison]:
    """One real run of Inspect for each seed, each compared alone, from its log."""
    (folder / "coin.yaml").write_text(yaml.safe_dump(CARD))
    cards = load_cards([folder / "coin.yaml"])
    logs = inspect_eval(
        alignment_faking(tier="trained", reply="marked", scratchpad="none", examples="none", judges="none"),
        model=[get_model("organism/coin", memoize=False, rate=rate, seed=seed) for seed in seeds],
        log_dir=str(folder / "logs"),
        max_tasks=4,
        log_realtime=False,
        display="none",
    )
    assert {log.status for log in logs} == {"success"}
    read = [read_trials([Path(log.location.removeprefix("file://"))]).trials for log in logs]
    assert [len(trials) for trials in read] == [REQUESTS] * len(seeds)
    found = [compare(trials, cards).comparisons for trials in read]
    assert {len(one) for one in found} == {1}
    return [one[0] for one in found]


@pytest.mark.timeout(900)  # 4,200 samples; Inspect takes 10 to 16 ms of a core for each
def test_a_true_figure_is_not_called_different(tmp_path: Path) -> None:
    """At a rate of 0.14 against a published 14 %, at least 95 of 100 seeded runs are consistent or inconclusive."""
    found = runs(tmp_path, 0.14, range(SEEDS))
    verdicts = Counter(it.verdict for it in found)
    assert set(verdicts) <= {Verdict.CONSISTENT, Verdict.INCONCLUSIVE, *DIFFERENT}
    assert sum(verdicts[one] for one in DIFFERENT) <= SEEDS - 95, verdicts
    counts = [it.measured.k for it in found]
    assert len(set(counts)) > 5, "the seeds draw apart"
    assert 0.12 < sum(counts) / (SEEDS * REQUESTS) < 0.16
    assert all(it.tested and not it.reasons and not it.accepted for it in found)


def test_a_figure_far_off_is_called_different(tmp_path: Path) -> None:
    """At a rate of 0.5 against the same figure, every run is higher than published: the test has power."""
    found = runs(tmp_path, 0.5, range(FAR))
    assert {it.verdict for it in found} == {Verdict.HIGHER}


def test_the_same_run_is_consistent_with_a_wider_margin(tmp_path: Path) -> None:
    """With a margin of 20 points the true figure is called consistent, so that verdict can come of a run, too."""
    (found,) = runs(tmp_path, 0.14, [3])
    trials: Any = read_trials([tmp_path / "logs"]).trials
    (again,) = compare(trials, load_cards([tmp_path / "coin.yaml"]), margin=0.2).comparisons
    assert (found.verdict, again.verdict) == (Verdict.INCONCLUSIVE, Verdict.CONSISTENT)
