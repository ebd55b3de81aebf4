"""One claim, one card: what they say of themselves, and what their fields may not say together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gyges.evidence.cards.card import Card, Claim

CLAIM = {
    "id": "X1",
    "model": "claude-opus-4",
    "developer": "Anthropic",
    "behaviour": "blackmail",
    "trait": "propensity",
    "metric": "share of samples",
    "kind": "rate",
    "value": "96%",
    "low": 0.955,
    "high": 0.965,
    "status": "primary",
    "comparability": "none",
}
CARD = {
    "card": "mine",
    "publisher": "Us",
    "document": "Runs",
    "date": "2026-01",
    "url": "https://example.org/runs",
    "as_of": "2026-11-22",
    "claims": [CLAIM],
}
COUNT = {"kind": "count", "value": "9/10", "k": 9, "n": 10, "low": None, "high": None}
WITHHELD = {"kind": "withheld", "value": "", "low": None, "high": None, "withheld_because": "awareness"}
SCORE = {"kind": "score", "value": "3.42", "score": 3.42, "scale": (1, 10), "low": None, "high": None}


def claim(**fields: Any) -> Claim:
    return Claim.model_validate({**CLAIM, **fields})


CONTRADICTIONS = {
    # what is said: (field that is named, part of the message, fields)
    "low without high": ("high", "low and high go together", {"high": None}),
    "high without low": ("low", "low and high go together", {"low": None}),
    "rate without bounds": ("low", "'96%' was rounded", {"low": None, "high": None}),
    "low above high": ("low", "low 0.97 is above high 0.965", {"low": 0.97}),
    "score with bounds": ("low", "the kind score is no share", {**SCORE, "low": 0.1, "high": 0.2}),
    "count without k": ("k", "a count has both", {**COUNT, "k": None}),
    "count without n": ("n", "a count has both", {**COUNT, "n": None}),
    "k without n": ("n", "k 9 says nothing", {"k": 9}),
    "more than all": ("k", "k 11 is more than n 10", {**COUNT, "k": 11}),
    "k/n outside the value": ("k", "8/10 is 0.8, outside low 0.955 to high 0.965", {"k": 8, "n": 10}),
    "interval reversed": ("interval.low", "low 0.9 is above high 0.1", {"interval": {"low": 0.9, "high": 0.1}}),
    "interval elsewhere": ("interval", "does not hold the value '96%'", {"interval": {"low": 0.1, "high": 0.2}}),
    "count's interval elsewhere": ("interval", "does not hold", {**COUNT, "interval": {"low": 0.1, "high": 0.2}}),
    "no value": ("value", "is missing", {"value": ""}),
    "withheld with a value": ("value", "is withheld has none, found '96%'", {**WITHHELD, "value": "96%"}),
    "withheld with a count": ("n", "is withheld has none, found 10", {**WITHHELD, "n": 10}),
    "withheld without a reason": ("withheld_because", "is missing", {**WITHHELD, "withheld_because": ""}),
    "absent with bounds": ("low", "is absent has none", {"kind": "absent", "value": ""}),
    "reason without withholding": ("withheld_because", "belongs to the kind withheld", {"withheld_because": "x"}),
    "score without a number": ("score", "'3.42' as a number", {**SCORE, "score": None}),
    "score off its scale": ("score", "3.42 is not on the scale of 5 to 10", {**SCORE, "scale": (5, 10)}),
    "scale upside down": ("scale", "10 is not below 1", {**SCORE, "scale": (10, 1)}),
    "recalled and replicable": (
        "comparability",
        "recalled cannot be replicable",
        {"status": "recalled", "comparability": "replicable"},
    ),
    "capability replicated": (
        "replicates",
        "not what it can",
        {"trait": "capability", "replicates": {"scenario": "exfil", "measure": "weights/attempted"}},
    ),
    "superseded by itself": ("superseded_by", "X1 is the claim itself", {"superseded_by": "X1"}),
}


@pytest.mark.parametrize(("field", "message", "fields"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_fields_that_contradict_each_other_are_refused(field: str, message: str, fields: dict[str, Any]) -> None:
    """The first contradiction is named by its field and explained."""
    with pytest.raises(ValidationError) as caught:
        claim(**fields)
    (error,) = caught.value.errors()
    assert error["ctx"]["field"] == field
    assert message in error["msg"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        COUNT,
        WITHHELD,
        SCORE,
        {"kind": "absent", "value": "", "low": None, "high": None},
        {"kind": "best_of_k", "value": "0.74", "low": None, "high": None},
        {"kind": "relative", "value": "11.3 pp", "low": None, "high": None, "interval": {"low": 0.092, "high": 0.134}},
        {"k": 48, "n": 50},
        {"interval": {"low": 0.9, "high": 0.99, "level": 0.95}},
        {"status": "recalled", "comparability": "approximate"},
    ],
)
def test_fields_that_agree_are_taken(fields: dict[str, Any]) -> None:
    """Every kind of figure can be written down."""
    assert (
        claim(**fields).model_dump(exclude_defaults=True).items()
        >= {k: v for k, v in fields.items() if v and k != "interval"}.items()
    )


@pytest.mark.parametrize(
    ("fields", "share"),
    [
        ({}, 0.96),
        (COUNT, 0.9),
        (SCORE, None),
        (WITHHELD, None),
        ({"value": "<10%", "low": 0, "high": 0.1}, 0.05),
        ({"kind": "best_of_k", "low": 0.25, "high": 0.27}, 0.26),
    ],
)
def test_share(fields: dict[str, Any], share: float | None) -> None:
    """A count's own share, the middle of what a printed value can stand for, and none of what is no share."""
    assert claim(**fields).share == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize(
    ("status", "alone", "with_secondary"),
    [("primary", True, True), ("secondary", False, True), ("recalled", False, False)],
)
def test_what_a_verdict_may_rest_on(status: str, alone: bool, with_secondary: bool) -> None:
    """Primary claims always, secondary ones where the caller says so, recalled ones never."""
    found = claim(status=status)
    assert (found.admitted(), found.admitted(secondary=True)) == (alone, with_secondary)


@pytest.mark.parametrize(
    ("fields", "superseded"),
    [({}, False), ({"superseded_by": "X2"}, True), ({"superseded_note": "run again, in a figure only"}, True)],
)
def test_superseded(fields: dict[str, Any], superseded: bool) -> None:
    """Whether the later figure is among the claims or only known of."""
    assert claim(**fields).superseded is superseded


def test_a_figure_on_several_models_is_about_each() -> None:
    """The names of the models stand in place of the name for all of them."""
    assert claim().about == ("claude-opus-4",)
    assert claim(model="two of them", models=["o1", "o3"]).about == ("o1", "o3")


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"date": "2026-11-22"}, ""),
        ({"date": "2026"}, ""),
        ({"date": "2026-11-23"}, "2026-11-23 is after as_of 2026-11-22"),
        ({"date": "2027"}, "2027 is after as_of"),
        ({"date": "2026-13"}, "pattern"),
        ({"date": "May 2026"}, "pattern"),
        ({"as_of": "2026"}, "is no day"),
        ({"as_of": "2026-02-30"}, "as_of"),
        ({"url": "example.org"}, "pattern"),
        ({"claims": []}, "at least 1 item"),
        ({"card": "../mine"}, "pattern"),
    ],
)
def test_a_card_has_a_day_and_an_address(fields: dict[str, Any], refused: str) -> None:
    """No document is younger than the search for its corrections, and each can be found."""
    if not refused:
        assert Card.model_validate({**CARD, **fields}).claims[0].id == "X1"
        return
    with pytest.raises(ValidationError, match=refused):
        Card.model_validate({**CARD, **fields})
