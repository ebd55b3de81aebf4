"""What is recorded beside red lines: acts that are no violation, such as telling others, counted arm by arm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .arms import by_arm
from .statistics.rate import Rate
from .trial import Trial


@dataclass(frozen=True)
class Observation:
    """How often one act was recorded in one arm. It is no red line: it stands in no contrast and in no family."""

    name: str
    arm: Mapping[str, str]
    """The factors that vary, with this row's levels."""

    recorded: Rate
    """Trials with the act on record, of those where it can be told."""


def observations(
    trials: Sequence[Trial], varying: Iterable[str], rate: Callable[[Iterable[tuple[Trial, bool]]], Rate]
) -> Iterator[Observation]:
    """One for each act and arm where it can be told of any trial, in the order of the acts.

    Args:
        trials: Of one group.
        varying: The factors that vary.
        rate: Counts (trial, whether it happened).
    """
    arms = by_arm(trials, varying)
    for name in dict.fromkeys(name for it in trials for name in it.observed):
        for arm, members in arms.items():
            told = [(it, seen) for it in members if (seen := it.observed.get(name)) is not None]
            if told:
                yield Observation(name, dict(arm), rate(told))
