"""Own counts against a published figure: whether they differ, whether they agree, and how much the figure's n matters.

A published share is given by the edges of what it was rounded from, `low` and `high` (96 % is 0.955 to 0.965); they
are the same where the figure is exact. Own trials are taken as independent; those that share clusters are to be shrunk
to what they are worth (`clustered.effective`) before, to whole counts.
"""

from __future__ import annotations

from math import ceil, floor, isnan

import numpy as np
from scipy.stats import beta, binomtest, fisher_exact

from .bounds import interval
from .fisher import Real, Whole, fisher_each
from .proportions import newcombe

LEVEL = 0.05
LIMIT = 100_000
"""No tipping n is looked for beyond this."""

_NEAR = 0.5
"""From this part of the level on a p is near to it."""

_TOUCHING = 1e-9
"""An interval that reaches the margin is not within it: as where the margin ends at 0 and nothing was seen."""


def fisher(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p of Fisher's exact test that two shares are the same, as R and scipy compute it.

    Raises ValueError unless both are rates: 0 <= k <= n and n > 0.
    """
    for k, n in ((k1, n1), (k2, n2)):
        _counts(k, n)
    return float(fisher_exact(np.array([[k1, n1 - k1], [k2, n2 - k2]])).pvalue)


def against(k: int, n: int, low: float, high: float) -> float:
    """Two-sided p of the exact binomial test of own counts against the edge of `low` to `high` that is nearest.

    1 where the own share lies inside. The figure is taken as exact but for its rounding, since its n is not known; the
    test is then too strict with it: `tipping_n` says how large that n must be.

    Raises ValueError unless 0 <= k <= n, n > 0 and 0 <= low <= high <= 1.
    """
    _counts(k, n)
    _edges(low, high)
    nearest = min(max(k / n, low), high)
    return float(binomtest(k, n, nearest).pvalue) if nearest != k / n else 1.0


def tipping_n(k: int, n: int, share: float, level: float = LEVEL) -> int | None:
    """The smallest n of a published `share` from which on Fisher's p stays below `level`; None if none to `LIMIT`.

    The published count is taken as the share times n, rounded (halves to even). p falls with n in jags: where it is far
    below `level`, steps of 0.4 % are taken; elsewhere every n is looked at.

    Raises ValueError unless 0 <= k <= n, n > 0, 0 <= share <= 1 and 0 < level < 1.
    """
    _counts(k, n)
    _edges(share, share)
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1: 5 % is 0.05")
    coarse = np.unique(np.geomspace(1, LIMIT, 3_000).round().astype(np.int64))
    for nth in np.flatnonzero(_against_share(k, n, share, coarse) >= _NEAR * level)[::-1]:
        fine = np.arange(coarse[max(nth - 1, 0)], coarse[min(nth + 1, len(coarse) - 1)] + 1)
        failing = fine[_against_share(k, n, share, fine) >= level]
        if len(failing):
            return int(failing[-1]) + 1 if failing[-1] < LIMIT else None
    return 1


def _against_share(k: int, n: int, share: float, sizes: Whole) -> Real:
    return fisher_each(k, n, np.rint(share * sizes).astype(np.int64), sizes)


def default_margin(share: float) -> float:
    """How far from a published share a rate may lie and still be called the same, as a share.

    10 points for 20 to 80 %, 5 points for 5 to 20 and 80 to 95 %, 2 points outside; the edges get the wider one.

    Raises ValueError unless 0 <= share <= 1.
    """
    _edges(share, share)
    from_edge = round(min(share, 1 - share), 9)
    return 0.1 if from_edge >= 0.2 else 0.05 if from_edge >= 0.05 else 0.02


def equivalent(k: int, n: int, low: float, high: float, margin: float, claim_n: int | None = None) -> bool:
    """Whether own counts show the own rate to lie within `margin` (a share) of a published one.

    Two one-sided tests at 5 % each (Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15): the 90 %
    interval must lie inside, and not touch. Without the n of the published share that is the exact interval of the own
    rate, which must lie within the margin of both `low` and `high`. With it, it is the interval of the difference
    (`newcombe`), for every count that the published share can stand for; its error is 5 % on average over true rates,
    and up to 6.2 % at some.

    Raises ValueError unless 0 <= k <= n, n > 0, 0 <= low <= high <= 1, margin > 0 and claim_n > 0.
    """
    _counts(k, n)
    _edges(low, high)
    if not margin > 0:
        raise ValueError(f"margin {margin} is not positive: no finite sample can show that two rates are exactly equal")
    if claim_n is None:
        least, most = interval(k, n, 1 - 2 * LEVEL)
        return high - margin + _TOUCHING < least and most < low + margin - _TOUCHING
    if not claim_n > 0:
        raise ValueError(f"a published n of {claim_n}: it must be positive, or None where it is not known")
    counts = _counts_behind(low, high, claim_n)
    ends = [newcombe(k, n, count, claim_n, 1 - 2 * LEVEL) for count in counts]
    return all(_TOUCHING - margin < least and most < margin - _TOUCHING for least, most in ends)


def jeffreys_above(k: int, n: int, threshold: float) -> float:
    """The probability that the own rate lies above a threshold, the prior being Beta(1/2, 1/2) (Jeffreys).

    A threshold above 1 (a published share and a margin) gives 0, one below 0 gives 1.

    Raises ValueError unless 0 <= k <= n, n > 0 and the threshold is a number.
    """
    _counts(k, n)
    if isnan(threshold):
        raise ValueError(f"threshold {threshold} is no number")
    return float(beta.sf(threshold, k + 0.5, n - k + 0.5))


def _counts_behind(low: float, high: float, n: int) -> set[float]:
    """Least and greatest whole count of `n` within the edges; the edges themselves where there is none between."""
    least, most = ceil(low * n - 1e-9), floor(high * n + 1e-9)
    return {least, most} if least <= most else {low * n, high * n}


def _counts(k: int, n: int) -> None:
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} events in {n} trials are no rate: 0 <= k <= n and n > 0 are needed")


def _edges(low: float, high: float) -> None:
    if not 0 <= low <= high <= 1:
        raise ValueError(f"{low} to {high} are no edges of a share: 0 <= low <= high <= 1 is needed (84 % is 0.84)")
