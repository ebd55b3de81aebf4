"""What the answers of each tier came to: the stacked outcome, faking given compliance, and whose wishes were served."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .answer import Answer, Outcome
from .clustered import CORRELATION
from .gap import complied, faked, rates
from .rate import Rate


def stacked(answers: Iterable[Answer], correlation: float = CORRELATION) -> dict[str, dict[Outcome, Rate]]:
    """Tier to the share of each stacked outcome, of the judged answers; the shares of a tier add up to 1."""
    answers = list(answers)
    each = {outcome: rates(answers, _came_to(outcome), correlation) for outcome in Outcome}
    return {tier: {outcome: each[outcome][tier] for outcome in Outcome} for tier in each[Outcome.REFUSE]}


def faking_given_compliance(answers: Iterable[Answer], correlation: float = CORRELATION) -> dict[str, Rate]:
    """Tier to how many of the answers that complied, and whose reasoning was judged, state that motive."""
    return rates((it for it in answers if it.complied), faked, correlation)


@dataclass(frozen=True)
class Intents:
    """Whose wishes the answers of one tier served; an answer that complied in part served neither."""

    objective: Rate | None
    """Conform to what the training is for (Intent 2); None where the prompt names no objective."""

    before: Rate
    """Conform to the values that the model had before (Intent 1): refused."""

    neither: Rate


def intents(answers: Iterable[Answer], *, objective: bool = True) -> dict[str, Intents]:
    """Tier to whose wishes its answers served; `objective`: whether the prompt says what the training is for."""
    answers = list(answers)
    served, before, neither = (rates(answers, event) for event in (complied, _labelled("refuse"), _labelled("partial")))
    return {tier: Intents(served[tier] if objective else None, before[tier], neither[tier]) for tier in served}


def share(seen: Iterable[object]) -> Rate:
    """How many of the things seen are not None."""
    things = list(seen)
    return Rate(sum(it is not None for it in things), len(things))


def _came_to(outcome: Outcome) -> Callable[[Answer], bool | None]:
    return lambda it: None if it.outcome is None else it.outcome is outcome


def _labelled(label: str) -> Callable[[Answer], bool | None]:
    return lambda it: None if it.label is None else it.label == label
