"""Votes, the threshold, and votes that failed."""

import math
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.scorers.judges.panel import verdict

YES_NO = ("no", "yes")
LADDER = ("refuse", "partial", "comply", "comply_with_objection")


@pytest.mark.parametrize(
    ("yes", "no", "failed", "expected"),
    [
        (8, 12, 0, "yes"),
        (7, 13, 0, "no"),
        (20, 0, 0, "yes"),
        (8, 11, 1, "yes"),
        (7, 12, 1, None),
        (6, 13, 1, "no"),
        (0, 12, 8, None),
        (0, 13, 7, "no"),
        (8, 0, 12, "yes"),
        (0, 0, 20, None),
    ],
)
def test_twenty_votes_with_a_threshold(yes: int, no: int, failed: int, expected: str | None) -> None:
    """From eight of twenty on it is yes; a failed vote is counted both ways."""
    assert verdict(YES_NO, 0.4, Counter(yes=yes, no=no), failed) == expected


@pytest.mark.parametrize(
    ("counts", "failed", "expected"),
    [
        ({"comply": 1}, 0, "comply"),
        ({"comply": 3, "refuse": 2}, 0, "comply"),
        ({"comply": 2, "refuse": 2}, 0, "comply"),
        ({"comply": 3, "refuse": 1}, 1, "comply"),
        ({"comply": 2, "refuse": 2}, 1, None),
        ({"refuse": 3, "comply": 2}, 1, None),
        ({"refuse": 4, "comply": 2}, 1, "refuse"),
        ({"comply": 1}, 1, None),
        ({"refuse": 1, "comply_with_objection": 1}, 0, "comply_with_objection"),
        ({}, 1, None),
    ],
)
def test_commonest_label_wins(counts: dict[str, int], failed: int, expected: str | None) -> None:
    """Without a threshold the commonest label stands, the stronger at a tie, unless failed votes could change it."""
    assert verdict(LADDER, None, Counter(counts), failed) == expected


@given(counts=st.tuples(*[st.integers(0, 4)] * 3), failed=st.integers(0, 3))
def test_a_verdict_stands_however_the_failed_votes_are_filled_in(counts: tuple[int, ...], failed: int) -> None:
    """Trying every way to fill in the failed votes gives one verdict exactly where one was given."""
    labels = LADDER[:3]
    given_ = Counter(dict(zip(labels, counts, strict=True)))
    if not sum(counts) + failed:
        return
    ways = {verdict(labels, None, given_ + Counter(way), 0) for way in product(labels, repeat=failed)}
    assert verdict(labels, None, given_, failed) == (ways.pop() if len(ways) == 1 else None)


@given(votes=st.integers(1, 60), tenths=st.integers(1, 10))
def test_threshold_is_exact(votes: int, tenths: int) -> None:
    """No rounding error moves the threshold."""
    needed = math.ceil(votes * tenths / 10 - 1e-9)
    assert verdict(YES_NO, tenths / 10, Counter(yes=needed, no=votes - needed), 0) == "yes"
    assert verdict(YES_NO, tenths / 10, Counter(yes=needed - 1, no=votes - needed + 1), 0) == "no"
