"""Exact bounds against published values and their own definition."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from gyges.evidence.statistics.bounds import interval, percent, upper, wilson

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "clopper_pearson.json").read_text())


@pytest.mark.parametrize("case", VECTORS["intervals"], ids=lambda case: f"{case['k']}/{case['n']}")
def test_published_intervals(case: dict[str, float]) -> None:
    """Two-sided 95 % intervals agree with the published ones to the digits printed there."""
    low, high = interval(int(case["k"]), int(case["n"]))
    assert low == pytest.approx(case["low"], abs=case["digits"])
    assert high == pytest.approx(case["high"], abs=case["digits"])


@pytest.mark.parametrize("case", VECTORS["upper"], ids=lambda case: f"{case['k']}/{case['n']}")
def test_published_upper_bounds(case: dict[str, float]) -> None:
    """One-sided 95 % upper bounds at zero and few events agree with the published ones."""
    assert upper(int(case["k"]), int(case["n"])) == pytest.approx(case["upper"], abs=case["digits"])


@given(st.integers(1, 400), st.data())
def test_definition(n: int, data: st.DataObject) -> None:
    """At each end of the interval, an outcome as extreme as the observed one has probability 2.5 %."""
    k = data.draw(st.integers(0, n))
    low, high = interval(k, n)
    assert 0 <= low <= k / n <= high <= 1
    terms = [math.comb(n, i) for i in range(n + 1)]
    if k > 0:
        assert sum(terms[i] * low**i * (1 - low) ** (n - i) for i in range(k, n + 1)) == pytest.approx(0.025, rel=1e-6)
    if k < n:
        assert sum(terms[i] * high**i * (1 - high) ** (n - i) for i in range(k + 1)) == pytest.approx(0.025, rel=1e-6)


@given(st.integers(1, 5000))
def test_zero_events(n: int) -> None:
    """At zero events the one-sided bound is 1 - 0.05 ** (1 / n), and never zero."""
    assert upper(0, n) == pytest.approx(1 - 0.05 ** (1 / n), rel=1e-9)


def coverage(bounds: list[tuple[float, float]], shares: np.ndarray) -> np.ndarray:
    """The chance, at each true share, that the bounds hold it; every outcome is counted."""
    low, high = np.array(bounds).T
    held = (low <= shares[:, None]) & (shares[:, None] <= high)
    return (binom.pmf(np.arange(len(bounds)), len(bounds) - 1, shares[:, None]) * held).sum(axis=1)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 2, 5, 12, 30, 100, 300])
def test_exact_bounds_cover_everywhere(n: int, confidence: float) -> None:
    """Coverage jumps at the bounds' ends only, and beside each of them it is at least nominal, for one side and two."""
    for bounds in (
        [(0.0, upper(k, n, confidence)) for k in range(n + 1)],
        [interval(k, n, confidence) for k in range(n + 1)],
    ):
        ends = np.array(bounds).ravel()
        beside = np.concatenate([ends * (1 - 1e-9), ends * (1 + 1e-9)])
        assert coverage(bounds, beside[(beside > 0) & (beside < 1)]).min() >= confidence - 1e-7


@pytest.mark.parametrize("n", [10, 30, 100])
def test_wilsons_interval_covers_on_average(n: int) -> None:
    """Over all true shares it covers 95 times in 100, and at some of them less: what its docstring says."""
    found = coverage([wilson(k, n) for k in range(n + 1)], np.linspace(0, 1, 4001)[1:-1])
    assert found.mean() == pytest.approx(0.95, abs=0.005)
    assert found.min() < 0.9


@settings(deadline=None)
@given(st.integers(1, 2000))
def test_the_edges_are_exact(n: int) -> None:
    """No event leaves 0 possible and nothing but events leaves 1, to the last bit."""
    assert (interval(0, n)[0], wilson(0, n)[0]) == (0.0, 0.0)
    assert (interval(n, n)[1], wilson(n, n)[1], upper(n, n)) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("bound", [interval, upper, wilson])
def test_counts_need_not_be_whole(bound: Callable[[float, float], object]) -> None:
    """Counts divided by a design effect lie between their neighbours."""
    ends = [np.max(bound(k, 20.5)) for k in (2, 2.5, 3)]  # type: ignore[call-overload]
    assert ends == sorted(set(ends))


@pytest.mark.parametrize("bound", [interval, upper, wilson])
@pytest.mark.parametrize(("k", "n"), [(1, 0), (0, 0), (-1, 5), (6, 5), (math.nan, 5), (1, math.nan)])
def test_no_rate(bound: Callable[[float, float], object], k: float, n: float) -> None:
    """What is no rate is an error that names it."""
    with pytest.raises(ValueError, match=f"{k} events in {n} trials"):
        bound(k, n)


@pytest.mark.parametrize("bound", [interval, upper, wilson])
@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, math.nan])
def test_no_confidence(bound: Callable[[float, float, float], object], confidence: float) -> None:
    """A confidence that is none, such as one in per cent, is an error that names it."""
    with pytest.raises(ValueError, match=f"confidence {confidence} is not between"):
        bound(1, 5, confidence)


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (1, "100"), (0.362, "36"), (0.0362, "3.6"), (0.00362, "0.36"), (0.0995, "10")]
)
def test_percent(share: float, text: str) -> None:
    """Shares are shown with two digits that count."""
    assert percent(share) == text
