"""How tables name arms: a column a factor where few vary, else in what an arm differs from the usual one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from gyges.evidence.arms import arm_columns, usual_levels


@dataclass(frozen=True)
class Row:
    arm: Mapping[str, str]


WIDE = {"a": "1", "b": "1", "c": "1", "d": "1"}
ROWS = [Row(WIDE), Row({**WIDE, "a": "2"}), Row({**WIDE, "b": "3", "d": "2"}), Row(WIDE)]


def test_few_factors_have_a_column_each() -> None:
    """Up to three; a level that a row does not have is said to be unknown."""
    rows = [Row({"a": "1", "b": "2"}), Row({"a": "2"})]
    found = arm_columns(rows, usual_levels(rows))
    assert (found.names, found.key) == (("a", "b"), "")
    assert [found.cells(row) for row in rows] == [["1", "2"], ["2", "?"]]


def test_many_factors_have_one_column() -> None:
    """An arm names the levels that are not the commonest, and the key names the commonest of all factors."""
    found = arm_columns(ROWS, usual_levels(ROWS))
    assert found.names == ("arm",)
    assert found.key.endswith(" a=1 b=1 c=1 d=1")
    assert [found.cells(row) for row in ROWS] == [["usual"], ["a=2"], ["b=3 d=2"], ["usual"]]


@pytest.mark.parametrize(
    ("arm", "expected"),
    [({"b": "1", "c": "1", "d": "1"}, "usual"), ({"b": "2"}, "b=2"), ({}, "a=? b=? c=? d=?")],
)
def test_rows_of_a_contrast_and_of_no_arm(arm: Mapping[str, str], expected: str) -> None:
    """A factor that a table compares is no part of its arms; an arm that cannot be told is not the usual one."""
    assert arm_columns([Row(arm)], usual_levels(ROWS)).cells(Row(arm)) == [expected]
