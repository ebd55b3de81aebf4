"""The independent trials that a claim needs, and how likely so many are to bear it out."""

from __future__ import annotations

from contextlib import suppress

from gyges.evidence.statistics.bounds import upper
from gyges.evidence.statistics.planning import n_against, n_at_most, n_equivalent, n_paired, n_unpaired
from gyges.evidence.statistics.power import at_most, power_against, power_paired, power_unpaired, power_within
from gyges.evidence.statistics.published import LEVEL

from .claim import AtMost, Differ, PlannedClaim, Published, Within


def arms(claim: PlannedClaim) -> int:
    """In how many arms the trials are needed."""
    return 2 if isinstance(claim, Differ) else 1


def counted(claim: PlannedClaim) -> str:
    """What the independent trials of a claim are."""
    if isinstance(claim, Differ):
        return "pairs" if claim.paired else "trials in each arm"
    return "trials"


def needed(claim: PlannedClaim, family: int = 1) -> int:
    """The independent trials, in each arm, that a claim needs as one of so many claims that are to hold together.

    Raises ValueError where no run could bear it out.
    """
    match claim:
        case AtMost():
            return n_at_most(claim.share, claim.confidence, claim.events, family)
        case Published():
            return n_against(claim.rate, claim.published, claim.power, LEVEL, claim.rounding, family)
        case Within():
            return n_equivalent(claim.share, claim.margin, claim.power, LEVEL, claim.rounding, family)
        case Differ(paired=True):
            return n_paired(claim.first, claim.second, claim.power, LEVEL, family=family)
        case Differ():
            return n_unpaired(claim.first, claim.second, claim.power, LEVEL, family)


def otherwise(claim: PlannedClaim, family: int = 1) -> dict[str, int]:
    """The independent trials under other conditions than the claim's, by condition; what takes too many is left out."""
    match claim:
        case AtMost():
            more = range(claim.events + 1, claim.events + 4)
            return {with_events(k): n_at_most(claim.share, claim.confidence, k, family) for k in more}
        case Differ(paired=True):
            first, second, power = claim.first, claim.second, claim.power
            nested = n_paired(first, second, power, LEVEL, min(first, second), family)
            found = {"if whatever shows it in one arm does in the other, too": nested}
            with suppress(ValueError):  # it takes more than is planned for
                found["unpaired, in each arm"] = n_unpaired(first, second, power, LEVEL, family)
            return found
        case _:
            return {}


def with_events(events: int) -> str:
    """`without an event`, `with 1 event`, `with 2 events`."""
    return f"with {events} event{'s' * (events != 1)}" if events else "without an event"


def method(claim: PlannedClaim) -> str:
    """The test that decides the claim, in words."""
    match claim:
        case AtMost():
            return "exact one-sided bound"
        case Published():
            return f"exact binomial test against {_edges(claim.published, claim.rounding)}, two-sided {LEVEL:.0%}"
        case Within():
            return f"two one-sided exact tests at {LEVEL:.0%} around {_edges(claim.share, claim.rounding)}"
        case Differ(paired=True):
            return f"exact McNemar test, two-sided {LEVEL:.0%}, arms independent within a pair"
        case Differ():
            return f"Fisher's exact test, two-sided {LEVEL:.0%}"


def held(claim: AtMost, n: int, rate: float) -> float:
    """The chance that n trials of a rate bear a bound out: that they show no more events than it allows for."""
    return at_most(claim.events, n, rate)


def chance(claim: PlannedClaim, n: int, family: int = 1) -> float | None:
    """The chance that n independent trials in each arm bear the claim out; None for a bound, which has no rate."""
    level = LEVEL / family
    match claim:
        case AtMost():
            return None
        case Published():
            up = claim.rate > claim.published
            edge = claim.published + (claim.rounding if up else -claim.rounding)
            return power_against(n, claim.rate, edge, level) if n else 0.0
        case Within():
            low, high = claim.share + claim.rounding - claim.margin, claim.share - claim.rounding + claim.margin
            return power_within(n, low, high, claim.share, level) if n else 0.0
        case Differ(paired=True):
            return power_paired(n, claim.first, claim.second, claim.first * claim.second, level) if n else 0.0
        case Differ():
            return power_unpaired(n, claim.first, claim.second, level) if n else 0.0


def bound(claim: AtMost, n: float, family: int = 1) -> float:
    """The upper bound that n trials give with the events that the claim allows for, as a share."""
    return upper(min(claim.events, n), n, 1 - (1 - claim.confidence) / family)


def _edges(share: float, rounding: float) -> str:
    low, high = max(0.0, share - rounding), min(1.0, share + rounding)
    return f"{100 * low:.6g} to {100 * high:.6g} %, which is what rounds to {100 * share:.6g} %"
