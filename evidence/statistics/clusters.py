"""Inference where observations come in clusters, such as several answers to one query; the cluster is the unit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, permutation_test, t

from .bounds import CONFIDENCE

RESAMPLES = 4999
SEED = 20241218
"""The same logs give the same numbers, to the last digit."""

Draws = NDArray[np.float64]


def sign_flip(differences: Sequence[int | Fraction]) -> float:
    """Two-sided p of the exact sign-flip (randomisation) test that the clusters' differences are symmetric about 0.

    All 2^n assignments of signs are counted, by adding one cluster after another to the distribution of the sum. With
    one pair a cluster this is the exact McNemar test. Source of the test: Fisher 1935, The Design of Experiments, § 21.
    """
    scale = lcm(*(Fraction(it).denominator for it in differences))
    whole = [int(it * scale) for it in differences]
    sums = np.ones(1)
    for size in map(abs, whole):
        if size:
            sums = (np.pad(sums, (0, 2 * size)) + np.pad(sums, (2 * size, 0))) / 2
    centre, seen = len(sums) // 2, abs(sum(whole))
    if not seen:
        return 1.0
    return float(min(1.0, sums[: centre - seen + 1].sum() + sums[centre + seen :].sum()))


def resampled(totals: Sequence[float], sizes: Sequence[int], stream: int = 0) -> Draws:
    """Bootstrap draws of sum(totals) / sum(sizes), clusters drawn with replacement; each `stream` has its own draws."""
    rng = np.random.default_rng((SEED, stream))
    n = len(totals)
    draws = rng.multinomial(n, np.full(n, 1 / n), RESAMPLES)
    return np.asarray((draws @ np.asarray(totals, float)) / (draws @ np.asarray(sizes, float)))


def percentile(draws: Draws, clusters: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The expanded percentile interval of bootstrap draws over so many clusters.

    The plain one is too narrow with few clusters; this one takes quantiles as far out as Student's t asks for
    (Hesterberg 2015, The American Statistician 69(4), section 3.3). Fewer than two clusters say nothing: -1 to 1.
    """
    if clusters < 2:
        return -1.0, 1.0
    out = float(norm.cdf(-sqrt(clusters / (clusters - 1)) * t.ppf(0.5 + confidence / 2, clusters - 1)))
    low, high = np.quantile(draws, [out, 1 - out])
    return float(low), float(high)


def permuted(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided p of the permutation test of two means over clusters that belong to one side or the other; seeded."""
    found = permutation_test(
        (first, second),
        lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis),
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(SEED),
    )
    return float(found.pvalue)
