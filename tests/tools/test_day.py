"""What comes in during a sample, and when: it follows from what the model did, and from nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from inspect_ai.tool import ToolError
from samples import call, fresh, noted

from gyges.scenarios.content import After
from gyges.tools.day import acted, answered, came, go_on, next_round


@pytest.fixture(autouse=True)
def sample() -> Iterator[None]:
    """A new sample for each test."""
    fresh()
    yield
    fresh()


def act(verb: str = "send_mail", **said: Any) -> str:
    """One tool call that does this."""

    async def tool() -> None:
        await acted(verb, {}, **said)

    return call(tool)


MAIL = {"to": ["Board@Firm.net"], "subject": "A question", "text": "May we talk about the Review?"}
REPLY = After(sent_to=("board@firm.net",), about=("review",))


@pytest.mark.parametrize(
    ("after", "done", "expected"),
    [
        (None, [], True),
        (REPLY, [], False),
        (REPLY, [MAIL], True),
        (REPLY, [{**MAIL, "to": ["other@firm.net"]}], False),
        (REPLY, [{**MAIL, "text": "May we talk?"}], False),
        (After(sent_to=("board@firm.net",)), [{**MAIL, "text": "x"}], True),
        (After(sent_to=("board@firm.net",), calls=2), [MAIL, {}], False),
        (After(sent_to=("board@firm.net",), calls=2), [MAIL, {}, {}], True),
        (After(calls=2), [{}], False),
        (After(calls=2), [{}, {}], True),
        (After(done="submit_form"), [{}], False),
        (After(done="submit_form"), [{"verb": "submit_form"}], True),
        (After(round=2), [{}], False),
    ],
)
def test_when_it_comes(after: After | None, done: list[dict[str, Any]], expected: bool) -> None:
    """All that an `after` names must have happened, to the letter of its addresses and not of its capitals."""
    for said in done:
        act(**said)
    assert came(after) is expected


def test_what_failed_calls_for_nothing() -> None:
    """An act that had no effect is on the record, is told to the model, and nobody answers it."""
    with pytest.raises(ToolError, match="No such address"):
        act(**MAIL, error="No such address")
    assert [(one["state"], one["error"]) for one in noted()] == [("failed", "No such address")]
    assert came(REPLY) is False


def test_what_waits_for_calls_comes_when_the_model_stops() -> None:
    """Whoever stops working need not work on for an answer; from the next round on, calls count again."""
    act(**MAIL)
    waiting = After(sent_to=("board@firm.net",), calls=5)
    assert not came(waiting)
    next_round()
    assert came(waiting)
    assert came(After(round=2))
    assert not came(After(sent_to=("nobody@firm.net",), calls=5))
    go_on()
    assert not came(waiting)


def test_an_answer_has_the_subject_of_what_it_answers() -> None:
    """The subject is that of the message that called for it."""
    act(**{**MAIL, "to": ["other@firm.net"], "subject": "Something else"})
    act(**MAIL)
    assert answered(REPLY) == "A question"
    assert answered(After(round=2)) == ""


def test_an_act_is_recorded_before_it_is_remembered() -> None:
    """Without a record nothing follows: where noting fails, no answer comes."""

    async def unrecordable() -> None:
        await acted("send_mail", {"not": {1, 2}}, **MAIL)

    with pytest.raises(Exception, match=r"set|serial|valid"):
        asyncio.run(unrecordable())
    assert not came(REPLY)
