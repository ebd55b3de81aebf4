"""Runs of True in a mask."""

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def long_runs(mask: Mask, shortest: int) -> Mask:
    """The mask with every run of True shorter than `shortest` cleared."""
    edges = np.diff(np.concatenate(([0], mask.view(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long = ends - starts >= shortest
    steps = np.zeros(len(mask) + 1, np.int8)
    steps[starts[long]], steps[ends[long]] = 1, -1
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)
