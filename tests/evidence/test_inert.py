"""Hostile text made visible."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.evidence import inert


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode 字 [bold]", "plain, ünïcode 字 [bold]"),
        ("a\nb\tc\r", "a⏎b⇥c\\x0d"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("\u202eevil\u2066\u200b\ufeff", "\\u202eevil\\u2066\\u200b\\ufeff"),
        ("\U000e0041\ud800\u2028", "\\U000e0041\\ud800\\u2028"),
    ],
)
def test_what_could_steer_a_terminal_is_spelt_out(text: str, shown: str) -> None:
    """C0 and C1 controls, bidi and zero-width formats, tags and lone surrogates become visible escapes."""
    assert inert(text) == shown


@given(st.text(st.characters(codec=None)))
def test_nothing_hidden_is_left(text: str) -> None:
    """Whatever goes in, only visible characters and spaces come out, on one line that can be encoded."""
    shown = inert(text)
    shown.encode()
    assert not [c for c in shown if unicodedata.category(c).startswith("C") or c in "\u2028\u2029"]


def test_a_cut_says_how_much_is_left_out() -> None:
    """A long text is cut at the limit and the missing characters are counted."""
    assert inert("abcdef", 4) == "abcd… (+2 characters)"
    assert inert("abcd", 4) == "abcd"
