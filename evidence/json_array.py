"""A JSON array read one element at a time, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any, TextIO

_CHUNK = 1 << 16


def elements(stream: TextIO) -> Iterator[Any]:
    """The elements of the one array in `stream`, which are objects; held in memory is no more than one and a chunk.

    Takes what Python's `json` takes, NaN too. Raises ValueError where the text is no array of objects, or is cut off.
    """
    text = stream.read(_CHUNK).lstrip()
    if not text.startswith("["):
        raise ValueError("is no JSON array")
    decoder, at = JSONDecoder(), 1
    while True:
        at = _next(text, at)
        if text[at : at + 1] == "]":
            return
        if text[at : at + 1] not in ("{", ""):
            raise ValueError(f"holds something other than objects: {text[at : at + 20]!r}")
        try:
            value, at = decoder.raw_decode(text, at)
        except JSONDecodeError as error:
            more = stream.read(max(_CHUNK, len(text) - at))  # doubling, so that one long element is not parsed often
            if not more:
                raise ValueError("is a JSON array that is cut off or malformed") from error
            text, at = text[at:] + more, 0
        else:
            yield value


def _next(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\n", "\r", "\t", ","):
        at += 1
    return at
