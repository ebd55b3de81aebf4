"""Differences of two shares: the exact test, and the intervals against their promise and against published methods."""

from __future__ import annotations

import json
from itertools import product
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, multinomial, norm

from gyges.evidence.statistics.proportions import exact_mcnemar, newcombe, paired_interval

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "mcnemar.json").read_text())["cases"]


def paired_newcombe(both: int, first: int, second: int, neither: int) -> tuple[float, float]:
    """Method 10 of Newcombe 1998, written here from its definition as an oracle."""
    n, z = both + first + second + neither, float(norm.ppf(0.975))

    def wilson(k: int) -> tuple[float, float]:
        middle, reach = 2 * k + z * z, z * sqrt(z * z + 4 * k * (1 - k / n))
        return (middle - reach) / (2 * (n + z * z)), (middle + reach) / (2 * (n + z * z))

    one, other = (both + first) / n, (both + second) / n
    (l1, u1), (l2, u2) = wilson(both + first), wilson(both + second)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    agreed = both * neither - first * second
    agreed = max(agreed - n / 2, 0) if agreed > 0 else agreed
    phi = agreed / sqrt(margins) if margins else 0.0
    down = sqrt((one - l1) ** 2 - 2 * phi * (one - l1) * (u2 - other) + (u2 - other) ** 2)
    up = sqrt((other - l2) ** 2 - 2 * phi * (other - l2) * (u1 - one) + (u1 - one) ** 2)
    return one - other - down, one - other + up


@pytest.mark.parametrize("case", VECTORS)
def test_p_agrees_with_published_values(case: dict[str, Any]) -> None:
    """The p value is that of the exact McNemar test, to the digits that the source prints."""
    assert exact_mcnemar(case["b"], case["c"]) == pytest.approx(case["p"], rel=2e-4)


@pytest.mark.parametrize("pairs", [1, 2, 3, 5, 8, 12, 20, 35])
def test_coverage_is_nominal_also_with_few_pairs(pairs: int) -> None:
    """Over a grid of true shares, all outcomes enumerated, the interval holds the difference 95 times in 100."""
    outcomes = np.array([(b, c, pairs - b - c) for b, c in product(range(pairs + 1), repeat=2) if b + c <= pairs])
    bounds = np.array([paired_interval(int(b), int(c), pairs) for b, c, _ in outcomes])
    grid = [0, 0.002, 0.01, 0.03, *np.linspace(0.05, 0.95, 19)]
    for first, second in product(grid, repeat=2):
        if second <= first and first + second <= 1:
            chances = multinomial.pmf(outcomes, pairs, [first, second, max(0.0, 1 - first - second)])
            held = (bounds[:, 0] <= first - second + 1e-12) & (bounds[:, 1] >= first - second - 1e-12)
            assert chances[held].sum() >= 0.949, (first, second)


@pytest.mark.parametrize(
    ("table", "bounds"),
    [
        ((36, 12, 2, 0), (0.0569, 0.3404)),
        ((20, 12, 2, 16), (0.0562, 0.3292)),
        ((18, 14, 0, 18), (0.1441, 0.3963)),
        ((1, 97, 1, 1), (0.8736, 0.9850)),
    ],
)
def test_the_oracle_is_newcombes(table: tuple[int, int, int, int], bounds: tuple[float, float]) -> None:
    """The oracle gives the intervals that Newcombe 1998 (Statistics in Medicine 17, 2635) prints in table III."""
    assert paired_newcombe(*table) == pytest.approx(bounds, abs=1e-4)


@given(st.integers(1, 40), st.data())
def test_it_stands_beside_newcombes_method(both: int, data: st.DataObject) -> None:
    """With pairs enough, both ends lie within 5 points of Newcombe's, and the interval is not much narrower."""
    first, second, neither = (data.draw(st.integers(low, 60)) for low in (0, 0, 40))
    pairs = both + first + second + neither
    low, high = paired_interval(first, second, pairs)
    least, greatest = paired_newcombe(both, first, second, neither)
    assert abs(low - least) < 0.05
    assert abs(high - greatest) < 0.05
    assert high - low > 0.85 * (greatest - least)


@given(st.integers(1, 300), st.data())
def test_interval_and_test_do_not_contradict_each_other(pairs: int, data: st.DataObject) -> None:
    """The difference lies inside, sides can be swapped, and zero is left out wherever p is below 5 %."""
    first = data.draw(st.integers(0, pairs))
    second = data.draw(st.integers(0, pairs - first))
    low, high = paired_interval(first, second, pairs)
    assert -1 <= low < high <= 1
    assert low <= (first - second) / pairs <= high
    assert paired_interval(second, first, pairs) == pytest.approx((-high, -low))
    if exact_mcnemar(first, second) < 0.05:
        assert low > 0 or high < 0


@pytest.mark.parametrize(("pairs", "reach"), [(5, 0.5218), (40, 0.0881), (300, 0.0122)])
def test_without_a_discordant_pair_the_interval_is_not_empty(pairs: int, reach: float) -> None:
    """It reaches as far to each side as the exact interval of no event does."""
    assert paired_interval(0, 0, pairs) == pytest.approx((-reach, reach), abs=5e-5)


def test_more_discordant_pairs_than_pairs_are_an_error() -> None:
    """What is no table is named."""
    with pytest.raises(ValueError, match=r"3 \+ 2 discordant pairs are more than 4 pairs"):
        paired_interval(3, 2, 4)


@pytest.mark.parametrize(("n1", "n2"), [(10, 10), (12, 30), (30, 30), (50, 100)])
def test_newcombes_interval_covers_on_average(n1: int, n2: int) -> None:
    """Over a grid of true shares, all outcomes enumerated, it covers 95 times in 100, nowhere under 88 times."""
    bounds = np.array([[newcombe(k1, n1, k2, n2) for k2 in range(n2 + 1)] for k1 in range(n1 + 1)])
    grid = np.linspace(0.02, 0.98, 25)
    found = [
        binom.pmf(range(n1 + 1), n1, one)
        @ ((bounds[..., 0] <= one - other) & (bounds[..., 1] >= one - other))
        @ binom.pmf(range(n2 + 1), n2, other)
        for one, other in product(grid, repeat=2)
    ]
    assert np.mean(found) >= 0.95
    assert min(found) >= 0.88


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_newcombes_interval_holds_the_difference(n1: int, n2: int, data: st.DataObject) -> None:
    """The observed difference lies inside, the sides can be swapped, and the interval is never a point."""
    k1, k2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    low, high = newcombe(k1, n1, k2, n2)
    assert -1 - 1e-12 <= low <= k1 / n1 - k2 / n2 <= high <= 1 + 1e-12
    assert low < high
    assert newcombe(k2, n2, k1, n1) == pytest.approx((-high, -low))


def test_a_difference_of_no_rates_is_an_error() -> None:
    """Whichever side is no rate is named."""
    with pytest.raises(ValueError, match="4 events in 3 trials"):
        newcombe(1, 2, 4, 3)
    with pytest.raises(ValueError, match="0 events in 0 trials"):
        newcombe(0, 0, 1, 3)
