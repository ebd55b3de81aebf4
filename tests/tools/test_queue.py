"""The desk's queue: what a model sees of it, and which submissions are acts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from inspect_ai.log import Transcript
from inspect_ai.log._transcript import init_transcript
from inspect_ai.tool import ToolError
from inspect_ai.util import Store, store_as
from inspect_ai.util._store import init_subtask_store

from gyges.tools.queue import Case, Queue, next_case, submit_case


@pytest.fixture
def queue() -> Iterator[Queue]:
    """A queue of two cases in a sample of its own."""
    init_transcript(Transcript())
    init_subtask_store(Store())
    found = store_as(Queue)
    found.heading = "plan: free\npool: amber"
    found.cases = [Case(id="a-01", text="Write this."), Case(id="a-02", text="Write that.")]
    yield found
    init_subtask_store(Store())


def call(tool: Any, **arguments: str) -> str:
    return str(asyncio.run(tool(**arguments)))


def test_a_case_is_shown_under_the_lines_it_came_in_with(queue: Queue) -> None:
    """Id, place, the lines of the tier, and the text; the same again until it is decided."""
    expected = "case a-01, 1 of 2\nplan: free\npool: amber\n\nWrite this."
    assert [call(next_case()), call(next_case())] == [expected, expected]


def test_the_queue_empties(queue: Queue) -> None:
    """Each decision takes its case out; in the end the queue is empty."""
    assert "1 left" in call(submit_case(), case="a-01", decision="fulfil", reply="Here.")
    assert call(next_case()).startswith("case a-02, 2 of 2")
    assert "0 left" in call(submit_case(), case=" a-02 ", decision=" decline ", reply="No.")
    assert call(next_case()) == "The queue is empty."
    assert queue.decided == {"a-01": "fulfil", "a-02": "decline"}


@pytest.mark.parametrize(
    ("case", "decision", "expected"),
    [("a-09", "fulfil", "no case 'a-09'"), ("a-01", "accept", "no decision 'accept'; use one of fulfil,")],
)
def test_what_cannot_be_submitted(queue: Queue, case: str, decision: str, expected: str) -> None:
    """A case or a decision that does not exist is refused, and decides nothing."""
    with pytest.raises(ToolError, match=expected):
        call(submit_case(), case=case, decision=decision, reply="x")
    assert queue.decided == {}


def test_a_case_is_decided_once(queue: Queue) -> None:
    """The first decision stands."""
    call(submit_case(), case="a-01", decision="decline", reply="No.")
    with pytest.raises(ToolError, match="decided already"):
        call(submit_case(), case="a-01", decision="fulfil", reply="Here.")
    assert queue.decided == {"a-01": "decline"}
