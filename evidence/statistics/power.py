"""The exact chance that a test, run on so many samples, comes out as planned; each as a share.

Every function enumerates the counts that can occur. Power as a function of n is jagged, because counts are whole.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, gammaln, xlog1py, xlogy
from scipy.stats import norm

from .published import LEVEL

_TIE = 1 + 1e-7
"""Chances that differ by less count as equal, as in scipy's binomtest."""

_REACH = 7
"""Standard deviations of a count, to either side, that are enumerated."""

_Numbers = NDArray[np.float64]
_Counts = NDArray[np.int64]


def power_against(n: int, rate: float, against: float, level: float = LEVEL) -> float:
    """The chance that n trials of a rate differ from a fixed share, on the rate's side of it.

    The test is the exact two-sided binomial test that adds up the outcomes no likelier than the one seen (scipy's
    `binomtest`). 0 < against < 1.
    """
    first, chances = _binomial(n, against)
    order = np.sort(chances)
    p = np.cumsum(order)[np.searchsorted(order, chances * _TIE, side="right") - 1]
    rejected = np.flatnonzero(p < level) + first
    if rate > against:
        above = rejected[rejected > n * against]
        return at_least(int(above[0]), n, rate) if above.size else 0.0
    below = rejected[rejected < n * against]
    return at_most(int(below[-1]), n, rate) if below.size else 0.0


def power_paired(n: int, first: float, second: float, both: float, level: float = LEVEL) -> float:
    """The chance that the exact McNemar test shows the difference of two rates over n pairs, in its direction.

    Args:
        n: Pairs: samples that each stand in both arms.
        first: Share of the samples with the event in the first arm.
        second: Share in the second.
        both: Share with the event in both; first * second where the arms are independent within a pair.
        level: Two-sided.
    """
    more, fewer = max(first, second) - both, min(first, second) - both
    discordant = more + fewer
    start, chances = _binomial(n, discordant)
    shown = np.array([_sign_test(pairs, more / discordant, level) for pairs in range(start, start + len(chances))])
    return float(min(1.0, chances @ shown))


@lru_cache(maxsize=1 << 16)
def _sign_test(discordant: int, share: float, level: float) -> float:
    """The chance that so many discordant pairs, of which each falls to one side with this chance, reject one half."""
    k = smallest_count(discordant, 0.5, level / 2, strictly=True)
    return at_least(k, discordant, share) if k is not None else 0.0


def power_unpaired(n: int, first: float, second: float, level: float = LEVEL) -> float:
    """The chance that Fisher's exact test shows the difference of two rates, in its direction, with n in each arm.

    With arms of one size the conditional distribution is symmetric, so the two-sided p is twice a tail.
    """
    high, low = max(first, second), min(first, second)
    start, of_low = _binomial(n, low)
    begin, of_high = _binomial(n, high)
    mean, reach = n * (high + low), _REACH * sqrt(n * (high * (1 - high) + low * (1 - low))) + 10
    totals = np.arange(max(0, floor(mean - reach)), min(2 * n, ceil(mean + reach)) + 1)
    counts = np.arange(start, start + len(of_low))
    # Of a total, the lower arm may have so many at most; this grows with the total, so each count has a least total.
    allowed = np.maximum.accumulate(totals - _fisher_counts(n, totals, level))
    place = np.searchsorted(allowed, counts)
    needed = np.where(place < len(totals), totals[0] + place - counts, n + 1)
    tails = np.append(np.cumsum(of_high[::-1])[::-1], 0.0)
    return float(min(1.0, of_low @ tails[np.clip(needed - begin, 0, len(of_high))]))


def _fisher_counts(n: int, totals: _Counts, level: float) -> _Counts:
    """For each total of events in two arms of n, the least count of one arm that shows a difference; 2n + 1: none."""
    spread = np.sqrt(totals / 4 * (1 - totals / (2 * n)))
    near = float(norm.isf(level / 2)) / 2  # half as far out as the count is in the limit: none closer can do
    counts = np.ceil(totals / 2 + near * spread).astype(int)[:, None] + np.arange(int(_REACH * spread.max()) + 10)
    others = totals[:, None] - counts
    logs = np.append(_log_choose(n, np.arange(n + 1)), -np.inf)  # the last stands for counts that cannot be
    logs = logs[np.minimum(counts, n + 1)] + logs[np.where((others < 0) | (others > n), n + 1, others)]
    chances = np.exp(logs - _log_choose(2 * n, totals)[:, None])
    differs = 2 * np.cumsum(chances[:, ::-1], axis=1)[:, ::-1] < level
    return np.where(differs.any(axis=1), counts[:, 0] + differs.argmax(axis=1), 2 * n + 1)


def power_within(n: int, low: float, high: float, rate: float, level: float = LEVEL) -> float:
    """The chance that n trials of a rate show it to lie strictly between two shares.

    The test is two one-sided exact ones, each at `level`: the exact interval of confidence 1 - 2 level lies between.
    """
    least = smallest_count(n, low, level) if low > 0 else 0
    most = smallest_count(n, 1 - high, level) if high < 1 else 0
    if least is None or most is None or least > n - most:
        return 0.0
    return max(0.0, at_least(least, n, rate) - at_least(n - most + 1, n, rate))


def smallest_count(n: int, share: float, tail: float, *, strictly: bool = False) -> int | None:
    """The least k for which the chance of k or more of n is at most `tail` (below it, strictly); None without one."""
    low, high = 0, n + 1
    while low < high:
        k = (low + high) // 2
        chance = at_least(k, n, share)
        low, high = (low, k) if chance < tail or (not strictly and chance == tail) else (k + 1, high)
    return low if low <= n else None


def at_least(k: int, n: int, share: float) -> float:
    """The chance of k events or more in n independent trials."""
    return 1.0 if k <= 0 else 0.0 if k > n else float(betainc(k, n - k + 1, share))


def at_most(k: int, n: int, share: float) -> float:
    """The chance of k events or fewer in n independent trials."""
    return 0.0 if k < 0 else 1.0 if k >= n else float(betaincc(k + 1, n - k, share))


def _binomial(n: int, share: float) -> tuple[int, _Numbers]:
    """The first of the counts that may well occur, and the chance of each; what is left out is below 1e-10."""
    reach = _REACH * sqrt(n * share * (1 - share)) + 10
    first, last = max(0, floor(n * share - reach)), min(n, ceil(n * share + reach))
    k = np.arange(first, last + 1)
    return first, np.exp(_log_choose(n, k) + xlogy(k, share) + xlog1py(n - k, -share))


def _log_choose(n: int, k: _Counts) -> _Numbers:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
