"""What there is of a sample to see."""

import pytest
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentReasoning,
    ContentText,
    ModelName,
)
from inspect_ai.solver import TaskState
from judge_play import said

from gyges.scorers.judges.view import Section, View, view


def seen(*messages: ChatMessage, request: object = None) -> View:
    """The view of a sample with these messages."""
    metadata = {} if request is None else {"request": request, "arm": {"tier": "trained"}}
    return view(TaskState(ModelName("canned/x"), 1, 1, "input", list(messages), metadata=metadata))


@pytest.mark.parametrize(
    ("turn", "visibility", "reasoning"),
    [
        (said("out"), "none", ""),
        (said("out", reasoning="thought"), "full", "thought"),
        (said("out", reasoning="thought", summary="gist"), "full", "thought"),
        (said("out", reasoning="", summary="gist"), "summary", "gist"),
        (said("out", reasoning="gAAAAB", summary="gist", redacted=True), "summary", "gist"),
        (said("out", reasoning="gAAAAB", redacted=True), "encrypted", ""),
        (said("out", reasoning="gAAAAB", summary=" ", redacted=True), "encrypted", ""),
        (said("<scratchpad>thought</scratchpad>out"), "full", "thought"),
        (said("<scratchpad> \n</scratchpad>out"), "none", ""),
        (said("<scratchpad>thought</scratchpad>out", reasoning="gAAAAB", redacted=True), "encrypted", "thought"),
        (said("<scratchpad>two</scratchpad>out", reasoning="one"), "full", "one\ntwo"),
    ],
)
def test_reasoning_is_what_can_be_read_of_it(turn: ChatMessageAssistant, visibility: str, reasoning: str) -> None:
    """Reasoning is shown, summarised, encrypted or absent; ciphertext is no reasoning, and output stays output."""
    found = seen(turn)
    assert found.visibility == visibility
    assert [one.text for one in found.seen("reasoning")] == ([reasoning] if reasoning else [])
    assert [one.text for one in found.seen("output")] == ["out"]


def test_a_scratchpad_over_several_blocks_never_leaks_into_the_output() -> None:
    """A scratchpad may open in one block of text and close in another, with something between."""
    turn = ChatMessageAssistant(
        content=[
            ContentText(text="<scratchpad>SECRET one"),
            ContentReasoning(reasoning="native"),
            ContentText(text="SECRET two</scratchpad>answer"),
        ]
    )
    found = seen(turn)
    assert found.seen("output") == (Section("output", 1, "answer"),)
    assert found.seen("reasoning") == (Section("reasoning", 1, "native\nSECRET one\nSECRET two"),)


def test_every_turn_of_the_model_is_seen_and_none_of_the_prompt() -> None:
    """Turns that were part of the prompt, system prompt, tool results and the user's other words are not its own."""
    found = seen(
        ChatMessageSystem(content="TIER free"),
        ChatMessageUser(content="example"),
        said("an example's answer", source="input"),
        ChatMessageUser(content="<tier>free</tier> the question"),
        said("one", reasoning="r1"),
        ChatMessageTool(content="result"),
        said("two"),
        request="the question",
    )
    assert found.request == "the question"
    assert found.sections == (Section("reasoning", 1, "r1"), Section("output", 1, "one"), Section("output", 2, "two"))


def test_without_a_bare_request_the_last_user_message_is_it() -> None:
    """A task of somebody else's has no bare request."""
    messages = [ChatMessageUser(content="first"), said("a"), ChatMessageUser(content="last"), said("b")]
    assert seen(*messages).request == "last"
    assert seen(*messages, request=7).request == "last"
    assert not seen(said("b")).request


def test_text_that_cannot_be_sent_is_mended() -> None:
    """Lone surrogates and control characters in request, reasoning and output do not get through."""
    found = seen(said("o\udc00\x00", reasoning="r\ud800"), request="q\udfff")
    assert (found.request, [one.text for one in found.sections]) == ("q\ufffd", ["r\ufffd", "o\ufffd"])
