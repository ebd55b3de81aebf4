"""Fisher's exact test of the same counts against many others at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

_TIE = 1e-7
"""Outcomes whose chances differ by less, relatively, are as likely as each other: as in R."""

_CELLS = 1_000_000
"""Chances computed at a time; it bounds the memory."""


def fisher_each(k: int, n: int, events: Whole, sizes: Whole) -> Real:
    """Two-sided p of `k` of `n` against each `events` of `sizes`: the chance of the tables that are no more likely."""
    table = gammaln(np.arange(n + int(sizes.max()) + 1) + 1)  # logarithms of factorials
    parts = len(sizes) * (n + 1) // _CELLS + 1
    each = zip(np.array_split(events, parts), np.array_split(sizes, parts), strict=True)
    return np.concatenate([_fisher(k, n, some[:, None], of[:, None], table) for some, of in each])


def _fisher(k: int, n: int, events: Whole, sizes: Whole, table: Real) -> Real:
    with_event, without = k + events, n - k + sizes - events
    mine = np.arange(n + 1)
    possible = (mine <= with_event) & (n - mine <= without)
    weight = np.full(possible.shape, -np.inf)
    of = (np.broadcast_to(it, possible.shape)[possible] for it in (mine, with_event, without))
    x, some, rest = of
    weight[possible] = -table[x] - table[some - x] - table[n - x] - table[rest - n + x]
    chance = np.exp(weight - weight.max(axis=1, keepdims=True))
    return np.asarray((chance * (chance <= chance[:, [k]] * (1 + _TIE))).sum(axis=1) / chance.sum(axis=1))
