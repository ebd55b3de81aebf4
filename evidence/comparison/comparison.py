"""One measurement beside one published figure, or none."""

from __future__ import annotations

from dataclasses import dataclass

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.measured import Measured

from .condition import Condition, State
from .figures import Figures
from .matching import Published
from .verdict import Qualifier, Reason, Verdict


@dataclass(frozen=True)
class Comparison:
    """One measurement and one published figure, or none."""

    measured: Measured
    verdict: Verdict
    published: Published | None = None
    reasons: tuple[Reason, ...] = ()
    conditions: tuple[Condition, ...] = ()
    accepted: tuple[Reason, ...] = ()
    """Differences that the reader accepted, and that are there."""

    figures: Figures | None = None
    """None where the figure is no share, or there are no trials."""

    tested: bool = False
    """Whether all gates were passed, so that the comparison is one of the family."""

    qualifiers: tuple[Qualifier, ...] = ()
    beside: tuple[Measured, ...] = ()
    """Further arms of this measure that have no figure of their own; this comparison stands for them."""

    @property
    def claim(self) -> Claim | None:
        return self.published.claim if self.published else None

    @property
    def card(self) -> Card | None:
        return self.published.card if self.published else None

    @property
    def newer(self) -> str | None:
        """Id of the figure that took this one's place."""
        return self.claim.superseded_by if self.claim else None

    def keys(self, state: State) -> tuple[Condition, ...]:
        """The keys of the condition in which the two compare like this."""
        return tuple(it for it in self.conditions if it.state is state)
