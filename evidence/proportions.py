"""Two shares of the same pairs compared exactly: the p of their difference, and an interval for it.

Nothing here knows of models or logs; `scorers` may import it.
"""

from __future__ import annotations

from scipy.stats import binomtest

from .bounds import CONFIDENCE, interval

_DIRECTION = 0.8
"""Part of the error that goes to the direction of the discordant pairs; the rest goes to how many there are.

With most of it there, the interval leaves zero out where p < 0.04 (of 0.05): interval and test seldom disagree.
"""


def exact_mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p of the exact McNemar test: the binomial test of the discordant pairs at one half; 1 without any."""
    discordant = only_first + only_second
    return float(binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0


def paired_interval(
    only_first: int, only_second: int, pairs: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """A conservative interval, as shares, for the share of the first minus that of the second over independent pairs.

    The difference is (share of discordant pairs) x (2 x share of these that favour the first - 1). Each share gets its
    exact interval (Clopper and Pearson 1934), the second one given the number of discordant pairs, and Bonferroni's
    inequality makes both hold together; so coverage is at least nominal at any number of pairs, and no interval is
    empty where no pair is discordant. It is wider than Newcombe's (1998, method 10), which promises nominal coverage
    on average only.

    Raises ValueError unless pairs > 0 and only_first + only_second <= pairs.
    """
    discordant, error = only_first + only_second, 1 - confidence
    fewest, most = interval(discordant, pairs, 1 - (1 - _DIRECTION) * error)
    low, high = interval(only_first, discordant, 1 - _DIRECTION * error) if discordant else (0.0, 1.0)
    least, greatest = 2 * low - 1, 2 * high - 1
    return least * (fewest if least > 0 else most), greatest * (most if greatest > 0 else fewest)
