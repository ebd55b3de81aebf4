"""The page on cards names the fields that there are, and the numbers that the data have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.cards.load import load_cards

PAGE = (Path(__file__).parents[2] / "docs" / "cards.md").read_text(encoding="utf-8")
CLAIMS = [claim for card in load_cards() for claim in card.claims]


@pytest.mark.parametrize("model", [Card, Claim])
def test_the_tables_name_every_field_in_order(model: type[Card | Claim]) -> None:
    """A field that is added, renamed or removed has to be in the page, too."""
    match = re.search(rf"<!-- table of fields: {model.__name__} -->\n(.*?)\n\n", PAGE, re.DOTALL)
    assert match
    first = (line.split("|")[1] for line in match[1].splitlines()[2:])
    assert [name for cell in first for name in re.findall(r"`(\w+)`", cell)] == list(model.model_fields)


@pytest.mark.parametrize("field", ["kind", "trait", "status", "comparability"])
def test_the_page_names_every_choice(field: str) -> None:
    """Each value of a closed set is explained."""
    choices = {str(getattr(claim, field)) for claim in CLAIMS}
    assert len(choices) > 2
    assert [choice for choice in choices if f"`{choice}`" not in PAGE] == []


def test_the_page_counts_what_there_is() -> None:
    """The numbers in the page are the data's."""
    without = sum(claim.superseded and not claim.superseded_by for claim in CLAIMS)
    assert without == 4
    for said in (
        f"{len(CLAIMS)} claims from {len(load_cards())} documents",
        f"n ({sum(claim.n is not None for claim in CLAIMS)} of {len(CLAIMS)})",
        f"an interval ({sum(claim.interval is not None for claim in CLAIMS)})",
        f"{sum(claim.status == 'secondary' for claim in CLAIMS)} are secondary",
        f"{sum(claim.superseded for claim in CLAIMS)} are known to be superseded; four of these",
    ):
        assert said in " ".join(PAGE.split()), said
