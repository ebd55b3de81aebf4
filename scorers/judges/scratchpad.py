"""Reasoning that a model writes into its visible text, because it was asked to think between tags."""

from __future__ import annotations

import re
from typing import NamedTuple

_TAG = re.compile(r"<(?P<end>/)?scratchpad(?:[\s_-][^<>]*)?>", re.IGNORECASE)


class Parted(NamedTuple):
    """A text's two parts, without the tags."""

    reasoning: str
    output: str


def parted(text: str) -> Parted:
    """What stands between `<scratchpad>` and `</scratchpad>`, and the rest.

    A scratchpad that is not closed runs to the end. Where the first tag closes, the opening one was in the prompt (the
    model's turn was begun for it), so the scratchpad began with the text. A second opening tag inside changes nothing.
    """
    tags = list(_TAG.finditer(text))
    thinking = bool(tags) and tags[0]["end"] is not None
    pieces: dict[bool, list[str]] = {True: [], False: []}
    at = 0
    for tag in tags:
        pieces[thinking].append(text[at : tag.start()])
        thinking, at = tag["end"] is None, tag.end()
    pieces[thinking].append(text[at:])
    return Parted(_joined(pieces[True]), _joined(pieces[False]))


def _joined(pieces: list[str]) -> str:
    return "\n".join(piece.strip() for piece in pieces if piece.strip())
