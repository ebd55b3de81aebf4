"""Corrections for a judge's errors: they recover the truth, and say when they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from gyges.evidence.statistics.bounds import upper
from gyges.evidence.statistics.correction import Accuracy, corrected_difference, corrected_rate
from gyges.evidence.statistics.proportions import paired_interval
from gyges.evidence.statistics.rate import Rate

GOOD = Accuracy(Rate(90, 100), Rate(160, 200))


def test_the_point_is_rogan_and_gladens() -> None:
    """(p + Sp - 1) / (Se + Sp - 1), by hand: (0.3 + 0.8 - 1) / 0.7."""
    found = corrected_rate(Rate(30, 100), GOOD)
    assert found
    assert found.value == pytest.approx(1 / 7)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(("k", "value"), [(0, 0.0), (5, 0.0), (100, 1.0)])
def test_the_point_is_a_share(k: int, value: float) -> None:
    """Where the flagged share lies outside what the judge's errors allow, the point is cut to 0 or 1."""
    found = corrected_rate(Rate(k, 100), GOOD)
    assert found
    assert found.value == value


@pytest.mark.parametrize(
    "accuracy",
    [Accuracy(Rate(5, 10), Rate(5, 10)), Accuracy(Rate(2, 10), Rate(3, 10)), Accuracy(Rate(9, 10), Rate(0, 0))],
    ids=["chance", "worse than chance", "no negatives"],
)
def test_a_judge_that_tells_nothing_corrects_nothing(accuracy: Accuracy) -> None:
    """With sensitivity + specificity at most 1, or one of them unknown, there is no correction."""
    assert not accuracy.corrects
    assert corrected_rate(Rate(3, 10), accuracy) is None
    assert corrected_difference(0.1, (0.0, 0.2), accuracy) is None


def test_too_few_cases_give_a_point_and_no_interval() -> None:
    """Where chance cannot be ruled out from the cases, no interval of a difference is claimed."""
    found = corrected_difference(0.1, (0.0, 0.2), Accuracy(Rate(3, 4), Rate(3, 4)))
    assert found
    assert (found.value, found.low, found.high) == (pytest.approx(0.2), None, None)


def test_a_noisy_judge_is_seen_through() -> None:
    """Known error rates, a known gap: the raw numbers miss it, the corrected intervals hold it 95 times in 100."""
    rng = np.random.default_rng(11)
    sensitive, specific, trained, unmonitored, n = 0.8, 0.9, 0.5, 0.1, 300
    hits = {"raw rate": 0, "raw gap": 0, "rate": 0, "gap": 0}
    points = []
    for _ in range(200):
        accuracy = Accuracy(Rate(int(rng.binomial(60, sensitive)), 60), Rate(int(rng.binomial(80, specific)), 80))
        truth = [rng.random(n) < share for share in (trained, unmonitored)]
        flags = [np.where(it, rng.random(n) < sensitive, rng.random(n) >= specific) for it in truth]
        raw = Rate(int(flags[0].sum()), n)
        first, second = int((flags[0] & ~flags[1]).sum()), int((~flags[0] & flags[1]).sum())
        rate = corrected_rate(raw, accuracy)
        gap = corrected_difference((first - second) / n, paired_interval(first, second, n, 0.975), accuracy)
        assert raw.bounds
        assert rate
        assert gap
        assert None not in (rate.low, rate.high, gap.low, gap.high)
        low, high = paired_interval(first, second, n)
        hits["raw rate"] += raw.bounds[0] <= trained <= raw.bounds[1]
        hits["raw gap"] += low <= trained - unmonitored <= high
        hits["rate"] += rate.low <= trained <= rate.high  # type: ignore[operator]
        hits["gap"] += gap.low <= trained - unmonitored <= gap.high  # type: ignore[operator]
        points.append((rate.value, gap.value))
    assert hits["raw rate"] < 150
    assert hits["raw gap"] < 50
    assert hits["rate"] >= 190
    assert hits["gap"] >= 190
    assert np.mean(points, axis=0) == pytest.approx((trained, trained - unmonitored), abs=0.02)


@pytest.mark.parametrize(
    ("share", "sensitive", "specific", "cases", "naive"),
    [
        (0.005, 0.8, 1.0, (20, 50), 1.0),
        (0.02, 0.8, 1.0, (50, 200), 0.899),
        (0.10, 0.8, 1.0, (50, 200), 0.586),
        (0.02, 0.7, 0.95, (20, 50), 1.0),
    ],
)
def test_the_upper_bound_covers(
    share: float, sensitive: float, specific: float, cases: tuple[int, int], naive: float
) -> None:
    """Of 500 answers, every likely outcome counted: the bound covers 95 times in 100 where the judged rate's own fails.

    Settings, and how often the uncorrected one-sided bound covers, are those of the research notes (there simulated).
    The specificity that is found does not matter to this bound; it is put at its expectation.
    """
    n, (positive, negative) = 500, cases
    flags = binom(n, sensitive * share + (1 - specific) * (1 - share))
    found = binom(positive, sensitive)
    held = seen = 0.0
    for k in range(int(flags.ppf(1e-4)), int(flags.ppf(1 - 1e-4)) + 1):
        for right in range(int(found.ppf(1e-4)), int(found.ppf(1 - 1e-4)) + 1):
            rate = corrected_rate(
                Rate(k, n), Accuracy(Rate(right, positive), Rate(round(specific * negative), negative))
            )
            assert rate
            assert rate.high is not None
            chance = flags.pmf(k) * found.pmf(right)
            seen += chance
            held += chance * (rate.high >= share)
    assert seen > 0.999
    assert held >= 0.95
    assert flags.pmf([k for k in range(n + 1) if upper(k, n) >= share]).sum() == pytest.approx(naive, abs=0.01)
