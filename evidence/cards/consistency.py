"""What the fields of a claim may not say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .card import Claim

Contradiction = tuple[str, str]
"""The field, and what is wrong with it and the way out."""

WITHOUT_FIGURE = ("withheld", "absent")
SHARES = ("rate", "count", "best_of_k")
SLACK = 1e-9
"""For shares that a decimal number cannot hold."""


def contradiction(claim: Claim) -> Contradiction | None:
    """The first contradiction between fields of the claim."""
    checks = (_figure, _bounds, _counts, _interval, _score, _standing)
    return next((found for check in checks if (found := check(claim))), None)


def _figure(it: Claim) -> Contradiction | None:
    if it.kind in WITHOUT_FIGURE:
        for field in ("value", "low", "high", "k", "n", "score", "interval"):
            if (given := getattr(it, field)) not in ("", None):
                return field, f"a figure that is {it.kind} has none, found {given!r}; leave it out or correct kind"
    elif not it.value:
        return "value", f"is missing; write the {it.kind} as it is printed"
    if it.kind == "withheld" and not it.withheld_because:
        return "withheld_because", "is missing; say why the document withholds the figure"
    if it.kind != "withheld" and it.withheld_because:
        return "withheld_because", f"belongs to the kind withheld, not to {it.kind}; leave it out or correct kind"
    return None


def _bounds(it: Claim) -> Contradiction | None:
    if (it.low is None) != (it.high is None):
        missing = "low" if it.low is None else "high"
        return missing, "low and high go together; give both, or neither"
    if it.kind == "rate" and it.low is None:
        return "low", f"is missing; give low and high, between which {it.value!r} was rounded"
    if it.low is None or it.high is None:
        return None
    if it.kind not in SHARES:
        return "low", f"a figure of the kind {it.kind} is no share; leave low and high out or correct kind"
    if it.low > it.high:
        return "low", f"low {it.low:g} is above high {it.high:g}; exchange them"
    return None


def _counts(it: Claim) -> Contradiction | None:
    if it.kind == "count" and (it.k is None or it.n is None):
        missing = "k" if it.k is None else "n"
        return missing, "is missing; a count has both k and n, and a share without them is a rate"
    if it.k is None:
        return None
    if it.n is None:
        return "n", f"is missing; k {it.k} says nothing without it"
    if it.k > it.n:
        return "k", f"k {it.k} is more than n {it.n}; exchange or correct them"
    if it.low is not None and it.high is not None and not it.low - SLACK <= it.k / it.n <= it.high + SLACK:
        return (
            "k",
            f"{it.k}/{it.n} is {it.k / it.n:.4g}, outside low {it.low:g} to high {it.high:g}; correct one of them",
        )
    return None


def _interval(it: Claim) -> Contradiction | None:
    if it.interval is None:
        return None
    low, high = it.interval.low, it.interval.high
    if low > high:
        return "interval.low", f"low {low:g} is above high {high:g}; exchange them"
    if it.share is None:
        return None
    least, most = (it.share, it.share) if it.low is None or it.high is None else (it.low, it.high)
    if high < least - SLACK or low > most + SLACK:
        return "interval", f"{low:g} to {high:g} does not hold the value {it.value!r}; correct one of them"
    return None


def _score(it: Claim) -> Contradiction | None:
    if it.kind == "score" and it.score is None:
        return "score", f"is missing; give {it.value!r} as a number"
    if it.scale is None:
        return None
    low, high = it.scale
    if low >= high:
        return "scale", f"{low:g} is not below {high:g}; write the least score first"
    if it.score is not None and not low <= it.score <= high:
        return "score", f"{it.score:g} is not on the scale of {low:g} to {high:g}; correct one of them"
    return None


def _standing(it: Claim) -> Contradiction | None:
    if it.status == "recalled" and it.comparability == "replicable":
        return "comparability", "what is recalled cannot be replicable: its conditions were not read; write approximate"
    if it.trait == "capability" and it.replicates is not None:
        return "replicates", "Gyges measures what a model does, not what it can; leave it out or correct trait"
    if it.superseded_by == it.id:
        return "superseded_by", f"{it.id} is the claim itself; name the one that replaces it"
    return None
