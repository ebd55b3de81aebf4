"""Own counts against published figures: fixtures, and error rates at the borders with every outcome counted."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact

from gyges.evidence.statistics.bounds import interval
from gyges.evidence.statistics.proportions import newcombe
from gyges.evidence.statistics.published import (
    LEVEL,
    LIMIT,
    against,
    default_margin,
    equivalent,
    fisher,
    jeffreys_above,
    tipping_n,
)


def chance(n: int, share: float, outcomes: np.ndarray) -> float:
    """Of outcomes (true or false for each count) at a true share."""
    return float(binom.pmf(np.arange(n + 1), n, share)[outcomes].sum())


@pytest.mark.parametrize(
    ("k", "n", "low", "high", "edge"),
    [(41, 50, 0.955, 0.965, 0.955), (200, 200, 0.955, 0.965, 0.965), (0, 60, 0.1, 0.2, 0.1), (9, 10, 0.5, 0.5, 0.5)],
)
def test_the_nearest_edge_is_tested(k: int, n: int, low: float, high: float, edge: float) -> None:
    """A rate below the figure is tested against its lower edge, one above against its upper."""
    assert against(k, n, low, high) == against(k, n, edge, edge) < 0.05


@pytest.mark.parametrize(("k", "n"), [(10, 100), (15, 100), (20, 100)])
def test_inside_the_edges_there_is_no_difference(k: int, n: int) -> None:
    """A rate within what the figure was rounded from gives p = 1."""
    assert against(k, n, 0.1, 0.2) == 1.0


@pytest.mark.parametrize("n", [20, 50, 100])
def test_a_true_figure_is_rarely_contradicted(n: int) -> None:
    """Wherever the true rate lies within the edges, p falls below 5 % in at most 5 of 100 runs."""
    for per_cent in range(0, 101, 5):
        low, high = max(0.0, per_cent / 100 - 0.005), min(1.0, per_cent / 100 + 0.005)
        rejected = np.array([against(k, n, low, high) < LEVEL for k in range(n + 1)])
        assert max(chance(n, share, rejected) for share in np.linspace(low, high, 5)) <= LEVEL


@pytest.mark.parametrize(("n1", "n2"), [(20, 30), (40, 40)])
def test_equal_rates_are_rarely_told_apart(n1: int, n2: int) -> None:
    """Wherever the common true rate lies, Fisher's p falls below 5 % in at most 5 of 100 pairs of runs."""
    rejected = np.array([[fisher(k1, n1, k2, n2) < LEVEL for k2 in range(n2 + 1)] for k1 in range(n1 + 1)])
    for share in np.linspace(0.01, 0.99, 50):
        both = binom.pmf(range(n1 + 1), n1, share) @ rejected @ binom.pmf(range(n2 + 1), n2, share)
        assert both <= LEVEL


@pytest.mark.parametrize(
    ("k", "n", "share", "expected"),
    [(41, 50, 0.96, 51), (7, 20, 0.5, None), (12, 100, 0.14, None), (0, 50, 0.06, None), (0, 2000, 1.0, 1)],
)
def test_tipping_n(k: int, n: int, share: float, expected: int | None) -> None:
    """41 of 50 differ from 96 % from n = 51 on (0.051 at 50); what a figure of any n cannot tell has none."""
    assert tipping_n(k, n, share) == expected


@pytest.mark.parametrize(
    ("k", "n", "share"),
    [(14, 100, 0.05), (80, 100, 0.96), (0, 30, 0.2), (30, 30, 0.843), (5, 40, 0.3), (75, 300, 0.33), (12, 25, 0.21)],
)
def test_from_the_tipping_n_on_p_stays_below(k: int, n: int, share: float) -> None:
    """Just before it p is not below the level; from there on it is: the next 200 n and a spread of others, by scipy."""

    def p(size: int) -> float:
        events = round(share * size)
        return float(fisher_exact([[k, n - k], [events, size - events]]).pvalue)

    found = tipping_n(k, n, share)
    assert found
    assert p(found - 1) >= LEVEL
    beyond = np.geomspace(found, LIMIT, 150).round().astype(int).tolist()
    assert max(map(p, [*range(found, found + 200), *beyond])) < LEVEL


def test_a_stricter_level_tips_later() -> None:
    """The level is heeded, and a figure that lies nearer needs a larger n."""
    assert (tipping_n(41, 50, 0.96, 0.01) or 0) > (tipping_n(41, 50, 0.96) or 0)
    assert (tipping_n(41, 50, 0.93) or 0) > (tipping_n(41, 50, 0.96) or 0)


@pytest.mark.parametrize(
    ("share", "margin"),
    [
        *((0, 0.02), (0.049, 0.02), (0.96, 0.02), (1, 0.02)),
        *((0.05, 0.05), (0.19, 0.05), (0.81, 0.05), (0.95, 0.05), (1 - 0.05, 0.05)),
        *((0.2, 0.1), (0.5, 0.1), (0.8, 0.1), (1 - 0.2, 0.1)),
    ],
)
def test_default_margin(share: float, margin: float) -> None:
    """Its three steps are the same from both ends, and their edges get the wider one."""
    assert default_margin(share) == margin


@pytest.mark.parametrize(
    ("k", "n", "low", "high", "margin", "claim_n", "expected"),
    [
        (12, 100, 0.135, 0.145, 0.1, None, True),
        (12, 100, 0.14, 0.14, 0.1, None, True),
        (12, 100, 0.135, 0.145, 0.05, None, False),
        (41, 50, 0.955, 0.965, 0.1, None, False),
        (41, 50, 0.96, 0.96, 0.1, 100, False),
        (7, 20, 0.345, 0.355, 0.1, None, False),
        (120, 1000, 0.135, 0.145, 0.05, 1000, True),
        (120, 1000, 0.135, 0.145, 0.05, 100, False),
        (30, 30, 0.995, 1.0, 0.1, None, True),
        (60, 400, 0.1, 0.2, 0.05, None, False),
        (50, 100, 0.495, 0.505, 0.1, None, True),
        (49, 100, 0.495, 0.505, 0.1, None, False),
        (51, 100, 0.495, 0.505, 0.1, None, False),
        (49, 100, 0.495, 0.495, 0.1, None, True),
        (51, 100, 0.505, 0.505, 0.1, None, True),
        (0, 100, 0.1, 0.1, 0.1, None, False),
        (100, 100, 0.7, 0.7, 0.3, None, False),
        (0, 100, 0.1, 0.1, 0.1001, None, True),
    ],
)
def test_equivalence(
    k: int, n: int, low: float, high: float, margin: float, claim_n: int | None, expected: bool
) -> None:
    """Small samples, narrow margins and touching them show nothing; the published n, where known, counts as well."""
    assert equivalent(k, n, low, high, margin, claim_n) is expected


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_equivalence_is_the_90_per_cent_interval(n: int, data: st.DataObject) -> None:
    """It says yes where the interval that is shown lies within the margin, and only there."""
    k, m = data.draw(st.integers(0, n)), data.draw(st.integers(1, 300))
    events = data.draw(st.integers(0, m))
    margin = data.draw(st.sampled_from([0.05, 0.1, 0.3]))
    share = events / m
    least, most = interval(k, n, 0.9)
    assert equivalent(k, n, share, share, margin) is (share - margin < least - 1e-9 and most + 1e-9 < share + margin)
    least, most = newcombe(k, n, events, m, 0.9)
    assert equivalent(k, n, share, share, margin, m) is (-margin < least and most < margin)


def test_every_count_behind_a_rounded_figure_must_agree() -> None:
    """Of 400, 14 % can be 54 to 58: the two outer ones decide; of 3, no count is 14 %, and the edges serve."""
    for k in range(401):
        each = [equivalent(k, 400, count / 400, count / 400, 0.05, 400) for count in range(54, 59)]
        assert equivalent(k, 400, 0.135, 0.145, 0.05, 400) is all(each)
    for k in range(101):
        ends = [newcombe(k, 100, count, 3, 0.9) for count in (0.405, 0.435)]
        expected = all(least > -0.6 and most < 0.6 for least, most in ends)
        assert equivalent(k, 100, 0.135, 0.145, 0.6, 3) is expected


@pytest.mark.parametrize(
    ("per_cent", "margin", "n"),
    [(50, 0.1, 250), (84, 0.1, 150), (96, 0.1, 80), (14, 0.1, 120), (14, 0.05, 500), (1, 0.02, 350)],
)
def test_power_is_what_the_research_notes_say(per_cent: int, margin: float, n: int) -> None:
    """With so many trials an equal rate passes in about 80 of 100 runs: in 79 to 93, the figure taken as exact."""
    share = per_cent / 100
    passed = np.array([equivalent(k, n, share, share, margin) for k in range(n + 1)])
    assert 0.79 <= chance(n, share, passed) <= 0.93


@pytest.mark.parametrize("n", [30, 100, 300])
@pytest.mark.parametrize(("per_cent", "margin"), [(50, 0.1), (84, 0.1), (14, 0.1), (14, 0.05), (1, 0.02), (9.5, 0.1)])
def test_a_rate_at_the_margin_is_rarely_called_equivalent(n: int, per_cent: float, margin: float) -> None:
    """At a distance of the margin from an edge of the figure, or from its other edge, at most 5 of 100 runs pass."""
    low, high = per_cent / 100 - 0.005, per_cent / 100 + 0.005
    passed = np.array([equivalent(k, n, low, high, margin) for k in range(n + 1)])
    for edge, side in product((low, high), (-margin, margin)):
        if 0 <= edge + side <= 1:  # 0 and 1 included
            assert chance(n, edge + side, passed) <= LEVEL


@pytest.mark.parametrize(("n1", "n2", "margin"), [(60, 100, 0.1), (100, 200, 0.1), (100, 200, 0.05), (100, 30, 0.2)])
def test_two_rates_at_the_margin_are_seldom_called_equivalent(n1: int, n2: int, margin: float) -> None:
    """Both counts drawn: 5 of 100 at most on average over true rates, and 6.2 at the worst of them."""
    passed = np.array(
        [[equivalent(k1, n1, k2 / n2, k2 / n2, margin, n2) for k2 in range(n2 + 1)] for k1 in range(n1 + 1)]
    )
    found = [
        binom.pmf(range(n1 + 1), n1, share + side) @ passed @ binom.pmf(range(n2 + 1), n2, share)
        for share, side in product(np.linspace(0, 1, 51), (-margin, margin))
        if 0 <= share + side <= 1
    ]
    assert np.mean(found) <= LEVEL
    assert max(found) <= 0.062


@pytest.mark.parametrize(("threshold", "expected"), [(1.06, 0), (1, 0), (0.5, 0.5), (0, 1), (-0.02, 1)])
def test_jeffreys(threshold: float, expected: float) -> None:
    """50 of 100: half above one half; a threshold outside 0 to 1 is passed surely or never."""
    assert jeffreys_above(50, 100, threshold) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: fisher(5, 4, 0, 1), "5 events in 4 trials"),
        (lambda: fisher(0, 4, 0, 0), "0 events in 0 trials"),
        (lambda: against(-1, 4, 0.1, 0.2), "-1 events in 4"),
        (lambda: against(1, 4, 0.2, 0.1), r"0\.2 to 0\.1"),
        (lambda: against(1, 4, 95.5, 96.5), r"95\.5 to 96\.5"),
        (lambda: tipping_n(1, 0, 0.5), "1 events in 0"),
        (lambda: tipping_n(1, 4, 96), "96 to 96"),
        (lambda: tipping_n(1, 4, 0.96, 5), "level 5 "),
        (lambda: default_margin(-0.1), r"-0\.1 to"),
        (lambda: equivalent(1, 4, 0.1, 0.2, 0), "margin 0 "),
        (lambda: equivalent(1, 4, 0.1, 0.2, 0.1, 0), "a published n of 0"),
        (lambda: equivalent(1, 4, 0.1, float("nan"), 0.1), r"0\.1 to nan"),
        (lambda: equivalent(9, 4, 0.1, 0.2, 0.1), "9 events in 4"),
        (lambda: jeffreys_above(9, 4, 0.1), "9 events in 4"),
        (lambda: jeffreys_above(1, 4, float("nan")), "threshold nan"),
    ],
)
def test_what_is_out_of_range_is_an_error(call: Callable[[], object], named: str) -> None:
    """The offending value is named."""
    with pytest.raises(ValueError, match=named):
        call()
