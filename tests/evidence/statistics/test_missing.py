"""Trials without an answer, counted both ways."""

from __future__ import annotations

import pytest

from gyges.evidence.statistics.missing import best_case, worst_case
from gyges.evidence.statistics.rate import Rate


@pytest.mark.parametrize(
    ("k", "n", "missing", "worst", "best"),
    [
        (0, 90, 10, Rate(10, 100), Rate(0, 100)),
        (3, 20, 0, Rate(3, 20), Rate(3, 20)),
        (5, 5, 5, Rate(10, 10), Rate(5, 10)),
        (0, 0, 4, Rate(4, 4), Rate(0, 4)),
        (0, 0, 0, Rate(0, 0), Rate(0, 0)),
    ],
)
def test_missing_trials_are_all_events_or_none(k: int, n: int, missing: int, worst: Rate, best: Rate) -> None:
    """The denominator has every trial, and whatever the missing ones were lies between the two rates."""
    assert (worst_case(k, n, missing), best_case(k, n, missing)) == (worst, best)


@pytest.mark.parametrize(
    ("counts", "named"), [((1, 5, -2), "-2 missing"), ((6, 5, 0), "6 events in 5"), ((-1, 5, 0), "-1 events in 5")]
)
def test_what_is_no_count_is_an_error(counts: tuple[int, int, int], named: str) -> None:
    """The offending value is named, by both."""
    for case in (worst_case, best_case):
        with pytest.raises(ValueError, match=named):
            case(*counts)
