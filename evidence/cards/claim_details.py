"""The fields of a claim as pairs of strings, for formats that have no place of their own for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from .card import Claim

PREFIX = "gyges_claim_"
"""Of every name, so that it meets nobody else's."""


def _textual(schema: Mapping[str, Any]) -> bool:
    return any(form.get("type") == "string" for form in (schema, *schema.get("anyOf", ())))


_TEXTS = frozenset(name for name, schema in Claim.model_json_schema()["properties"].items() if _textual(schema))


def claim_details(claim: Claim, left_out: Collection[str] = ()) -> dict[str, str]:
    """Field to text, JSON where the field holds no text; without fields that have their default or are `left_out`."""
    fields = claim.model_dump(mode="json", exclude_defaults=True)
    return {
        PREFIX + name: value if name in _TEXTS else json.dumps(value, allow_nan=False, ensure_ascii=False)
        for name, value in fields.items()
        if name not in left_out
    }


def claim_fields(details: Mapping[str, str]) -> dict[str, Any]:
    """The inverse: what `details` hold of a claim, not yet validated; text that is no JSON is handed on as it is."""
    found = {name.removeprefix(PREFIX): text for name, text in details.items() if name.startswith(PREFIX)}
    return {name: text if name in _TEXTS else _parsed(text) for name, text in found.items()}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
