"""What was measured beside what developers published, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gyges.evidence.columns import points
from gyges.evidence.comparison import Comparison, Comparisons, Verdict
from gyges.evidence.comparison.condition import State
from gyges.evidence.comparison.direction import Order
from gyges.evidence.comparison.verdict import SAID
from gyges.evidence.measured import varying_factors
from gyges.evidence.statistics.bounds import percent

from .finding import options
from .grid import Grid, grid, p_value
from .selection import select

ROWS = 80
"""Comparisons on a page."""


@dataclass(frozen=True)
class Compared:
    """The comparisons that have a published figure, and what has none."""

    grid: Grid
    orders: Grid
    """Of models that one document gives figures for, pair by pair."""

    documents: tuple[tuple[str, str], ...]
    """Figure's id, and the document that prints it with the day up to which corrections of it were looked for."""

    without: int
    """Measurements for which nothing is published."""


def compared(comparisons: Comparisons) -> Compared:
    """What the page shows of comparisons; those that were tested come before those that were not."""
    found = [it for it in comparisons.comparisons if it.verdict is not Verdict.NO_PUBLISHED_CLAIM]
    shown = select(found, ROWS, lambda it: it.tested)
    varying = varying_factors(own for it in found for own in (it.measured, *it.beside))
    rows = [(f"{it.measured.model}{options(it.measured.settings)}", _row(it, varying)) for it in shown.kept]
    words = ["measure", "arm", "published", "verdict"]
    numbers = ["measured", "95 % interval", "difference, points", "p, Holm", "margin, points"]
    documents = {
        it.claim.id: f"{it.card.publisher}: {it.card.document}, {it.card.date}, {it.claim.where}; as of {it.card.as_of}"
        for it in shown.kept
        if it.claim and it.card
    }
    return Compared(
        grid=grid("Measured and published", words, numbers, rows, shown=shown, rule="those that passed all gates"),
        orders=_orders(comparisons.orders),
        documents=tuple(documents.items()),
        without=len(comparisons.comparisons) - len(found),
    )


def _row(it: Comparison, varying: frozenset[str]) -> tuple[str, ...]:
    own, figures = it.measured, it.figures
    arm = ", ".join(f"{name} {level}" for name, level in own.arm.items() if name in varying)
    claim = f"{it.claim.value or it.claim.kind} [{it.claim.id}]" if it.claim else "-"
    words = (own.measure, arm or "-", claim, str(it.verdict))
    under = "; ".join((*_because(it), *it.qualifiers))
    counts = (f"{own.k}/{own.n}", _between(*own.rate.bounds)) if own.rate.bounds else ("-", "-")
    if figures is None or not it.tested:
        return (*words, *counts, "-", "-", "-", under)
    gap = points(figures.gap, *figures.difference)
    return (*words, *counts, gap, p_value(figures.adjusted), f"{100 * figures.margin:.0f}", under)


def _between(low: float, high: float) -> str:
    return f"{percent(low)}-{percent(high)} %"


def _because(it: Comparison) -> Iterator[str]:
    yield from (SAID[reason] for reason in it.reasons)
    yield from (f"{key.key} published as {key.published}, measured as {key.measured}" for key in it.keys(State.DIFFERS))
    if unstated := [key.key for key in it.keys(State.UNSTATED)]:
        yield f"the document does not say: {', '.join(unstated)}"
    if it.newer:
        yield f"replaced by {it.newer}"
    if it.beside:
        yield f"stands for {len(it.beside)} further arms without a figure of their own"


def _orders(found: Iterable[Order]) -> Grid:
    pairs = [(order, pair) for order in found for pair in order.pairs]
    shown = select(pairs, ROWS)
    rows = [
        (
            f"{order.card.document}, {order.behaviour}, {order.places[0].measured.measure}",
            (pair.higher.measured.model, pair.lower.measured.model, str(pair.direction), p_value(pair.adjusted)),
        )
        for order, pair in shown.kept
    ]
    words = ["published as higher", "published as lower", "measured"]
    return grid("Order of models", words, ["p, Holm"], rows, shown=shown, rule="the first ones")
