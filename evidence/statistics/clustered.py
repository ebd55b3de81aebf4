"""Bounds of a rate whose trials come in clusters, such as the epochs of one wording; each with its assumption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .bounds import CONFIDENCE, interval, upper

CORRELATION = 0.5
"""Declared correlation of the outcomes of one cluster.

It is declared before the run and not estimated from it. Without an event nothing can be estimated, and that is the case
that matters most. With few events or few clusters the estimate is noise and mostly too small, so that a bound made with
it covers less than it says (`docs/statistics.md` has figures).
"""

Counts = Sequence[tuple[int, int]]
"""(events, trials) of each cluster; trials > 0."""


@dataclass(frozen=True)
class Bounds:
    """What a clustered rate can be, as shares."""

    correlation: float
    """The one that was declared."""

    confidence: float
    clusters: int
    effective: float
    """How many independent trials these are worth at the declared correlation."""

    interval: tuple[float, float]
    """Two-sided, of the rate over trials, at the declared correlation."""

    independent: float
    """One-sided upper bound of the rate over trials, if those of one cluster were as independent as those of two."""

    declared: float
    """One-sided upper bound of the rate over trials, at the declared correlation."""

    per_cluster: float
    """One-sided upper bound of the share of clusters in which the event ever happens, in as many trials as were run.

    It assumes nothing of the correlation. That share is never below the rate over trials (clusters counting alike), so
    it bounds that as well.
    """


def effective(sizes: Sequence[int], correlation: float) -> float:
    """How many independent trials clusters of these sizes are worth: n / design effect (Kish 1965, Survey Sampling).

    The design effect is 1 + (m - 1) correlation with m = sum of squared sizes / sum of sizes, the mean size for equal
    clusters and more for unequal ones (Eldridge, Ashby and Kerry 2006, International Journal of Epidemiology 35(5)).

    Raises ValueError unless there are clusters, each size is positive and 0 <= correlation <= 1.
    """
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation {correlation} is not between 0 and 1")
    if not sizes:
        raise ValueError("no clusters: without any there is no effective number of trials")
    if (least := min(sizes)) <= 0:
        raise ValueError(f"a cluster of {least} trials: leave out clusters that were not run")
    n = sum(sizes)
    return n / (1 + (sum(m * m for m in sizes) / n - 1) * correlation)


def clustered_bounds(counts: Counts, correlation: float = CORRELATION, confidence: float = CONFIDENCE) -> Bounds | None:
    """The interval and the three upper bounds; None without clusters.

    At the declared correlation the counts are divided by the design effect and get exact bounds (Korn and Graubard
    1998, Survey Methodology 24(2), without their factor for an estimated design effect). Where every cluster has one
    trial, the three upper bounds are the same.

    Raises ValueError unless 0 <= events <= trials and trials > 0 in each cluster, 0 <= correlation <= 1 and
    0 < confidence < 1.
    """
    if not counts:
        return None
    for nth, (events, trials) in enumerate(counts, 1):
        if not 0 <= events <= trials or not trials:
            raise ValueError(f"cluster {nth} has {events} events in {trials} trials: 0 <= k <= n and n > 0 are needed")
    k, n, clusters = sum(it for it, _ in counts), sum(it for _, it in counts), len(counts)
    worth = effective([trials for _, trials in counts], correlation)
    shrink = worth / n
    return Bounds(
        correlation=correlation,
        confidence=confidence,
        clusters=clusters,
        effective=worth,
        interval=interval(k * shrink, n * shrink, confidence),
        independent=upper(k, n, confidence),
        declared=upper(k * shrink, n * shrink, confidence),
        per_cluster=upper(sum(it > 0 for it, _ in counts), clusters, confidence),
    )
