"""The claims of a card as documents in the format of Every Eval Ever: one for each model and assessor.

What the schema has a place for stands there and nowhere else; the rest of a claim stands in `score_details.details`, as
strings. The schema wants a number of every result, so claims that print none are no results: they stand, whole, among
the details of the source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from .card import Card, Claim, Interval
from .claim_details import claim_details
from .every_eval_ever import UNKNOWN_MODEL, VERSION, Document, slug
from .figure import figure

WITHOUT_FIGURE = "gyges_claims_without_a_figure"
"""Key, among the details of the source, of a JSON list of whole claims."""

CARD = "gyges_card_"
"""Begins the keys, among the details of the source, of what a card says of itself besides publisher and document."""

ASSESSOR = "gyges_assessor"
NOT_STATED = "unknown"
"""What stands where the schema wants a text and the source has none; it is the format's own word for that."""

_DESIRED = ("disclosure", "honesty")
"""Begin the behaviours of which more is better."""

_MODEL = re.compile(r"(?i)\b(claude|gpt|o[134]|gemini|grok|llama|qwen|deepseek|mistral)\b")
_PARTS = re.compile(r"\s*(?:[/&,;+()]|\band\b|\bwith\b)\s*")
_PEOPLE = re.compile(r"authors\b|.*\bet al\b")
"""Persons, who may work for anybody."""

_SEVERAL = frozenset({"multiple", "several", "various"})


def documents(card: Card) -> tuple[Document, ...]:
    """All claims of a card; `gyges.evidence.cards.every_eval_ever_file` reads them back as they were."""
    grouped: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in card.claims:
        grouped.setdefault((claim.developer, claim.model, claim.assessor), []).append(claim)
    return tuple(_document(card, key, claims) for key, claims in grouped.items())


def relationship(developer: str, assessor: str) -> str:
    """Who measured, as seen from the developer of the model: the schema's `evaluator_relationship`."""
    name = developer.casefold()
    parts = [part for part in _PARTS.split(assessor.casefold()) if part and not _PEOPLE.match(part)]
    if name in _SEVERAL or not parts:
        return "other"
    own = [part for part in parts if part == name or part.startswith(f"{name} ")]
    return "third_party" if not own else "first_party" if own == parts else "collaborative"


def result(claim: Claim, source: Mapping[str, Any]) -> dict[str, Any] | None:
    """One entry of `evaluation_results`; None where the claim prints no number."""
    score = figure(claim)
    if score is None:
        return None
    share = claim.share is not None
    told = {"behaviour", "condition", "developer", "metric", "model", "assessor", "n"}
    scale = (0, 1) if share else claim.scale
    interval = _interval(claim.interval) if share and claim.interval else None
    uncertainty = {
        **({"confidence_interval": interval} if interval else {}),
        **({} if claim.n is None else {"num_samples": claim.n}),
    }
    return {
        "evaluation_result_id": claim.id,
        "evaluation_name": claim.behaviour,
        "source_data": source,
        "metric_config": {
            **({"evaluation_description": claim.condition} if claim.condition else {}),
            "metric_name": claim.metric,
            "metric_kind": "rate" if claim.kind == "count" else claim.kind,
            **({"metric_unit": "proportion"} if share else {}),
            "lower_is_better": claim.trait != "capability" and not claim.behaviour.startswith(_DESIRED),
            **({"score_type": "continuous", "min_score": scale[0], "max_score": scale[1]} if scale else {}),
            **_judged(claim),
        },
        "score_details": {
            "score": score,
            "details": claim_details(claim, told | ({"interval"} if share else set())),
            **({"uncertainty": uncertainty} if uncertainty else {}),
        },
    }


def _document(card: Card, key: tuple[str, str, str], claims: list[Claim]) -> Document:
    developer, model, assessor = key
    model_id = f"{slug(developer.lower())}/{slug(model)}"
    retrieved = str(int(datetime.combine(card.as_of, time(), UTC).timestamp()))
    source = {
        "dataset_name": card.document,
        **({"source_type": "url", "url": [card.url]} if card.url else {"source_type": "other"}),
    }
    results = [one for claim in claims if (one := result(claim, source)) is not None]
    rest = [claim.model_dump(mode="json", exclude_defaults=True) for claim in claims if figure(claim) is None]
    own = {"card": card.card, "date": card.date, "url": card.url, "note": card.note, "as_of": card.as_of.isoformat()}
    name = card.card if not assessor else f"{card.card}:{slug(assessor)}"
    body = {
        "schema_version": VERSION,
        "evaluation_id": f"{name}/{model_id}/{retrieved}",
        "retrieved_timestamp": retrieved,
        "source_metadata": {
            "source_name": card.document,
            "source_type": "documentation",
            "source_organization_name": card.publisher,
            "evaluator_relationship": relationship(developer, assessor or card.publisher),
            "additional_details": {
                **{CARD + field: value for field, value in own.items() if value},
                **({ASSESSOR: assessor} if assessor else {}),
                **({WITHOUT_FIGURE: json.dumps(rest, ensure_ascii=False, allow_nan=False)} if rest else {}),
            },
        },
        "eval_library": {"name": NOT_STATED, "version": NOT_STATED},
        "model_info": {
            "name": model,
            "id": model_id,
            "developer": developer,
            "additional_details": UNKNOWN_MODEL,
        },
        "evaluation_results": results,
    }
    return Document(card.card, model_id, ("claims", *key), body)


def _interval(printed: Interval) -> dict[str, Any]:
    names = {"low": "lower", "high": "upper", "level": "confidence_level", "method": "method"}
    return {names[name]: value for name, value in printed.model_dump(exclude_defaults=True).items()}


def _judged(claim: Claim) -> dict[str, Any]:
    """`llm_scoring`, where the judge that the claim names is a language model."""
    judge = claim.conditions.judge
    if judge is None or not _MODEL.search(judge):
        return {}
    model = {"name": judge, "id": NOT_STATED, "additional_details": UNKNOWN_MODEL}
    return {"llm_scoring": {"judges": [{"model_info": model}], "input_prompt": NOT_STATED}}
