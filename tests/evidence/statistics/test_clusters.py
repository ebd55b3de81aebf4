"""Clusters: exact sign flips against oracles, and intervals whose coverage is simulated."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, permutation_test

from gyges.evidence.statistics.clusters import percentile, permuted, resampled, sign_flip
from gyges.evidence.statistics.gap import Gap, Tally
from gyges.evidence.statistics.proportions import exact_mcnemar


@given(st.lists(st.integers(-1, 1), max_size=60))
def test_with_one_pair_a_cluster_it_is_mcnemars_test(differences: list[int]) -> None:
    """Sign flips of single pairs give the exact McNemar p."""
    assert sign_flip(differences) == pytest.approx(exact_mcnemar(differences.count(1), differences.count(-1)))


@given(st.lists(st.integers(-7, 7), min_size=1, max_size=9))
def test_it_agrees_with_every_assignment_of_signs(differences: list[int]) -> None:
    """For few clusters the p is the share of all assignments whose sum is as far from zero."""
    sums = [
        abs(sum(map(np.prod, zip(differences, signs, strict=True))))
        for signs in product((1, -1), repeat=len(differences))
    ]
    assert sign_flip(differences) == pytest.approx(np.mean([it >= abs(sum(differences)) for it in sums]))


def test_it_agrees_with_scipy() -> None:
    """The paired permutation test of scipy, which enumerates here, gives the same p; fractions serve as well."""
    values = [Fraction(3, 4), Fraction(1, 2), Fraction(-1, 4), Fraction(1), Fraction(2, 3), Fraction(0), Fraction(1, 3)]
    found = permutation_test(
        ([float(it) for it in values],), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert sign_flip(values) == pytest.approx(found.pvalue)


def test_two_groups_of_clusters_are_permuted() -> None:
    """Of the 20 ways to split six clusters in halves, one is as extreme each way."""
    assert permuted([1.0, 0.9, 0.8], [0.0, 0.1, 0.2]) == pytest.approx(2 / 20)


def test_the_bootstrap_is_the_same_every_time() -> None:
    """Two calls give the same draws; another stream gives others."""
    once, again, other = (resampled([1, 0, 2, -1], [2, 2, 2, 2], stream) for stream in (0, 0, 1))
    assert (once == again).all()
    assert (once != other).any()


@pytest.mark.parametrize(("clusters", "reach"), [(5, 3.104), (10, 2.385), (1000, 1.963)])
def test_few_clusters_take_quantiles_further_out(clusters: int, reach: float) -> None:
    """Of draws that are standard normal, it takes sqrt(n / (n - 1)) times Student's t (table values) each way."""
    draws = norm.ppf((np.arange(10**6) + 0.5) / 10**6)
    assert percentile(draws, clusters) == pytest.approx((-reach, reach), rel=0.01)


def test_one_cluster_says_nothing() -> None:
    """The interval of a single cluster is everything."""
    assert percentile(resampled([1], [1]), 1) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("queries", "epochs", "first", "second", "icc"),
    [
        (40, 5, 0.2, 0.05, 0.5),
        (40, 5, 0.01, 0.0, 0.5),
        (40, 5, 0.05, 0.0, 0.5),
        (12, 5, 0.1, 0.1, 0.3),
        (40, 4, 0.3, 0.1, 0.0),
        (30, 3, 0.2, 0.05, 0.9),
    ],
)
def test_coverage_holds_where_answers_to_one_query_are_alike(
    queries: int, epochs: int, first: float, second: float, icc: float
) -> None:
    """Simulated with queries whose own rates differ (Dirichlet), the interval holds the difference 94 times in 100."""
    rng = np.random.default_rng(5)
    shares = np.array([first, second, 1 - first - second])
    held = wrong = 0
    for _ in range(150):
        own = (
            rng.dirichlet(np.maximum(shares * (1 - icc) / icc, 1e-9), queries) if icc else np.tile(shares, (queries, 1))
        )
        seen = [rng.multinomial(epochs, one) for one in own]
        gap = Gap("a", "b", tuple(Tally(str(n), int(b), int(c), 0, int(d)) for n, (b, c, d) in enumerate(seen)), 0)
        assert gap.bounds
        assert gap.p is not None
        held += gap.bounds[0] <= first - second <= gap.bounds[1]
        wrong += gap.p < 0.05
    assert held / 150 >= 0.94
    assert first != second or wrong / 150 <= 0.08
