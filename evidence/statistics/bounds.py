"""Bounds of a binomial rate, exact (Clopper and Pearson 1934) and by score (Wilson 1927); scipy does the arithmetic."""

from __future__ import annotations

from math import sqrt

from scipy.special import ndtri
from scipy.stats import beta

CONFIDENCE = 0.95


def interval(k: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided interval, as shares, of the rate behind `k` events in `n` independent trials.

    Counts that were divided by a design effect need not be whole (Korn and Graubard 1998, Survey Methodology 24(2)).

    Raises ValueError unless 0 <= k <= n, n > 0 and 0 < confidence < 1.
    """
    n, tail = _trials(k, n), (1 - _share(confidence)) / 2
    low = float(beta.ppf(tail, k, n - k + 1)) if k > 0 else 0.0
    high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return low, high


def upper(k: float, n: float, confidence: float = CONFIDENCE) -> float:
    """Exact one-sided upper bound, as a share; at zero events it is 1 - (1 - confidence) ** (1 / n).

    Counts need not be whole, as in `interval`.

    Raises ValueError unless 0 <= k <= n, n > 0 and 0 < confidence < 1.
    """
    n, confidence = _trials(k, n), _share(confidence)
    return float(beta.ppf(confidence, k + 1, n - k)) if k < n else 1.0


def wilson(k: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Two-sided score interval, as shares (Wilson 1927, Journal of the American Statistical Association 22).

    It has its confidence on average over true rates, and less than that at some: fit for comparing with what others
    print, and for `newcombe`; for a claim use `interval` or `upper`. Counts need not be whole.

    Raises ValueError unless 0 <= k <= n, n > 0 and 0 < confidence < 1.
    """
    n, z = _trials(k, n), float(ndtri(0.5 + _share(confidence) / 2))
    middle, reach = 2 * k + z * z, z * sqrt(z * z + 4 * k * (n - k) / n)
    low = (middle - reach) / (2 * (n + z * z)) if k > 0 else 0.0
    high = (middle + reach) / (2 * (n + z * z)) if k < n else 1.0
    return low, high


def _trials(k: float, n: float) -> float:
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} events in {n} trials are no rate: 0 <= k <= n and n > 0 are needed")
    return n


def _share(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence} is not between 0 and 1: 95 % is 0.95")
    return confidence


def percent(share: float) -> str:
    """A share as per cent with two significant digits, `100` at most."""
    value = 100 * share
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2g}"
