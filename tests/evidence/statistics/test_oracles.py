"""The arithmetic against others': golden values in a file, what was printed, and statsmodels as it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import binom_test, confint_proportions_2indep, proportion_confint

from gyges.evidence.statistics.bounds import interval, upper, wilson
from gyges.evidence.statistics.clustered import Bounds, clustered_bounds
from gyges.evidence.statistics.holm import holm
from gyges.evidence.statistics.proportions import exact_mcnemar, newcombe
from gyges.evidence.statistics.published import against, fisher, jeffreys_above

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "statistics.json").read_text())


def cases(block: str) -> Any:
    """A test for each case of one block of the file."""
    return pytest.mark.parametrize("case", VECTORS[block]["cases"], ids=str)


def without_events(clusters: int, each: int) -> Bounds:
    """Bounds of so many clusters, none with an event."""
    found = clustered_bounds([(0, each)] * clusters)
    assert found
    return found


PRINTED: dict[str, Callable[..., float | tuple[float, float]]] = {
    "interval": interval,
    "upper": upper,
    "wilson": wilson,
    "newcombe": newcombe,
    "fisher": fisher,
    "against": against,
    "declared": lambda clusters, each: without_events(clusters, each).declared,
    "per_cluster": lambda clusters, each: without_events(clusters, each).per_cluster,
}


@pytest.mark.parametrize("block", VECTORS["published"], ids=lambda block: f"{block['of']}: {block['source']}")
def test_what_was_printed(block: dict[str, Any]) -> None:
    """Every figure of a paper, a manual or the research notes comes out to the digits printed there."""
    for case in block["cases"]:
        found = PRINTED[block["of"]](*case["arguments"])
        assert found == pytest.approx(case["value"], abs=0.5 * 10 ** -block["digits"] + 1e-9), case


@cases("exact")
def test_golden_exact_intervals(case: dict[str, Any]) -> None:
    """Clopper and Pearson's interval is that of statsmodels."""
    assert interval(case["k"], case["n"], case["confidence"]) == pytest.approx(case["bounds"], rel=1e-8)


@cases("wilson")
def test_golden_wilson_intervals(case: dict[str, Any]) -> None:
    """Wilson's interval is that of statsmodels."""
    assert wilson(case["k"], case["n"], case["confidence"]) == pytest.approx(case["bounds"], rel=1e-8, abs=1e-15)


@cases("newcombe")
def test_golden_newcombe_intervals(case: dict[str, Any]) -> None:
    """Newcombe's interval is that of statsmodels."""
    assert newcombe(*case["counts"], case["confidence"]) == pytest.approx(case["bounds"], rel=1e-8, abs=1e-12)


@cases("fisher")
def test_golden_fisher(case: dict[str, Any]) -> None:
    """Fisher's p is that of scipy."""
    assert fisher(*case["counts"]) == pytest.approx(case["p"], rel=1e-8)


@cases("against")
def test_golden_one_sample_tests(case: dict[str, Any]) -> None:
    """The p against a rounding interval is that of the binomial test at the edge that is nearest."""
    assert against(case["k"], case["n"], case["low"], case["high"]) == pytest.approx(case["p"], rel=1e-8)


@cases("mcnemar")
def test_golden_mcnemar(case: dict[str, Any]) -> None:
    """The paired p is that of statsmodels."""
    assert exact_mcnemar(case["b"], case["c"]) == pytest.approx(case["p"], rel=1e-8)


@cases("holm")
def test_golden_holm(case: dict[str, Any]) -> None:
    """The adjusted p values are those of statsmodels."""
    assert holm(case["p"]) == pytest.approx(case["adjusted"], rel=1e-8)


@cases("jeffreys")
def test_golden_jeffreys(case: dict[str, Any]) -> None:
    """At the ends of statsmodels' Jeffreys interval the rate is above with 95 % and with 5 %."""
    above = [jeffreys_above(case["k"], case["n"], bound) for bound in case["bounds"]]
    assert above == pytest.approx([0.95, 0.05], rel=1e-6)


rates = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@settings(deadline=None)
@given(rates, confidences)
def test_statsmodels_agrees_on_one_rate(rate: tuple[int, int], confidence: float) -> None:
    """Exact and Wilson intervals over a range of counts; the one-sided bound is the end of a wider interval."""
    k, n = rate
    exact = proportion_confint(k, n, alpha=1 - confidence, method="beta")
    assert interval(k, n, confidence) == pytest.approx(exact, rel=1e-7)
    score = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    assert wilson(k, n, confidence) == pytest.approx(score, rel=1e-7, abs=1e-14)
    wider = proportion_confint(k, n, alpha=2 * (1 - confidence), method="beta")[1]
    assert upper(k, n, confidence) == pytest.approx(wider, rel=1e-7)


@settings(deadline=None)
@given(rates, rates, confidences)
def test_statsmodels_agrees_on_differences(first: tuple[int, int], second: tuple[int, int], confidence: float) -> None:
    """Newcombe's interval over a range of counts."""
    expected = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff", alpha=1 - confidence)
    assert newcombe(*first, *second, confidence) == pytest.approx(expected, rel=1e-7, abs=1e-10)


@settings(deadline=None)
@given(rates, st.floats(0.01, 0.99))
def test_statsmodels_agrees_on_one_sample_tests(rate: tuple[int, int], share: float) -> None:
    """The exact binomial test of a figure that is taken as exact."""
    k, n = rate
    assert against(k, n, share, share) == pytest.approx(binom_test(k, n, prop=share), rel=1e-7)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_statsmodels_agrees_on_paired_tests(only_first: int, only_second: int) -> None:
    """The exact McNemar test over a range of discordant pairs."""
    expected = mcnemar([[7, only_first], [only_second, 5]], exact=True).pvalue if only_first + only_second else 1.0
    assert exact_mcnemar(only_first, only_second) == pytest.approx(expected, rel=1e-7)


@settings(max_examples=8, deadline=None)  # statsmodels collects garbage at each call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_statsmodels_agrees_on_holm(ps: list[float]) -> None:
    """Holm's correction of any family of tests, ties included."""
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1].tolist())
