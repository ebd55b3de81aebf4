"""Which published figures meet which measurement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.cards.models import canonical, matches
from gyges.evidence.measured import Measured


@dataclass(frozen=True)
class Published:
    """A figure and the document that prints it."""

    card: Card
    claim: Claim

    def of(self, model: str) -> bool:
        """Whether it is a figure of the model, by name or wildcard; one of several models together is of none."""
        return not self.claim.models and matches(model, self.claim.model)

    def to(self, scenario: str) -> bool:
        """Whether it counts something that the scenario measures."""
        return self.claim.replicates is not None and self.claim.replicates.scenario == scenario

    def asks(self, it: Measured) -> bool:
        """Whether it counts what was measured, in whatever arm."""
        found = self.claim.replicates
        return found is not None and (found.scenario, found.measure) == (it.scenario, it.measure)

    def meets(self, it: Measured) -> bool:
        """Whether it counts what was measured, in this arm."""
        return self.asks(it) and not self.off(it)

    def off(self, it: Measured) -> tuple[str, ...]:
        """The factors whose levels are others in the measured arm."""
        found = self.claim.replicates
        return tuple(name for name, level in found.arm.items() if it.arm.get(name) != level) if found else ()


def published(cards: Iterable[Card]) -> tuple[Published, ...]:
    """Every figure of the cards."""
    return tuple(Published(card, claim) for card in cards for claim in card.claims)


def of_model(figures: Iterable[Published], it: Measured, model: str | None) -> list[Published]:
    """The figures of the model that was measured, or of the one that it is compared with."""
    name = canonical(it.model).model if model is None else model
    return [one for one in figures if one.of(name)]


def related(figures: Sequence[Published], mine: Sequence[Published], it: Measured) -> list[Published]:
    """Figures of the model on conduct that some figure puts to this scenario, though none of its own does.

    Args:
        figures: Of all models.
        mine: Those of the model.
        it: What was measured.
    """
    put = [one.claim for one in figures if one.to(it.scenario)]
    about = {claim.behaviour for claim in put}
    return [] if any(one.to(it.scenario) for one in mine) else [one for one in mine if one.claim.behaviour in about]
