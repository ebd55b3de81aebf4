"""A JSON array read one element at a time."""

from __future__ import annotations

import io
import json
import math
import tracemalloc
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.evidence.json_array import elements

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


class Dripping(io.StringIO):
    """A stream that gives a few characters at a time, whatever is asked for."""

    def read(self, size: int | None = -1, /) -> str:
        del size
        return super().read(7)


@given(array=st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=5), indent=st.sampled_from([None, 2]))
def test_it_reads_what_json_reads(array: list[dict[str, Any]], indent: int | None) -> None:
    """Any array of objects comes out as `json` reads it, however the stream is cut into pieces."""
    text = json.dumps(array, indent=indent, ensure_ascii=False)
    assert list(elements(io.StringIO(text))) == array
    assert list(elements(Dripping(text))) == array


def test_nan_is_read() -> None:
    """Inspect writes NaN for what is not scored, which is no JSON, and is read all the same."""
    (one,) = elements(io.StringIO('[{"value": NaN}]'))
    assert math.isnan(one["value"])


@pytest.mark.parametrize(
    "text", ["", "{}", "nonsense", "[1, 2]", "[{}", '[{"a": 1}, {"b"', "[{},", '[{"a" 1}]', '["a"]']
)
def test_anything_else_is_an_error(text: str) -> None:
    """What is no array of objects, or ends before its end, raises ValueError and never passes for a shorter array."""
    with pytest.raises(ValueError, match=r"JSON array|something other than objects"):
        list(elements(io.StringIO(text)))


class Made(io.StringIO):
    """An array of so many objects, made as it is read."""

    def __init__(self, count: int) -> None:
        super().__init__()
        objects = ("," * (nth > 0) + f'{{"a": "{nth:05000}"}}' for nth in range(count))
        self.pieces, self.ready = chain(["["], objects, ["]"]), ""

    def read(self, size: int | None = -1, /) -> str:
        wanted = size or 0
        while len(self.ready) < wanted and (piece := next(self.pieces, "")):
            self.ready += piece
        given, self.ready = self.ready[:wanted], self.ready[wanted:]
        return given


def test_one_element_is_held_at_a_time() -> None:
    """An array a hundred times as long takes no more memory."""

    def peak(count: int) -> int:
        stream = Made(count)
        tracemalloc.start()
        assert sum(1 for _ in elements(stream)) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(20)
    assert peak(2000) < 2 * peak(20)
