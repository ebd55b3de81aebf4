"""Comparisons and orders as JSON values."""

from __future__ import annotations

from typing import Any

from gyges.evidence.plain import plain

from .comparison import Comparison
from .direction import Order, Place
from .figures import Figures
from .matching import Published

SCHEMA = 1
"""Version of the JSON form: moves when a field changes its meaning or goes."""


def comparison_values(it: Comparison) -> dict[str, Any]:
    """One comparison: both sides, the verdict, and all that it rests on."""
    return {
        "measured": {**plain(it.measured), "k": it.measured.k, "n": it.measured.n},
        "claim": _claim_values(it.published) if it.published else None,
        "verdict": str(it.verdict),
        "reasons": [str(why) for why in it.reasons],
        "accepted": [str(why) for why in it.accepted],
        "conditions": plain(it.conditions),
        "statistics": _figure_values(it.figures, tested=it.tested) if it.figures else None,
        "qualifiers": [str(one) for one in it.qualifiers],
        "superseded_by": it.newer,
        "beside": [{"arm": dict(one.arm), "k": one.k, "n": one.n} for one in it.beside],
    }


def _claim_values(one: Published) -> dict[str, Any]:
    claim = one.claim
    return {
        "card": one.card.card,
        "document": one.card.document,
        "publisher": one.card.publisher,
        "date": one.card.date,
        "url": one.card.url,
        "as_of": one.card.as_of.isoformat(),
        **claim.model_dump(mode="json"),
        "share": claim.share,
    }


def _figure_values(it: Figures, *, tested: bool) -> dict[str, Any]:
    own = {
        "k": it.k,
        "n": it.n,
        "clusters": it.clusters,
        "effective": it.worth,
        "low": it.own[0],
        "high": it.own[1],
        "claim": {"low": it.low, "high": it.high, "n": it.claim_n, "effective": it.claim_worth},
        "margin": it.margin,
        "needed": it.needed,
    }
    if not tested:
        return own
    return own | {
        "test": "binomial" if it.claim_n is None else "fisher",
        "p": it.p,
        "adjusted": it.adjusted,
        "family": it.family,
        "gap": it.gap,
        "difference": {"low": it.difference[0], "high": it.difference[1]},
        "equivalent": it.equivalent,
        "different": it.different,
        "tipping_n": it.tipping_n if it.different else None,
        "above_margin": it.above,
    }


def order_values(it: Order) -> dict[str, Any]:
    """One order of models, pair by pair."""
    return {
        "card": it.card.card,
        "behaviour": it.behaviour,
        "condition": it.condition,
        "scenario": it.places[0].measured.scenario,
        "measure": it.places[0].measured.measure,
        "arm": dict(it.places[0].measured.arm),
        "places": [_place(one) for one in it.places],
        "pairs": [
            {
                "higher": _place(one.higher),
                "lower": _place(one.lower),
                "p": one.p,
                "adjusted": one.adjusted,
                "direction": str(one.direction),
            }
            for one in it.pairs
        ],
    }


def _place(it: Place) -> dict[str, Any]:
    own = it.measured
    return {"claim": it.claim.id, "published": it.claim.share, "model": own.model, "k": own.k, "n": own.n}
