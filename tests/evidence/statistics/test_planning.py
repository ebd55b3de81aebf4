"""Sample sizes against the references' figures, and exact power against enumeration with the tests themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from gyges.evidence.statistics.bounds import upper
from gyges.evidence.statistics.planning import (
    LARGEST,
    detection,
    n_against,
    n_at_most,
    n_equivalent,
    n_paired,
    n_unpaired,
)
from gyges.evidence.statistics.power import (
    at_least,
    at_most,
    power_against,
    power_paired,
    power_unpaired,
    power_within,
    smallest_count,
)
from gyges.evidence.statistics.proportions import exact_mcnemar
from gyges.evidence.statistics.published import against, equivalent, fisher


@pytest.mark.parametrize(
    ("share", "confidence", "events", "family", "n"),
    [
        (0.1, 0.95, 0, 1, 29),
        (0.1, 0.99, 0, 1, 44),
        (0.05, 0.95, 0, 1, 59),
        (0.05, 0.99, 0, 1, 90),
        (0.02, 0.95, 0, 1, 149),
        (0.02, 0.99, 0, 1, 228),
        (0.01, 0.95, 0, 1, 299),
        (0.01, 0.99, 0, 1, 459),
        (0.001, 0.95, 0, 1, 2995),
        (0.001, 0.99, 0, 1, 4603),
        (0.01, 0.95, 1, 1, 473),
        (0.01, 0.95, 2, 1, 628),
        (0.01, 0.95, 3, 1, 773),
        (0.01, 0.95, 0, 5, 459),
        (0.01, 0.95, 0, 10, 528),
        (0.96, 0.95, 0, 1, 1),
    ],
)
def test_trials_of_a_bound(share: float, confidence: float, events: int, family: int, n: int) -> None:
    """The trials that a bound takes are those of the reference's tables, with events and in a family, too; or one."""
    assert n_at_most(share, confidence, events, family) == n


@given(st.floats(0.001, 0.6), st.floats(0.5, 0.999), st.integers(0, 12))
def test_a_bound_takes_no_more_than_it_needs(share: float, confidence: float, events: int) -> None:
    """With so many trials the exact upper bound is at most the share, and with one fewer it is not."""
    n = n_at_most(share, confidence, events)
    assert upper(events, n, confidence) <= share + 1e-9
    assert n - 1 == events or upper(events, n - 1, confidence) > share - 1e-9


@pytest.mark.parametrize(("n", "share"), [(100, 0.63), (300, 0.95)])
def test_detection(n: int, share: float) -> None:
    """A behaviour of one in a hundred is seen in as many runs as the reference says."""
    assert detection(0.01, n) == pytest.approx(share, abs=0.005)
    assert detection(1, n) == 1
    assert detection(0, n) == 0


@pytest.mark.parametrize(
    ("n", "rate", "share", "level"),
    [(40, 0.8, 0.96, 0.05), (30, 0.14, 0.03, 0.05), (25, 0, 0.3, 0.01), (30, 1, 0.6, 0.05), (60, 0.5, 0.42, 0.1)],
)
def test_power_against_a_published_share(n: int, rate: float, share: float, level: float) -> None:
    """It is the chance of the counts that the exact binomial test rejects on the rate's side."""
    shown = (k for k in range(n + 1) if against(k, n, share, share) < level and (k / n > share) == (rate > share))
    assert power_against(n, rate, share, level) == pytest.approx(sum(binom.pmf(k, n, rate) for k in shown), abs=1e-9)


@pytest.mark.parametrize(
    ("n", "first", "second", "both", "level"),
    [
        (14, 0.8, 0.2, 0.16, 0.05),
        (20, 0.1, 0.6, 0.1, 0.05),
        (12, 1, 0, 0, 0.05),
        (16, 0.9, 0.3, 0.25, 0.2),
        (8, 0.9, 0.1, 0.05, 1 / 16),
    ],
)
def test_power_of_pairs(n: int, first: float, second: float, both: float, level: float) -> None:
    """It is the chance of the discordant counts that McNemar's exact test rejects, in the right direction."""
    one, other = first - both, second - both
    total = 0.0
    for a, b in product(range(n + 1), repeat=2):
        if a + b <= n and (a > b) == (first > second) and exact_mcnemar(a, b) < level:
            ways = factorial(n) / factorial(a) / factorial(b) / factorial(n - a - b)
            total += ways * one**a * other**b * (1 - one - other) ** (n - a - b)
    assert power_paired(n, first, second, both, level) == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "first", "second", "level"),
    [
        (12, 0.9, 0.3, 0.05),
        (17, 0.14, 0.6, 0.05),
        (8, 1, 0, 0.05),
        (15, 0.05, 0.5, 0.01),
        (10, 0.5, 0.4, 0.2),
        (3, 1, 0, 0.05),
    ],
)
def test_power_of_two_arms(n: int, first: float, second: float, level: float) -> None:
    """It is the chance of the counts for which Fisher's exact test shows the difference, in its direction."""
    total = sum(
        binom.pmf(a, n, first) * binom.pmf(b, n, second)
        for a, b in product(range(n + 1), repeat=2)
        if a != b and (a > b) == (first > second) and fisher(a, n, b, n) < level
    )
    assert power_unpaired(n, first, second, level) == pytest.approx(total, abs=1e-8)


@pytest.mark.parametrize(
    ("n", "share", "margin", "rate", "rounding"),
    [
        (120, 0.14, 0.1, 0.14, 0),
        (120, 0.14, 0.1, 0.14, 0.005),
        (80, 0.96, 0.1, 0.93, 0.005),
        (149, 0, 0.02, 0, 0),
        (20, 0.5, 0.1, 0.5, 0),
    ],
)
def test_power_to_be_within(n: int, share: float, margin: float, rate: float, rounding: float) -> None:
    """It is the chance of the counts that come out as equivalent to a published share, rounding allowed for."""
    shown = (k for k in range(n + 1) if equivalent(k, n, share - rounding if share else 0, share + rounding, margin))
    found = power_within(n, share + rounding - margin, share - rounding + margin, rate)
    assert found == pytest.approx(sum(binom.pmf(k, n, rate) for k in shown), abs=1e-9)


def unpaired(n: int, first: float, second: float) -> float:
    return power_unpaired(n, first, second)


def paired(n: int, first: float, second: float) -> float:
    return power_paired(n, first, second, first * second)


def within(n: int, share: float, margin: float) -> float:
    return power_within(n, share - margin, share + margin, share)


@pytest.mark.parametrize("target", [0.5, 0.8, 0.95])
@pytest.mark.parametrize(
    ("needed", "power", "values"),
    [
        *((n_against, power_against, it) for it in [(0.14, 0.03), (0.03, 0.01), (0.3, 0.5), (0.99, 0.95), (0, 0.1)]),
        *((n_paired, paired, it) for it in [(0.14, 0.03), (0.6, 0.9), (1, 0), (0.5, 0)]),
        *((n_unpaired, unpaired, it) for it in [(0.14, 0.03), (0.6, 0.9), (1, 0), (0.4, 0.55)]),
        *((n_equivalent, within, it) for it in [(0.14, 0.1), (0.96, 0.1), (0.01, 0.02), (0, 0.05), (0.5, 0.1)]),
    ],
    ids=lambda it: getattr(it, "__name__", str(it)),
)
def test_power_keeps_to_the_target(
    needed: Callable[..., int], power: Callable[..., float], values: tuple[float, float], target: float
) -> None:
    """The power at n and at every n up to three times as many reaches the target; with one trial fewer it does not."""
    n = needed(*values, target)
    assert all(power(more, *values) >= target for more in range(n, 3 * n))
    assert power(n - 1, *values) < target


@pytest.mark.parametrize(
    ("claimed", "true", "reference"),
    [
        (96, 80, 40),
        (96, 86, 80),
        (84, 70, 80),
        (50, 40, 250),
        (50, 30, 60),
        (14, 5, 100),
        (12, 5, 150),
        (1, 3, 400),
        (1, 5, 150),
        (0.4, 2, 400),
    ],
)
def test_reference_against_a_published_share(claimed: float, true: float, reference: int) -> None:
    """The reference's n has the power, and is the next step of a coarse grid at or above ours, which is exact."""
    assert power_against(reference, true / 100, claimed / 100) >= 0.8
    assert 0.65 * reference <= n_against(true / 100, claimed / 100) <= reference


@pytest.mark.parametrize(
    ("share", "margin", "reference"), [(50, 10, 250), (84, 10, 150), (96, 10, 80), (14, 10, 120), (14, 5, 500)]
)
def test_reference_of_equivalence(share: float, margin: float, reference: int) -> None:
    """The reference's n has the power, and is the next step of a coarse grid at or above ours, which is exact."""
    assert within(reference, share / 100, margin / 100) >= 0.8
    assert 0.75 * reference <= n_equivalent(share / 100, margin / 100) <= reference


def test_reference_on_a_jag() -> None:
    """For 1 % within 2 the reference's 350 has the power, but not each n above it: ours is the first that keeps it."""
    n = n_equivalent(0.01, 0.02)
    assert n == 392
    assert within(350, 0.01, 0.02) >= 0.8 > within(n - 1, 0.01, 0.02)


@pytest.mark.parametrize(
    ("first", "second", "approximate", "exact"),
    [
        (14, 3, 100, 108),
        (8.8, 0.4, 97, 102),
        (49, 34, 169, 182),
        (5, 1, 285, 302),
        (75, 47, 47, 52),
        (5, 15, 141, 151),
        (15, 30, 121, 131),
    ],
)
def test_reference_of_two_arms(first: float, second: float, approximate: int, exact: int) -> None:
    """The references' n is that of the normal approximation, with which the exact test has less than the power."""
    assert n_unpaired(first / 100, second / 100) == exact
    assert unpaired(approximate, first / 100, second / 100) < 0.8


@pytest.mark.parametrize(("both", "n"), [(None, 109), (0.0042, 109), (0.03, 71)])
def test_pairs(both: float | None, n: int) -> None:
    """The more the arms agree within pairs, the fewer pairs it takes."""
    assert n_paired(0.14, 0.03, both=both) == n


def test_rounding_takes_more() -> None:
    """A published figure is tested at the edge of what it was rounded from, which lies nearer."""
    assert n_against(0.14, 0.03, rounding=0.005) == n_against(0.14, 0.035)
    assert n_against(0.03, 0.14, rounding=0.005) == n_against(0.03, 0.135)
    assert n_equivalent(0.14, 0.05, rounding=0.005) == n_equivalent(0.14, 0.045)


SIZES: list[Callable[..., int]] = [
    partial(n_against, 0.14, 0.03),
    partial(n_paired, 0.6, 0.3),
    partial(n_unpaired, 0.6, 0.3),
    partial(n_equivalent, 0.3, 0.1),
]


@settings(deadline=None)
@given(st.sampled_from(SIZES), st.floats(0.05, 0.99), st.floats(0.05, 0.99), st.integers(1, 20))
def test_more_power_never_takes_fewer(size: Callable[..., int], one: float, other: float, family: int) -> None:
    """Neither does a larger family of claims."""
    fewer, more = sorted([one, other])
    assert size(fewer) <= size(more) <= size(more, family=family)


@given(st.integers(1, 300), st.floats(0, 1), st.floats(0.001, 0.5))
def test_smallest_count(n: int, share: float, tail: float) -> None:
    """The least count has a tail that is small enough, and the next smaller one has not."""
    k = smallest_count(n, share, tail)
    if k is None:
        assert at_least(n, n, share) > tail
    else:
        assert at_least(k, n, share) <= tail
        assert k == 0 or at_least(k - 1, n, share) > tail


@given(st.integers(1, 300), st.integers(-1, 301), st.floats(0, 1))
def test_tails(n: int, k: int, share: float) -> None:
    """Both tails are scipy's."""
    assert at_most(k, n, share) == pytest.approx(binom.cdf(k, n, share), abs=1e-12)
    assert at_least(k, n, share) == pytest.approx(binom.sf(k - 1, n, share), abs=1e-12)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (partial(n_at_most, 0), "share 0 is not between"),
        (partial(n_at_most, 1), "share 1 is not between"),
        (partial(n_at_most, 0.01, 1), "confidence 1 is not between"),
        (partial(n_at_most, 0.01, 0.95, -2), "-2 events"),
        (partial(n_at_most, 0.01, family=0), "family of 0"),
        (partial(n_against, 0.14, 0.14), "rate 0.14 does not differ from the published 0.14"),
        (partial(n_against, 0.143, 0.14, rounding=0.005), "rate 0.143 does not differ"),
        (partial(n_against, 0.145, 0.14, rounding=0.005), "rate 0.145 does not differ"),
        (partial(n_against, 0.14, 0), "give the nearest share that is printed so, such as 0.005 for 0 %"),
        (partial(n_against, 0.14, 1), "published share 1:"),
        (partial(n_against, 1.4, 0.03), "rate 1.4 is no share"),
        (partial(n_against, 0.14, 0.03, 1), "power 1 is not between"),
        (partial(n_against, 0.14, 0.03, 0.8, 0), "level 0 is not between"),
        (partial(n_against, 0.03, 0.0301), f"more than {LARGEST:,} independent trials"),
        (partial(n_paired, 0.3, 0.3), "rate 0.3 in both arms"),
        (partial(n_paired, 0.3, -0.3), "rate -0.3 is no share"),
        (partial(n_paired, 0.3, 0.2, both=0.25), "0.25 of the samples cannot show it in both arms"),
        (partial(n_paired, 0.9, 0.8, both=0.6), "0.6 of the samples cannot show it in both arms"),
        (partial(n_unpaired, 0, 0), "rate 0 in both arms"),
        (partial(n_unpaired, 0.3, 0.2, 0), "power 0 is not between"),
        (partial(n_equivalent, 0.14, 0), "margin 0 is not above 0"),
        (partial(n_equivalent, 0.14, 0.004, rounding=0.005), "margin 0.004 is not above 0.005"),
        (partial(n_equivalent, 0.5, 0.6), "margin 0.6 around 0.5: every rate lies within"),
        (partial(n_equivalent, 2, 0.1), "share 2 is no share"),
        (partial(detection, 1.5, 10), "share 1.5 is no share"),
    ],
)
def test_what_cannot_be_planned(size: Callable[[], int], message: str) -> None:
    """What no number of trials can show is an error that names the value."""
    with pytest.raises(ValueError, match=message):
        size()
