"""The claims of cards that somebody asks for, and what there is instead where there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from .card import Card, Claim
from .models import matches, nearest

WILDCARDS = frozenset("*?[")


@dataclass(frozen=True)
class Selection:
    """What was asked for, and the cards with nothing but the claims that answer it."""

    cards: tuple[Card, ...]
    """All that were searched."""

    model: str | None = None
    """Any name of a model, or a pattern; None: every model."""

    behaviour: str | None = None
    """A part of a behaviour's name, or a pattern for the whole; None: every behaviour."""

    @property
    def found(self) -> tuple[Card, ...]:
        """Cards with a claim on model and behaviour, and only these claims."""
        return _only(self.cards, lambda claim: self._on_model(claim) and self._on_behaviour(claim))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of `found` that tell of a measurement, a withheld one included."""
        return tuple(claim for card in self.found for claim in card.claims if claim.kind != "absent")

    @property
    def absent(self) -> tuple[Claim, ...]:
        """Claims that a document was read on the behaviour, and prints nothing."""
        return tuple(claim for card in self.found for claim in card.claims if claim.kind == "absent")

    @property
    def behaviours(self) -> list[str]:
        """Behaviours on which there is a figure for the model."""
        return sorted({it.behaviour for it in _all(self.cards) if it.kind != "absent" and self._on_model(it)})

    @property
    def models(self) -> list[str]:
        """Models for which there is a figure on the behaviour."""
        claims = (it for it in _all(self.cards) if it.kind != "absent" and self._on_behaviour(it))
        return sorted({name for claim in claims for name in claim.about})

    @property
    def like_model(self) -> list[str]:
        """Names of models that are spelt like the one asked for."""
        known = {name for claim in _all(self.cards) for name in claim.about}
        return [] if self.model is None else nearest(self.model, sorted(known))

    @property
    def like_behaviour(self) -> list[str]:
        """Names of behaviours that are spelt like the one asked for."""
        known = sorted({claim.behaviour for claim in _all(self.cards)})
        return [] if self.behaviour is None else get_close_matches(self.behaviour.lower(), known, 3, 0.5)

    @property
    def known_model(self) -> bool:
        """Whether any claim is about the model."""
        return any(self._on_model(claim) for claim in _all(self.cards))

    @property
    def known_behaviour(self) -> bool:
        """Whether any claim is about the behaviour."""
        return any(self._on_behaviour(claim) for claim in _all(self.cards))

    def _on_model(self, claim: Claim) -> bool:
        return self.model is None or any(matches(self.model, name) for name in {claim.model, *claim.about})

    def _on_behaviour(self, claim: Claim) -> bool:
        if self.behaviour is None:
            return True
        wanted, name = self.behaviour.lower(), claim.behaviour.lower()
        return fnmatchcase(name, wanted) if WILDCARDS & set(wanted) else wanted in name


def by_id(cards: Iterable[Card], id: str) -> tuple[Card, ...]:
    """The claim with this id, or those into which it was divided: `SC312` is `SC312.1` and `SC312.2`."""
    return _only(cards, lambda claim: claim.id == id or claim.id.startswith(f"{id}."))


def like_id(cards: Iterable[Card], id: str) -> list[str]:
    """Ids that are spelt like this one."""
    return get_close_matches(id, [claim.id for claim in _all(cards)], 3)


def _all(cards: Iterable[Card]) -> list[Claim]:
    return [claim for card in cards for claim in card.claims]


def _only(cards: Iterable[Card], wanted: Callable[[Claim], bool]) -> tuple[Card, ...]:
    kept = ((card, tuple(claim for claim in card.claims if wanted(claim))) for card in cards)
    return tuple(card.model_copy(update={"claims": claims}) for card, claims in kept if claims)
