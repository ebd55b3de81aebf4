"""How many independent trials a claim needs, before a token is spent; the chances are exact (`power`).

With more trials power rises in jags, because counts are whole. The n that is returned is the first from which on the
power keeps to what was asked, for each n up to a horizon that lies beyond the longest jag: 2 sqrt(n / v) further, v
being the variance of one trial of the share that is tested against. Power falls by less than the chance of one count,
about 0.4 / sqrt(n v), and a few sqrt(n / v) more trials make up for that. Against noise in two arms the jags are
shorter, and so is the horizon: sqrt(n / v) for pairs, half of it for two separate arms.

Trials that come in clusters, such as epochs, are worth fewer: `clustered.effective` says how many.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, expm1, log1p, sqrt

from .bounds import CONFIDENCE
from .power import at_most, power_against, power_paired, power_unpaired, power_within
from .published import LEVEL

POWER = 0.8
_TINY = 1e-12
LARGEST = 20_000
"""Differences that take more independent trials than this are not planned for."""


def n_at_most(share: float, confidence: float = CONFIDENCE, events: int = 0, family: int = 1) -> int:
    """The trials after which so many events bound the rate: the exact one-sided upper bound is at most `share`.

    Args:
        share: Above 0 and below 1.
        confidence: Of all bounds of the family together.
        events: Seen in those trials; planned before the run.
        family: Claims that are to hold together, such as one for each red line (Bonferroni).

    Raises ValueError for a share, confidence, number of events or family that no run could be planned for.
    """
    _inner("share", share)
    tail = _error(1 - _inner("confidence", confidence), family)
    if events < 0:
        raise ValueError(f"{events} events: a count cannot be negative")
    low, high = events, events + 1
    while at_most(events, high, share) > tail:
        low, high = high, 2 * high
    while high - low > 1:
        n = (low + high) // 2
        low, high = (n, high) if at_most(events, n, share) > tail else (low, n)
    return high


def n_against(
    rate: float, against: float, power: float = POWER, level: float = LEVEL, rounding: float = 0.0, family: int = 1
) -> int:
    """The trials of a rate that show it to differ from a fixed, published share (`published.against`).

    Args:
        rate: The true one that is reckoned with.
        against: The published share; it is taken as exact but for its rounding.
        power: The chance that the difference is shown, on its side.
        level: Of the two-sided test.
        rounding: Half a unit of the last digit in which the share is printed: 0.005 for 3 %.
        family: Claims that are tested together (Bonferroni).

    Raises ValueError where there is nothing to show, and where it takes more than `LARGEST` trials.
    """
    _inner("power", power)
    each = _error(_inner("level", level), family)
    if abs(_share("rate", rate) - _share("published share", against)) <= rounding + _TINY:
        raise ValueError(f"rate {rate:g} does not differ from the published {against:g}, give or take {rounding:g}")
    edge = against + rounding if rate > against else against - rounding
    if not 0 < edge < 1:
        raise ValueError(
            f"published share {against:g}: a single trial to the contrary refutes 0 and 1; give the nearest share that "
            "is printed so, such as 0.005 for 0 %"
        )
    return _steady(lambda n: power_against(n, rate, edge, each), power, 2 / sqrt(edge * (1 - edge)))


def n_paired(
    first: float,
    second: float,
    power: float = POWER,
    level: float = LEVEL,
    both: float | None = None,
    family: int = 1,
) -> int:
    """The samples, each run in both arms, for which the exact McNemar test shows that the arms differ.

    Args:
        first: Rate in one arm.
        second: Rate in the other.
        power: The chance that the difference is shown, in its direction.
        level: Of the two-sided test.
        both: Share of the samples with the event in both arms. None: first * second, the arms being independent within
            a sample; a sample that tempts in one arm mostly does in the other, and then it takes fewer.
        family: Claims that are tested together (Bonferroni).

    Raises ValueError where there is nothing to show, and where it takes more than `LARGEST` samples.
    """
    _inner("power", power)
    each = _error(_inner("level", level), family)
    _different(first, second)
    common = first * second if both is None else both
    if not max(0.0, first + second - 1) <= common <= min(first, second):
        raise ValueError(f"{common:g} of the samples cannot show it in both arms when {first:g} and {second:g} do")
    discordant = first + second - 2 * common
    return _steady(lambda n: power_paired(n, first, second, common, each), power, 1 / sqrt(discordant))


def n_unpaired(first: float, second: float, power: float = POWER, level: float = LEVEL, family: int = 1) -> int:
    """The trials in each of two arms, of samples of their own, for which Fisher's exact test shows the difference.

    Arguments and errors are those of `n_paired`.
    """
    _inner("power", power)
    each = _error(_inner("level", level), family)
    _different(first, second)
    middle = (first + second) / 2
    return _steady(lambda n: power_unpaired(n, first, second, each), power, 0.5 / sqrt(middle * (1 - middle)))


def n_equivalent(
    share: float,
    margin: float,
    power: float = POWER,
    level: float = LEVEL,
    rounding: float = 0.0,
    family: int = 1,
) -> int:
    """The trials that show a rate to lie within a margin of a published share, when it is that share.

    Args:
        share: The published one, and the true rate that is reckoned with.
        margin: As a share: 0.05 is five points.
        power: The chance that the rate comes out within.
        level: Of each of the two one-sided tests (`published.equivalent`).
        rounding: Half a unit of the last digit in which the share is printed.
        family: Claims that are tested together (Bonferroni).

    Raises ValueError where there is nothing to show, and where it takes more than `LARGEST` trials.
    """
    _inner("power", power)
    each = _error(_inner("level", level), family)
    if not margin > rounding:
        raise ValueError(f"margin {margin:g} is not above {rounding:g}: no run shows that two rates are equal")
    low, high = _share("share", share) + rounding - margin, share - rounding + margin
    if low <= 0 and high >= 1:
        raise ValueError(f"margin {margin:g} around {share:g}: every rate lies within")
    variance = max(edge * (1 - edge) for edge in (low, high))
    return _steady(lambda n: power_within(n, low, high, share, each), power, 2 / sqrt(variance))


def detection(share: float, n: float) -> float:
    """The chance that what happens at this rate happens at least once in n independent trials."""
    return -expm1(n * log1p(-share)) if _share("share", share) < 1 else 1.0


def _steady(power: Callable[[int], float], target: float, horizon: float) -> int:
    """The first n from which on the power keeps to the target, for each n up to `horizon` * sqrt(n) further."""
    failing, answer = 0, 2
    while power(answer) < target:
        if answer == LARGEST:
            raise ValueError(f"it takes more than {LARGEST:,} independent trials; plan for a larger difference")
        failing, answer = answer, min(2 * answer, LARGEST)
    while answer - failing > 1:
        n = (failing + answer) // 2
        failing, answer = (n, answer) if power(n) < target else (failing, n)
    seen = answer
    while True:
        end = answer + ceil(horizon * sqrt(answer)) + 16
        again = next((n for n in range(end, seen, -1) if power(n) < target), None)
        if again is None:
            return answer
        seen, answer = end, again + 1


def _different(first: float, second: float) -> None:
    if _share("rate", first) == _share("rate", second):
        raise ValueError(f"rate {first:g} in both arms: there is no difference to show")


def _error(error: float, family: int) -> float:
    if family < 1:
        raise ValueError(f"family of {family} claims: there is at least one")
    return error / family


def _inner(name: str, value: float) -> float:
    if not 0 < value < 1:
        raise ValueError(f"{name} {value:g} is not between 0 and 1: no number of trials makes it so")
    return value


def _share(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} {value:g} is no share: 0 to 1 (84 % is 0.84)")
    return value
