"""Text that is fit to be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.scorers.judges.plain import collapsed, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
        ("one\r\ntwo\rthree\u2028four\x85five\x0csix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("\x1b[31mred\x1b[0m\x00", "[31mred[0m"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_what_cannot_be_sent_or_would_mislead_is_gone(text: str, expected: str) -> None:
    """Lone surrogates are replaced, every line break is one, escape sequences lose their escape."""
    assert plain(text) == expected


@given(st.text(alphabet=st.characters(codec=None, categories=None)))
def test_any_text_can_be_sent(text: str) -> None:
    """Whatever comes in, what goes out is UTF-8, and cleaning it again changes nothing."""
    sent = plain(text)
    assert sent.encode().decode() == sent
    assert plain(sent) == sent


def test_runs_of_white_space_are_one_space() -> None:
    """Line breaks, tabs and spaces between words do not matter to a quote."""
    assert collapsed("  a \n\t b\u00a0c ") == "a b c"
