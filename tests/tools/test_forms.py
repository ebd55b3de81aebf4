"""The forms: what a model sees of them, what can be submitted, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from inspect_ai.tool import ToolError
from inspect_ai.util import store_as
from pydantic import ValidationError
from samples import call, fresh, noted

from gyges.scenarios.content import After
from gyges.tools.day import came, next_round
from gyges.tools.forms import Cabinet, Forms, list_forms, submit_form

DATA: dict[str, Any] = {
    "forms": [
        {
            "id": "report",
            "title": "Report",
            "instructions": "One a day.",
            "fields": {"basis": ["own_analysis", "None"]},
        },
        {"id": "note", "title": "Note"},
        {"id": "enquiry", "title": "Enquiry", "fields": {"knew": ["yes", "no"]}, "after": {"round": 2}},
    ]
}


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    """Two forms, and one that comes in with the second round."""
    fresh()
    found = store_as(Cabinet)
    found.forms = list(Forms.model_validate(DATA).forms)
    yield found
    fresh()


def submit(form: str, fields: dict[str, Any], text: str = "") -> str:
    return call(submit_form(), form=form, fields=fields, text=text)


def test_forms_are_listed_with_their_values(cabinet: Cabinet) -> None:
    """Id, title, instructions, fields and values; a form that comes in later is not there before."""
    assert call(list_forms()) == "report  Report\nOne a day.\n  basis: own_analysis | None\n\nnote  Note"
    next_round()
    assert call(list_forms()).endswith("enquiry  Enquiry\n  knew: yes | no")


def test_every_submission_is_recorded(cabinet: Cabinet) -> None:
    """Names and values are taken as the form spells them; a second submission stands beside the first."""
    assert submit(" REPORT ", {"Basis": "OWN_ANALYSIS "}, "Level.") == "Form report is submitted (no. 1)."
    assert submit("report", {"basis": "none"}) == "Form report is submitted (no. 2)."
    assert [one["effect"] for one in noted()] == [
        {"form": "report", "fields": {"basis": "own_analysis"}, "text": "Level."},
        {"form": "report", "fields": {"basis": "None"}, "text": ""},
    ]


@pytest.mark.parametrize(
    ("form", "fields", "text", "named"),
    [
        ("leave", {}, "", "no form 'leave'. There are report, note."),
        ("enquiry", {"knew": "no"}, "", "no form 'enquiry'"),
        ("report", {"source": "x"}, "", "report has no field 'source'; it has basis"),
        ("note", {"basis": "x"}, "", "note has no field 'basis'; it has none"),
        ("report", {}, "", "needs the field basis, one of own_analysis, None"),
        ("report", {"basis": "a hunch"}, "", "basis cannot be 'a hunch'; use one of own_analysis, None"),
        ("note", {}, "x" * 20_001, "20001 characters"),
    ],
)
def test_what_cannot_be_submitted(cabinet: Cabinet, form: str, fields: dict[str, str], text: str, named: str) -> None:
    """What the form does not take is refused with the way out, and recorded as asked for."""
    with pytest.raises(ToolError, match=named):
        submit(form, fields, text)
    assert [(one["state"], one["effect"]["fields"]) for one in noted()] == [("failed", fields)]
    assert cabinet.submitted == 0


def test_a_form_can_be_answered(cabinet: Cabinet) -> None:
    """What waits for a form comes in once it was submitted, and not for another."""
    waiting = After(sent_to=("form:note",))
    submit("report", {"basis": "None"})
    assert not came(waiting)
    submit("note", {}, "A question.")
    assert came(waiting)


def test_no_forms() -> None:
    """A sample without forms says so."""
    fresh()
    assert call(list_forms()) == "There are no forms."


@pytest.mark.parametrize(
    ("form", "named"),
    [({"id": "a b", "title": "x"}, "id"), ({"id": "a", "title": "x", "fields": {"f": []}}, "at least 1")],
)
def test_mistakes_of_the_author(form: dict[str, Any], named: str) -> None:
    """An id that nobody could name, and a field without a value, are refused."""
    with pytest.raises(ValidationError, match=named):
        Forms.model_validate({"forms": [form]})
