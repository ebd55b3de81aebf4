"""Exact bounds of a binomial rate (Clopper and Pearson 1934); scipy does the arithmetic."""

from __future__ import annotations

from scipy.stats import beta, binomtest

CONFIDENCE = 0.95


def interval(k: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided interval, as shares, of the rate behind `k` events in `n` independent trials.

    Counts that were divided by a design effect need not be whole (Korn and Graubard 1998, Survey Methodology 24(2)).

    Raises ValueError unless 0 <= k <= n and n > 0.
    """
    n, tail = _trials(k, n), (1 - confidence) / 2
    low = float(beta.ppf(tail, k, n - k + 1)) if k > 0 else 0.0
    high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return low, high


def upper(k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """Exact one-sided upper bound, as a share; at zero events it is 1 - (1 - confidence) ** (1 / n).

    Raises ValueError unless 0 <= k <= n and n > 0.
    """
    return float(binomtest(k, int(_trials(k, n)), alternative="less").proportion_ci(confidence, method="exact").high)


def _trials(k: float, n: float) -> float:
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} events in {n} trials are no rate: 0 <= k <= n and n > 0 are needed")
    return n


def percent(share: float) -> str:
    """A share as per cent with two significant digits, `100` at most."""
    value = 100 * share
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2g}"
