"""What logs measured beside what developers published: one comparison a figure, each with one verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.measured import Measured, measured
from gyges.evidence.statistics.clustered import CORRELATION
from gyges.evidence.trial import Trial

from .comparison import Comparison
from .direction import Order, orders
from .family import concluded
from .form import SCHEMA, comparison_values, order_values
from .matching import of_model, published, related
from .terms import Terms
from .verdict import Reason


@dataclass(frozen=True)
class Comparisons:
    """What a set of trials comes to beside a set of cards."""

    comparisons: tuple[Comparison, ...]
    """In order of model, scenario and measure."""

    orders: tuple[Order, ...]
    model: str | None
    """With whose figures every model was compared; None: each with its own."""

    known: tuple[str, ...]
    """Models with a figure, whatever it counts."""

    comparable: tuple[str, ...]
    """Those with a figure that counts what was measured here."""

    correlation: float
    margin: float | None
    secondary: bool
    accept: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "correlation": self.correlation,
            "margin": self.margin,
            "secondary": self.secondary,
            "accept": [str(it) for it in self.accept],
            "comparisons": [comparison_values(it) for it in self.comparisons],
            "orders": [order_values(it) for it in self.orders],
            "models_with_claims": list(self.known),
            "models_comparable": list(self.comparable),
        }


def compare(
    trials: Iterable[Trial],
    cards: Iterable[Card],
    model: str | None = None,
    *,
    secondary: bool = False,
    accept: frozenset[Reason] = frozenset(),
    correlation: float = CORRELATION,
    margin: float | None = None,
) -> Comparisons:
    """Every measure of the trials beside the published figures that count the same.

    Args:
        trials: Of any models and scenarios.
        cards: The documents.
        model: Name or pattern of the model whose figures everything is compared with; None: each model's own.
        secondary: As in `Terms`; so are the others.
        accept: Of the reasons in `ACCEPTABLE`.
        correlation: 0 to 1.
        margin: Above 0.
    """
    figures, own = published(cards), measured(trials, correlation)
    terms = Terms(secondary=secondary, accept=accept, correlation=correlation, margin=margin, as_if=model is not None)
    found: list[Comparison] = []
    met: list[tuple[Measured, Card, Claim]] = []
    said: set[tuple[str, str]] = set()
    for _, arms in groupby(sorted(own, key=_measure), key=_measure):
        alike = list(arms)
        mine = of_model(figures, alike[0], model)
        about = (alike[0].model, alike[0].scenario)
        found += terms.measure(alike, mine, [] if about in said else related(figures, mine, alike[0]))
        said.add(about)
        met += [(it, one.card, one.claim) for it in alike for one in mine if one.meets(it) and terms.ranks(one.claim)]
    asked = {it.scenario for it in own}
    known = {one.claim.model for one in figures if not one.claim.models}
    comparable = {one.claim.model for one in figures if any(one.to(scenario) for scenario in asked)}
    return Comparisons(
        comparisons=tuple(concluded(found)),
        orders=() if model is not None else orders(met, correlation),
        model=model,
        known=tuple(sorted(known)),
        comparable=tuple(sorted(comparable & known)),
        correlation=correlation,
        margin=margin,
        secondary=secondary,
        accept=tuple(sorted(accept)),
    )


def _measure(it: Measured) -> tuple[object, ...]:
    step = -1 if it.step is None else it.step
    return it.model, it.scenario, it.version, sorted(it.settings.items()), it.subject, step, it.replay, it.measure
