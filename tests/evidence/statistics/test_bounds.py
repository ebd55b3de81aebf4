"""Exact bounds against published values and their own definition."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.evidence.statistics.bounds import interval, percent, upper

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


@pytest.mark.parametrize(("k", "n"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_no_rate(k: int, n: int) -> None:
    """What is no rate is an error that names it."""
    with pytest.raises(ValueError, match=f"{k} events in {n} trials"):
        interval(k, n)


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (1, "100"), (0.362, "36"), (0.0362, "3.6"), (0.00362, "0.36"), (0.0995, "10")]
)
def test_percent(share: float, text: str) -> None:
    """Shares are shown with two digits that count."""
    assert percent(share) == text
