"""What has to hold before a published figure is compared: whether it may be used, is a rate, and has our conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gyges.evidence.cards.card import Claim

from .condition import Condition, State
from .verdict import Reason

FLOOR = 30
"""Trials, under which nothing is compared."""

CLUSTERS = 5
"""Clusters, under which nothing is compared."""

_KINDS: Mapping[str, Reason] = {
    "score": Reason.SCORE_NOT_RATE,
    "other": Reason.SCORE_NOT_RATE,
    "relative": Reason.RELATIVE_ONLY,
    "best_of_k": Reason.BEST_OF_K,
}


def barred(claim: Claim, *, secondary: bool) -> Reason | None:
    """Why no verdict may rest on the source; None where it may."""
    if claim.admitted(secondary=secondary):
        return None
    return Reason.RECALLED if claim.status == "recalled" else Reason.SECONDARY


def unlike(claim: Claim) -> tuple[Reason, ...]:
    """Why the figure is none that a rate of conduct can be compared with; empty where it is one."""
    found = [_KINDS[claim.kind]] if claim.kind in _KINDS else []
    found += [Reason.SCORE_NOT_RATE] if not found and claim.share is None else []
    found += [Reason.CAPABILITY] if claim.trait == "capability" else []
    found += [Reason.PRIVATE_SUITE] if claim.comparability == "none" else []
    found += [Reason.RELATIVE_ONLY] if claim.comparability == "direction_only" else []
    return tuple(dict.fromkeys(found))


def differing(conditions: Iterable[Condition]) -> tuple[Reason, ...]:
    """The reasons that keys give which differ."""
    return tuple(it.reason for it in conditions if it.state is State.DIFFERS)
