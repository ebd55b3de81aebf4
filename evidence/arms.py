"""Trials sorted by arm: the levels of the factors that vary; and how tables name arms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


FACTORS = 3
"""Factors that have a column each; where more vary, one column says in which levels an arm is unlike the others."""

USUAL = "usual"
"""The arm that has the usual level of every factor."""


@dataclass(frozen=True)
class ArmColumns:
    """The columns of a table that name arms."""

    names: tuple[str, ...]
    usual: Mapping[str, str]
    """Where one column names the arms: the level of each factor that goes without saying."""

    @property
    def key(self) -> str:
        """What the one column leaves out; empty where each factor has a column."""
        levels = " ".join(f"{factor}={level}" for factor, level in self.usual.items())
        return f"arm: in what it differs from the {USUAL} {levels}" if levels else ""

    def cells(self, row: HasArm) -> list[str]:
        """The row's levels; `?` for one that cannot be told."""
        if not self.usual:
            return [row.arm.get(factor, "?") for factor in self.names]
        levels = {factor: row.arm.get(factor, "?") for factor in row.arm or self.usual}
        return [" ".join(f"{f}={level}" for f, level in levels.items() if level != self.usual.get(f)) or USUAL]


def usual_levels(rows: Iterable[HasArm]) -> dict[str, str]:
    """The commonest level of each factor, of several the first, in the order in which factors come."""
    seen: dict[str, Counter[str]] = {}
    for row in rows:
        for factor, level in row.arm.items():
            seen.setdefault(factor, Counter())[level] += 1
    return {factor: levels.most_common(1)[0][0] for factor, levels in seen.items()}


def arm_columns(rows: Iterable[HasArm], usual: Mapping[str, str]) -> ArmColumns:
    """The columns that name the arms of these rows.

    Args:
        rows: Of one table.
        usual: The commonest level of each factor that varies in the tables that are read together.
    """
    if len(usual) > FACTORS:
        return ArmColumns(("arm",), usual)
    return ArmColumns(tuple(dict.fromkeys(factor for row in rows for factor in row.arm)), {})
