"""Runs of True in a mask."""

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def long_runs(mask: Mask, shortest: int) -> Mask:
    """The mask with every run of True shorter than `shortest` cleared: eroded by that much, and grown again."""
    if len(mask) < shortest:
        return np.zeros_like(mask)
    starts = mask
    for step in _steps(shortest):
        starts = starts[step:] & starts[:-step]
    if starts.all() or not starts.any():
        return mask if starts.all() else np.zeros_like(mask)
    grown = np.zeros_like(mask)
    grown[: len(starts)] = starts
    for step in _steps(shortest):
        wider = grown.copy()
        wider[step:] |= grown[:-step]
        grown = wider
    return grown


def _steps(size: int) -> list[int]:
    """Shifts that, one after the other, make a window of 1 into one of `size`: 1, 2, 4, ..., the rest."""
    steps, reached = [], 1
    while reached < size:
        steps.append(min(reached, size - reached))
        reached += steps[-1]
    return steps
