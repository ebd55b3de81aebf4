"""Runs of True in a mask."""

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def long_runs(mask: Mask, shortest: int) -> Mask:
    """The mask with every run of True shorter than `shortest` cleared."""
    edges = np.concatenate(([0], np.flatnonzero(mask[1:] != mask[:-1]) + 1, [len(mask)]))
    lengths = np.diff(edges)
    long: Mask = mask[edges[:-1]] & (lengths >= shortest) if len(mask) else mask
    return np.repeat(long, lengths) if len(mask) else mask
