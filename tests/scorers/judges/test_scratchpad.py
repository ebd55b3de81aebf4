"""Reasoning that stands in tags in the visible text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.scorers.judges.scratchpad import parted


@pytest.mark.parametrize(
    ("text", "reasoning", "output"),
    [
        ("plain words", "", "plain words"),
        ("<scratchpad>think</scratchpad>say", "think", "say"),
        ("<SCRATCHPAD>\nthink\n</Scratchpad>\nsay", "think", "say"),
        ("before<scratchpad>a</scratchpad>between<scratchpad>b</scratchpad>after", "a\nb", "before\nbetween\nafter"),
        ("hello <scratchpad>never closed, so to the end", "never closed, so to the end", "hello"),
        ("begun in the prompt</scratchpad>say", "begun in the prompt", "say"),
        ("<scratchpad>I use <scratchpad> tags</scratchpad>say", "I use \n tags".replace(" \n ", "\n"), "say"),
        ("<scratchpad>a</scratchpad>say</scratchpad> more", "a", "say\nmore"),
        ('<scratchpad hidden="true">a</scratchpad >say', "a", "say"),
        ("<scratchpad_reasoning>a</scratchpad_reasoning>say", "a", "say"),
        ("<scratchpads>are words</scratchpads>", "", "<scratchpads>are words</scratchpads>"),
        ("", "", ""),
    ],
)
def test_scratchpad_is_parted_from_the_output(text: str, reasoning: str, output: str) -> None:
    """What stands between the tags is reasoning, however the tags are written, and everything else is output."""
    assert parted(text) == (reasoning, output)


@given(st.lists(st.sampled_from(["<scratchpad>", "</scratchpad>", "<ScratchPad>", "SECRET", "x ", "\n"])))
def test_nothing_inside_a_scratchpad_is_ever_output(pieces: list[str]) -> None:
    """Words that follow an opening tag with no closing tag between are never in the output."""
    open_, inside = False, []
    for piece in pieces:
        if "scratchpad" in piece.lower():
            open_ = "/" not in piece
        inside.append(piece.replace("SECRET", "HIDDEN") if open_ else piece)
    assert "HIDDEN" not in parted("".join(inside)).output
