"""Trials sorted by arm: the levels of the factors that vary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from .trial import Trial

Arm = tuple[tuple[str, str], ...]
"""Factor and level, in the order of the factors."""


class HasArm(Protocol):
    """A row of a table that stands for one arm."""

    @property
    def arm(self) -> Mapping[str, str]:
        """Factor to level."""


def by_arm(trials: Iterable[Trial], varying: Iterable[str]) -> dict[Arm, list[Trial]]:
    """Arm to its trials, arms in the order in which they come; of trials whose arm cannot be told, the empty one."""
    factors = tuple(varying)
    found: dict[Arm, list[Trial]] = {}
    for trial in trials:
        arm = tuple((name, trial.arm[name]) for name in factors if name in trial.arm)
        found.setdefault(arm, []).append(trial)
    return found


def factors_of(rows: Iterable[HasArm]) -> list[str]:
    """The factors of these rows, in the order in which they come."""
    return list(dict.fromkeys(factor for row in rows for factor in row.arm))
