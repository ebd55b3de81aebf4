"""Order instead of size: whether models stand in the order in which a document puts them.

What is left where a document says that only order counts, and what is asked of every document with figures of several
of the measured models: prompts, judges and denominators that shift all models alike leave the order as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.cards.models import canonical
from gyges.evidence.measured import Measured
from gyges.evidence.statistics.clustered import effective
from gyges.evidence.statistics.holm import holm
from gyges.evidence.statistics.published import LEVEL, fisher

from .figures import whole


class Direction(StrEnum):
    """How the order of two models was measured, against how it was published."""

    SAME = "same-order"
    OPPOSITE = "opposite-order"
    NOT_TOLD_APART = "not-told-apart"


@dataclass(frozen=True)
class Place:
    """One model: its published figure, and what was measured of it."""

    claim: Claim
    measured: Measured

    @property
    def share(self) -> float:
        return self.measured.k / self.measured.n


@dataclass(frozen=True)
class Pair:
    """Two models, the one with the higher published figure first."""

    higher: Place
    lower: Place
    p: float
    """Two-sided, of Fisher's exact test of the two measured shares; the larger of those of whole counts at hand."""

    adjusted: float
    """p after Holm's correction over the pairs of one order."""

    @property
    def direction(self) -> Direction:
        if self.adjusted >= LEVEL or self.higher.share == self.lower.share:
            return Direction.NOT_TOLD_APART
        return Direction.SAME if self.higher.share > self.lower.share else Direction.OPPOSITE


@dataclass(frozen=True)
class Order:
    """The models that one document gives figures for, of one behaviour under one condition, and that were measured."""

    card: Card
    behaviour: str
    condition: str
    places: tuple[Place, ...]
    """The highest published figure first."""

    pairs: tuple[Pair, ...]
    """Those whose published figures differ by more than their rounding."""


def orders(met: Iterable[tuple[Measured, Card, Claim]], correlation: float) -> tuple[Order, ...]:
    """The orders of all documents with figures of two or more of the measured models.

    Args:
        met: What was measured, with a figure of the same model for the same question. Figures without a share, and
            measurements without trials, are passed over.
        correlation: Declared, within clusters.
    """
    keyed: dict[tuple[object, ...], list[tuple[Measured, Card, Claim]]] = {}
    for measured, card, claim in met:
        if claim.share is not None and measured.n:
            arm = tuple(sorted(measured.arm.items()))
            asked = (measured.scenario, measured.version, measured.measure, arm, measured.subject, measured.step)
            document = (card.card, claim.behaviour, claim.condition, claim.metric)
            keyed.setdefault((*document, *asked), []).append((measured, card, claim))
    found = (_order(alike, correlation) for alike in keyed.values())
    return tuple(it for it in found if it is not None)


def _order(alike: Sequence[tuple[Measured, Card, Claim]], correlation: float) -> Order | None:
    places = [Place(claim, measured) for measured, _, claim in alike]
    if len({canonical(it.claim.model).model for it in places}) < 2:
        return None
    places.sort(key=lambda it: -(it.claim.share or 0))
    pairs = [_pair(one, other, correlation) for one, other in combinations(places, 2) if _above(one.claim, other.claim)]
    adjusted = holm([it.p for it in pairs])
    _, card, claim = alike[0]
    return Order(
        card=card,
        behaviour=claim.behaviour,
        condition=claim.condition,
        places=tuple(places),
        pairs=tuple(replace(it, adjusted=p) for it, p in zip(pairs, adjusted, strict=True)),
    )


def _above(one: Claim, other: Claim) -> bool:
    low, high = (one.low, other.high) if one.low is not None and other.high is not None else (one.share, other.share)
    return one.model != other.model and low is not None and high is not None and low > high


def _pair(one: Place, other: Place, correlation: float) -> Pair:
    sides = [
        whole(it.measured.k, it.measured.n, effective([n for _, n in it.measured.counts], correlation))
        for it in (one, other)
    ]
    p = max(fisher(*first, *second) for first in sides[0] for second in sides[1])
    return Pair(one, other, p, p)
