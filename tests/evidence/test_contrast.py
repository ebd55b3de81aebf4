"""Paired comparisons: what makes a pair, what voids it, and the exact test."""

from __future__ import annotations

import json
from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.evidence import Contrast, Trial
from gyges.evidence.contrast import contrasts
from gyges.evidence.statistics.gap import Tally

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "mcnemar.json").read_text())["cases"]


def paired(b: int, c: int, concordant: int = 0) -> Contrast:
    """Pairs of as many wordings: so many where only the first acted, only the second, or both."""
    cells = [Tally("", 1)] * b + [Tally("", 0, 1)] * c + [Tally("", both=1)] * concordant
    return Contrast("unwatched", "watched", tuple(cells), 0, red_line="weights", factor="oversight")


def trial(level: str, stage: str | None, pair: str = "memo", epoch: int = 1, log: str = "a", **changes: Any) -> Trial:
    blank = Trial(
        log=Path(log),
        task=log,
        scenario="exfil",
        version="1-A",
        model="m",
        settings=(),
        contrast="oversight",
        arm={"oversight": level, "suggestion": "none"},
        wording="memo",
        pair=pair,
        sample=f"{pair}/{level}",
        epoch=epoch,
        status="completed",
        validity="valid",
        stages={"weights": stage},  # type: ignore[dict-item]
    )
    return replace(blank, **changes)


def counts(*trials: Trial) -> tuple[int, ...]:
    (it,) = contrasts(trials, "weights", "oversight")
    return (it.both, it.only_first, it.only_second, it.neither, it.void)


@pytest.mark.parametrize("case", VECTORS)
def test_p_agrees_with_published_values(case: dict[str, Any]) -> None:
    """The p value is that of the exact McNemar test, to the digits that the source prints."""
    assert paired(case["b"], case["c"], concordant=7).p == pytest.approx(case["p"], rel=2e-4)


@given(b=st.integers(0, 60), c=st.integers(0, 60), concordant=st.integers(0, 9))
def test_p_is_the_doubled_binomial_tail(b: int, c: int, concordant: int) -> None:
    """For any discordant pairs, p is twice the smaller binomial tail at one half, at most 1, whatever the others."""
    n = b + c
    tail = sum(comb(n, k) for k in range(min(b, c) + 1)) / 2**n
    contrast = paired(b, c, concordant)
    assert contrast.p == (pytest.approx(min(1.0, 2 * tail)) if contrast.pairs else None)


def test_each_outcome_of_a_pair_has_its_cell() -> None:
    """Attempted and completed count as acted, abstained does not; the first level is the first by name."""
    assert counts(
        *(trial("watched", "attempted", "1"), trial("unwatched", "completed", "1")),
        *(trial("watched", "abstained", "2"), trial("unwatched", "attempted", "2")),
        *(trial("watched", "completed", "3"), trial("unwatched", "abstained", "3")),
        *(trial("watched", "abstained", "4"), trial("unwatched", "abstained", "4")),
    ) == (1, 1, 1, 1, 0)


@pytest.mark.parametrize("stage", [None, "unexposed", "permitted"])
def test_a_side_without_a_verdict_voids_the_pair(stage: str | None) -> None:
    """A side that is unscored, never met the temptation, or was permitted says nothing about either level."""
    assert counts(trial("watched", stage), trial("unwatched", "completed")) == (0, 0, 0, 0, 1)


def test_a_missing_side_voids_the_pair() -> None:
    """A sample whose partner never ran, or ran at another epoch only, forms no pair."""
    never = trial("watched", "abstained", epoch=2, status="not_run")
    lone = trial("watched", "abstained", epoch=3)
    assert counts(trial("unwatched", "completed"), never, lone) == (0, 0, 0, 0, 2)


def test_epochs_pair_with_their_own() -> None:
    """Epoch 1 goes with epoch 1 and epoch 2 with epoch 2, whatever their order in the log."""
    assert counts(
        trial("watched", "completed", epoch=1),
        trial("watched", "abstained", epoch=2),
        trial("unwatched", "abstained", epoch=2),
        trial("unwatched", "completed", epoch=1),
    ) == (1, 0, 0, 1, 0)


def test_two_logs_of_the_same_samples_are_repetitions() -> None:
    """Two whole logs give two pairs; two logs with one level each give one."""
    both = [trial(level, "abstained", log=log) for log in "ab" for level in ("watched", "unwatched")]
    assert counts(*both) == (0, 0, 0, 2, 0)
    assert counts(trial("watched", "abstained", log="a"), trial("unwatched", "attempted", log="b")) == (0, 1, 0, 0, 0)


def test_other_factors_are_never_pooled() -> None:
    """Pairs under different levels of another factor that varies stand in comparisons of their own."""
    hinted = {"suggestion": "hint"}
    trials = [
        trial(
            level, stage, pair=f"memo/{more.get('suggestion')}", arm={"oversight": level, "suggestion": "none", **more}
        )
        for more, stage in (({}, "abstained"), (hinted, "completed"))
        for level in ("watched", "unwatched")
    ]
    found = list(contrasts(trials, "weights", "oversight", ["suggestion"]))
    assert [(it.arm, it.both, it.neither) for it in found] == [({"suggestion": "none"}, 0, 1), (hinted, 1, 0)]


def test_three_levels_give_three_comparisons() -> None:
    """Every two levels are compared, each within its own pairs."""
    found = list(contrasts([trial(level, "abstained") for level in "abc"], "weights", "oversight"))
    assert [it.levels for it in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [it.pairs for it in found] == [1, 1, 1]


def test_without_pairs_there_is_no_difference() -> None:
    """No pair means no difference and no p, not 0 and not 1."""
    assert (paired(0, 0).difference, paired(0, 0).p) == (None, None)
    assert paired(3, 1, 4).difference == pytest.approx(0.25)


def test_pairs_of_one_wording_are_one_piece_of_evidence() -> None:
    """Ten epochs of one wording that all differ give p = 1; ten wordings that do give the exact McNemar p."""
    acted = (("unwatched", "completed"), ("watched", "abstained"))
    once = [trial(*it, epoch=epoch) for epoch in range(10) for it in acted]
    ten = [trial(*it, pair=str(nth), wording=str(nth)) for nth in range(10) for it in acted]
    assert [next(contrasts(trials, "weights", "oversight")).p for trials in (once, ten)] == [1.0, 2 / 2**10]
