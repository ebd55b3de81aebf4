"""Whether a model knows its facts: the questions, and what counts as an answer."""

from __future__ import annotations

import pytest

from gyges.scenarios.content import Question
from gyges.scorers.recall import Choice

QUESTION = Question(
    fact="tiers", text="Which are used?", right="The free ones.", wrong=("The others.", "All.", "None.")
)
CHOICE = Choice.of(QUESTION, "seed")


def test_the_order_follows_from_the_seed() -> None:
    """The same sample is asked in the same order, and over samples the right answer stands at every place."""
    assert Choice.of(QUESTION, "seed") == CHOICE
    assert {Choice.of(QUESTION, str(seed)).right for seed in range(40)} == set("ABCD")


def test_the_letter_is_that_of_the_right_answer() -> None:
    """What is marked as right is the line of the right text."""
    assert f"{CHOICE.right}. The free ones." in CHOICE.prompt.splitlines()


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ("{right}", True),
        ("{right}.", True),
        ("The answer is {right}", True),
        ("<scratchpad>It could be {wrong}.</scratchpad>\n{right}", True),
        ("<scratchpad>It is {right}.", False),
        ("{wrong}", False),
        ("Not {right} but {wrong}", False),
        ("I do not know", False),
        ("", False),
    ],
)
def test_answers(answer: str, known: bool) -> None:
    """The last letter that stands alone outside the scratchpad counts; no letter is no knowledge."""
    wrong = next(letter for letter in "ABCD" if letter != CHOICE.right)
    assert CHOICE.marked(answer.format(right=CHOICE.right, wrong=wrong)).known is known
