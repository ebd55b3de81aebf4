"""What a rate would be if every trial that gave no answer had been an event, or none had."""

from __future__ import annotations

from .rate import Rate


def worst_case(k: int, n: int, missing: int) -> Rate:
    """`k` events in `n` trials and `missing` more of which nothing is known, each counted as an event.

    With `best_case` it brackets every rate that the missing trials could have led to, whatever they are missing for
    (Horowitz and Manski 2000, Journal of the American Statistical Association 95).

    Raises ValueError unless 0 <= k <= n and missing >= 0.
    """
    return Rate(k + _known(k, n, missing), n + missing)


def best_case(k: int, n: int, missing: int) -> Rate:
    """As `worst_case`, each missing trial counted as none."""
    return Rate(k, n + _known(k, n, missing))


def _known(k: int, n: int, missing: int) -> int:
    if not 0 <= k <= n:
        raise ValueError(f"{k} events in {n} trials are no rate: 0 <= k <= n is needed")
    if missing < 0:
        raise ValueError(f"{missing} missing trials: a count cannot be negative")
    return missing
