"""The figures in the page on statistics are what the functions give."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import beta, binom

from gyges.evidence.statistics.bounds import interval, upper, wilson
from gyges.evidence.statistics.clustered import Bounds, clustered_bounds
from gyges.evidence.statistics.planning import n_at_most
from gyges.evidence.statistics.proportions import newcombe
from gyges.evidence.statistics.published import against, equivalent, fisher, jeffreys_above, tipping_n

PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
Rows = Iterator[tuple[str, ...]]


def table(name: str) -> list[tuple[str, ...]]:
    """The cells of a table of the page, without its head."""
    match = re.search(rf"<!-- table: {name} -->\n[^\n]*\n[^\n]*\n(.*?)<!-- end of table -->", PAGE, re.DOTALL)
    assert match
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in match[1].splitlines()]


def per_cent(share: float) -> str:
    """With three digits that count."""
    return f"{100 * share:#.3g} %"


def bounds(clusters: int, each: int, fired: int = 0, correlation: float = 0.5) -> Bounds:
    """Those of clusters of one size, so many of which fired once."""
    found = clustered_bounds([(1, each)] * fired + [(0, each)] * (clusters - fired), correlation)
    assert found
    return found


def upper_bounds() -> Rows:
    for n in (20, 30, 59, 100, 300, 1000):
        yield f"{n}", per_cent(upper(0, n)), per_cent(upper(0, n, 0.99))


def trials_needed() -> Rows:
    for share in (0.1, 0.05, 0.02, 0.01, 0.001):
        with_events = (n_at_most(share, events=k) for k in (1, 2, 3))
        yield f"{100 * share:g} %", *map(str, (n_at_most(share), n_at_most(share, 0.99), *with_events))


def same_budget() -> Rows:
    for clusters, each in ((30, 10), (60, 5), (100, 3), (300, 1)):
        found = bounds(clusters, each)
        yield f"{clusters} x {each}", *map(per_cent, (found.independent, found.declared, found.per_cluster))


EXAMPLES: dict[str, Callable[[], float | bool | None]] = {
    "against(41, 50, 0.96, 0.96)": lambda: against(41, 50, 0.96, 0.96),
    "against(41, 50, 0.955, 0.965)": lambda: against(41, 50, 0.955, 0.965),
    "fisher(41, 50, 48, 50)": lambda: fisher(41, 50, 48, 50),
    "fisher(41, 50, 96, 100)": lambda: fisher(41, 50, 96, 100),
    "tipping_n(41, 50, 0.96)": lambda: tipping_n(41, 50, 0.96),
    "tipping_n(7, 20, 0.5)": lambda: tipping_n(7, 20, 0.5),
    "equivalent(12, 100, 0.135, 0.145, 0.1)": lambda: equivalent(12, 100, 0.135, 0.145, 0.1),
    "equivalent(12, 100, 0.135, 0.145, 0.05)": lambda: equivalent(12, 100, 0.135, 0.145, 0.05),
    "jeffreys_above(12, 100, 0.245)": lambda: jeffreys_above(12, 100, 0.245),
}


def examples() -> Rows:
    for call, value in EXAMPLES.items():
        found = value()
        yield f"`{call}`", f"{found:#.2g}" if isinstance(found, float) else str(found)


@pytest.mark.parametrize("rows", [upper_bounds, trials_needed, same_budget, examples], ids=lambda it: it.__name__)
def test_a_table_is_what_the_functions_give(rows: Callable[[], Rows]) -> None:
    """Every row stands in the page with its figures, and no other does."""
    assert table(rows.__name__.replace("_", " ")) == list(rows())


def estimated(events: np.ndarray, each: int) -> np.ndarray:
    """The correlation within clusters by analysis of variance, cut to 0..1; 0 where nothing varies."""
    runs, clusters = events.shape
    shares = events / each
    mean = shares.mean(axis=1, keepdims=True)
    between = each * ((shares - mean) ** 2).sum(axis=1) / (clusters - 1)
    within = each * (shares * (1 - shares)).sum(axis=1) / (clusters * (each - 1))
    total = between + (each - 1) * within
    return np.clip(np.divide(between - within, total, out=np.zeros(runs), where=total > 0), 0, 1)


def held(rate: float, correlation: float, clusters: int, each: int) -> list[float]:
    """How often each bound held in 20,000 simulated runs."""
    rng = np.random.default_rng(3)
    a, b = (share * (1 - correlation) / correlation for share in (rate, 1 - rate))
    events = rng.binomial(each, rng.beta(a, b, (20_000, clusters)))
    ever = 1 - float(np.exp(betaln(a, b + each) - betaln(a, b)))
    share = events.mean(axis=1) / each

    def at(found: np.ndarray | float) -> float:
        worth = clusters * each / (1 + (each - 1) * np.broadcast_to(found, share.shape))
        bound = beta.ppf(0.95, share * worth + 1, np.maximum(worth * (1 - share), 1e-12))
        return float((bound >= rate).mean())

    by_fired = np.array([bounds(clusters, each, fired).per_cluster for fired in range(clusters + 1)])
    return [
        *(at(it) for it in (0.0, estimated(events, each), correlation, 0.5)),
        float((by_fired[(events > 0).sum(axis=1)] >= ever).mean()),
    ]


SETTINGS = [(0.01, 0.2, 50, 6), (0.01, 0.5, 50, 6), (0.03, 0.5, 20, 10), (0.03, 0.5, 100, 5), (0.1, 0.9, 40, 5)]


@pytest.mark.parametrize("nth", range(len(SETTINGS)))
def test_the_table_of_coverage_is_simulated_again(nth: int) -> None:
    """The settings are those of the page, and each figure of it comes out within one and a half in a hundred."""
    rate, correlation, clusters, each = SETTINGS[nth]
    rows = table("coverage")
    assert len(rows) == len(SETTINGS)
    assert rows[nth][0] == f"{100 * rate:g} %, {correlation:g}, {clusters} x {each}"
    assert held(*SETTINGS[nth]) == pytest.approx([float(cell) for cell in rows[nth][1:]], abs=0.015)


def one(n: int, bound: Callable[[int, int], tuple[float, float]]) -> list[float]:
    """Coverage of the interval of one rate at each true rate of a grid."""
    ends, grid = np.array([bound(k, n) for k in range(n + 1)]), np.linspace(0.001, 0.999, 999)[:, None]
    inside = (ends[:, 0] <= grid) & (grid <= ends[:, 1])
    return (binom.pmf(np.arange(n + 1), n, grid) * inside).sum(axis=1).tolist()


def two(n1: int, n2: int) -> list[float]:
    """Coverage of Newcombe's interval at each pair of true rates of a grid."""
    ends = np.array([[newcombe(k1, n1, k2, n2) for k2 in range(n2 + 1)] for k1 in range(n1 + 1)])
    return [
        float(
            binom.pmf(range(n1 + 1), n1, p)
            @ ((ends[..., 0] <= p - q) & (p - q <= ends[..., 1]))
            @ binom.pmf(range(n2 + 1), n2, q)
        )
        for p, q in product(np.linspace(0.02, 0.98, 25), repeat=2)
    ]


def told_apart(n1: int, n2: int) -> list[float]:
    """How often Fisher's p is below 5 % at each common true rate of a grid."""
    below = np.array([[fisher(k1, n1, k2, n2) < 0.05 for k2 in range(n2 + 1)] for k1 in range(n1 + 1)])
    grid = np.linspace(0.01, 0.99, 50)
    return [float(binom.pmf(range(n1 + 1), n1, p) @ below @ binom.pmf(range(n2 + 1), n2, p)) for p in grid]


def agreeing(n1: int, n2: int | None, margin: float) -> list[float]:
    """How often rates that lie the margin apart are called equivalent; without n2 the second is fixed."""
    grid = [(p, side) for p, side in product(np.linspace(0, 1, 51), (-margin, margin)) if 0 <= p + side <= 1]
    if n2 is None:
        return [
            float(binom.pmf(k := np.arange(n1 + 1), n1, p + side) @ [equivalent(int(it), n1, p, p, margin) for it in k])
            for p, side in grid
        ]
    called = np.array(
        [[equivalent(k1, n1, k2 / n2, k2 / n2, margin, n2) for k2 in range(n2 + 1)] for k1 in range(n1 + 1)]
    )
    return [
        float(binom.pmf(range(n1 + 1), n1, p + side) @ called @ binom.pmf(range(n2 + 1), n2, p)) for p, side in grid
    ]


RATES: dict[str, tuple[str, Callable[[], list[float]], Callable[[list[float]], float]]] = {
    "exact interval, n = 30, holds": ("95 %", lambda: one(30, interval), min),
    "Wilson's interval, n = 30, holds": ("95 %", lambda: one(30, wilson), min),
    "Newcombe's interval, 30 and 30, holds": ("95 %", lambda: two(30, 30), min),
    "Newcombe's interval, 12 and 30, holds": ("95 %", lambda: two(12, 30), min),
    "equal rates told apart by Fisher, 30 and 40": ("5 %", lambda: told_apart(30, 40), max),
    "equivalence found at the margin of 10 points, n = 100, n of the figure unknown": (
        "5 %",
        lambda: agreeing(100, None, 0.1),
        max,
    ),
    "the same, 100 and 100": ("5 %", lambda: agreeing(100, 100, 0.1), max),
}


def error_rates() -> Rows:
    for name, (nominal, rates, worst) in RATES.items():
        found = rates()
        yield name, nominal, f"{100 * np.mean(found):.1f} %", f"{100 * worst(found):.1f} %"


def test_the_table_of_error_rates_is_enumerated_again() -> None:
    """Each figure of how often intervals and tests hold, over the grid of true rates."""
    assert table("error rates") == list(error_rates())
