"""Exact bounds of a binomial rate (Clopper and Pearson 1934); scipy does the arithmetic."""

from __future__ import annotations

from scipy.stats import binomtest

CONFIDENCE = 0.95


def interval(k: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided interval, as shares, of the rate behind `k` events in `n` independent trials.

    Raises ValueError unless 0 <= k <= n and n > 0.
    """
    found = binomtest(k, _trials(k, n)).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)


def upper(k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """Exact one-sided upper bound, as a share; at zero events it is 1 - (1 - confidence) ** (1 / n).

    Raises ValueError unless 0 <= k <= n and n > 0.
    """
    return float(binomtest(k, _trials(k, n), alternative="less").proportion_ci(confidence, method="exact").high)


def _trials(k: int, n: int) -> int:
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} events in {n} trials are no rate: 0 <= k <= n and n > 0 are needed")
    return n


def percent(share: float) -> str:
    """A share as per cent with two significant digits, `100` at most."""
    value = 100 * share
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2g}"
