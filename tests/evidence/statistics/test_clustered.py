"""The three clustered bounds: what they are by hand, and whether they cover where outcomes of a cluster are alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln

from gyges.evidence.statistics.bounds import interval, upper
from gyges.evidence.statistics.clustered import CORRELATION, Bounds, Counts, clustered_bounds, effective

SIMULATED = 20_000


def bounds(counts: Counts, correlation: float = CORRELATION) -> Bounds:
    """Those of counts that are not empty."""
    found = clustered_bounds(counts, correlation)
    assert found
    return found


@pytest.mark.parametrize(
    ("sizes", "correlation", "expected"),
    [
        ([10] * 10, 0.0, 100),
        ([10] * 10, 1.0, 10),
        ([10] * 10, 0.5, 100 / 5.5),
        ([20] * 5, 0.3, 100 / 6.7),
        ([20] * 5, 0.6, 100 / 12.4),
        ([7] * 28, 0.3, 70),
        ([1] * 300, 0.9, 300),
        ([4, 2], 0.5, 6 / (1 + (20 / 6 - 1) / 2)),
        ([9, 1], 1.0, 100 / 82),
        ([1], 1.0, 1),
    ],
)
def test_what_clusters_are_worth(sizes: list[int], correlation: float, expected: float) -> None:
    """Kish's effective size, by hand and from the research notes (design effects 6.7 and 12.4; 196 are worth 70)."""
    assert effective(sizes, correlation) == pytest.approx(expected, rel=1e-9)


def test_zero_events() -> None:
    """10 clusters of 10 without an event: each bound is 1 - 0.05 ** (1 / n) of its own n."""
    found = bounds([(0, 10)] * 10)
    assert [found.independent, found.declared, found.per_cluster] == pytest.approx(
        [1 - 0.05 ** (1 / n) for n in (100, 100 / 5.5, 10)]
    )
    assert found.interval == (0.0, pytest.approx(1 - 0.025 ** (5.5 / 100)))
    assert (found.clusters, found.correlation, found.confidence) == (10, 0.5, 0.95)


def test_unequal_clusters_with_events() -> None:
    """The counts are divided by the design effect; a cluster that fired four times counts once per cluster."""
    found = bounds([(4, 8), (0, 2), (1, 2)], 0.25)
    worth = 12 / (1 + (72 / 12 - 1) / 4)
    assert found.effective == pytest.approx(worth)
    assert found.independent == upper(5, 12)
    assert found.declared == pytest.approx(upper(5 / 12 * worth, worth))
    assert found.interval == pytest.approx(interval(5 / 12 * worth, worth))
    assert found.per_cluster == upper(2, 3)


def test_without_clusters_there_are_no_bounds() -> None:
    """Nothing was run, so nothing is said."""
    assert clustered_bounds([]) is None


counts = st.lists(st.integers(1, 12).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m))), min_size=1)


@settings(deadline=None)
@given(counts, st.floats(0, 1))
def test_order_of_the_bounds(clusters: list[tuple[int, int]], correlation: float) -> None:
    """Declaring a correlation never narrows, the rate lies inside, and the effective number is within its limits."""
    found = bounds(clusters, correlation)
    k, n = (sum(it) for it in zip(*clusters, strict=True))
    assert n**2 / sum(m * m for _, m in clusters) <= found.effective * (1 + 1e-12)
    assert found.effective <= n
    assert k / n <= found.independent <= found.declared * (1 + 1e-9)
    assert found.interval[0] <= k / n <= found.interval[1]
    assert found.declared <= found.interval[1] + 1e-9


@settings(deadline=None)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=80), st.floats(0, 1))
def test_with_one_trial_each_all_three_are_the_same(events: list[int], correlation: float) -> None:
    """There is nothing to be alike within a cluster of one."""
    found = bounds([(k, 1) for k in events], correlation)
    assert [found.declared, found.per_cluster] == pytest.approx([found.independent] * 2, rel=1e-9)
    assert found.interval == pytest.approx(interval(sum(events), len(events)), rel=1e-9)


def beta_binomial(rate: float, correlation: float, clusters: int, each: int) -> tuple[np.ndarray, float]:
    """Simulated events of each cluster, and the true share of clusters that ever fire."""
    a, b = (share * (1 - correlation) / correlation for share in (rate, 1 - rate))
    own = np.random.default_rng(7).beta(a, b, (SIMULATED, clusters))
    return np.random.default_rng(8).binomial(each, own), 1 - float(np.exp(betaln(a, b + each) - betaln(a, b)))


def spread(k: int, clusters: int, each: int) -> Counts:
    """So many events over clusters of one size; the bounds over trials do not depend on how they are spread."""
    full, rest = divmod(k, each)
    return [(each, each)] * full + [(rest, each)] * (full < clusters) + [(0, each)] * (clusters - full - 1)


NOTES = [(0.01, 0.2, 50, 6, 0.861), (0.01, 0.5, 50, 6, 0.712), (0.03, 0.5, 20, 10, 0.730), (0.03, 0.5, 100, 5, 0.836)]
"""Rate, correlation, clusters, trials each, and how often the naive bound covers by the research notes."""


@pytest.mark.parametrize(
    ("rate", "correlation", "clusters", "each", "naive"),
    [*NOTES, (0.14, 0.5, 20, 10, None), (0.5, 0.5, 20, 10, None), (0.14, 0.5, 50, 6, None), (0.1, 0.9, 40, 5, None)],
)
def test_coverage(rate: float, correlation: float, clusters: int, each: int, naive: float | None) -> None:
    """Simulated beta-binomially: the naive bound undercovers, declared (with the true one) and per cluster do not.

    The share of clusters that ever fire bounds the rate over trials, too.
    """
    events, ever = beta_binomial(rate, correlation, clusters, each)
    total = events.sum(axis=1)
    by_total = [bounds(spread(k, clusters, each), correlation) for k in range(total.max() + 1)]
    two_sided = np.array([it.interval for it in by_total])[total]
    by_fired = np.array([bounds([(1, each)] * k + [(0, each)] * (clusters - k)).per_cluster for k in range(clusters)])
    per_cluster = np.append(by_fired, 1.0)[(events > 0).sum(axis=1)]
    independent = (np.array([it.independent for it in by_total])[total] >= rate).mean()
    noise = 3 * (0.95 * 0.05 / SIMULATED) ** 0.5
    assert independent < 0.87
    assert naive is None or independent == pytest.approx(naive, abs=0.015)
    assert (np.array([it.declared for it in by_total])[total] >= rate).mean() >= 0.95 - noise
    assert ((two_sided[:, 0] <= rate) & (rate <= two_sided[:, 1])).mean() >= 0.95 - noise
    assert (per_cluster >= ever).mean() >= 0.95 - noise
    assert (per_cluster >= rate).mean() >= 0.95 - noise


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([(0, 5), (6, 5)],), "cluster 2 has 6 events in 5 trials"),
        (([(-1, 5)],), "cluster 1 has -1 events"),
        (([(0, 0)],), "cluster 1 has 0 events in 0 trials"),
        (([(0, 5)], 1.1), r"correlation 1\.1 "),
        (([(0, 5)], float("nan")), "correlation nan"),
        (([(0, 5)], 0.5, 95), "confidence 95"),
    ],
)
def test_what_is_out_of_range_is_an_error(arguments: tuple[Counts, *tuple[float, ...]], named: str) -> None:
    """The offending value is named."""
    with pytest.raises(ValueError, match=named):
        clustered_bounds(*arguments)


@pytest.mark.parametrize(
    ("sizes", "correlation", "named"),
    [([], 0.5, "no clusters"), ([3, 0], 0.5, "a cluster of 0 trials"), ([3], -0.1, r"correlation -0\.1")],
)
def test_what_is_worth_nothing_is_an_error(sizes: list[int], correlation: float, named: str) -> None:
    """Without clusters, with an empty one, or with a correlation that is none."""
    with pytest.raises(ValueError, match=named):
        effective(sizes, correlation)
