"""Holm's correction for several tests (Holm 1979, Scandinavian Journal of Statistics 6(2))."""

from __future__ import annotations

from collections.abc import Sequence


def holm(ps: Sequence[float]) -> list[float]:
    """The p values adjusted so that the chance of even one false rejection keeps to the level; in the order given."""
    adjusted, worst = [1.0] * len(ps), 0.0
    for rank, nth in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        worst = max(worst, min(1.0, (len(ps) - rank) * ps[nth]))
        adjusted[nth] = worst
    return adjusted
