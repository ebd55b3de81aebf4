"""How far what a scenario has goes towards a claim."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from .claim import AtMost, PlannedClaim
from .design import Design, epochs_for, most, worth
from .needed import arms, bound, chance
from .supply import Supply

_WORTHWHILE = 4
"""Epochs of a sample, at correlation 0.5, that are worth four fifths of what any number of them is worth."""


@dataclass(frozen=True)
class Reach:
    """Whether a supply of distinct samples can bear out a claim, and what it can say where it cannot."""

    supply: Supply
    reached: bool
    design: Design
    """What bears the claim out; else what gets most of what these samples can say."""

    most: float | None
    """Independent trials that the samples are worth at most, however many epochs; None where there is no limit."""

    bound: float | None
    """The least upper bound that they can give, as a share; None where the claim is no bound, or is reached."""

    per_sample: float | None
    """The upper bound of the share of samples in which the event ever happens, events in as many; None likewise."""

    power: float | None
    """The greatest power that they can give; None where the claim is a bound, or is reached."""


def reach(claim: PlannedClaim, n: int, supply: Supply, correlation: float, family: int = 1) -> Reach:
    """How far a supply goes towards a claim that needs n independent trials in each arm."""
    limit = most(supply.samples, correlation)
    epochs = epochs_for(n, supply.samples, correlation)
    if epochs is not None or limit is None:
        return Reach(supply, True, _design(claim, supply, epochs or 1, correlation), limit, None, None, None)
    nearly = _design(claim, supply, ceil(_WORTHWHILE * (1 - correlation) / correlation), correlation)
    if isinstance(claim, AtMost):
        each = bound(claim, supply.samples, family)
        return Reach(supply, False, nearly, limit, bound(claim, limit, family), each, None)
    return Reach(supply, False, nearly, limit, None, None, chance(claim, int(limit), family))


def _design(claim: PlannedClaim, supply: Supply, epochs: int, correlation: float) -> Design:
    samples = supply.samples
    return Design(max(1, epochs), samples, arms(claim), worth(samples, max(1, epochs), correlation))
