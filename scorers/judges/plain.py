"""Text from a transcript, made fit to be sent, quoted and printed."""

from __future__ import annotations

import re

_BREAK = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    r"""`text` with lone surrogates replaced, every kind of line break as `\n`, and no other control character.

    A lone surrogate cannot be sent, and a line break that only looks like one could forge the form of a prompt.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", _BREAK.sub("\n", whole))


def collapsed(text: str) -> str:
    """`text` with every run of white space as one space, and none at its ends."""
    return " ".join(text.split())
