"""Published less own wordings: the signed difference, and an interval that knows what trials share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from gyges.evidence.columns import points
from gyges.evidence.statistics.rate import Rate
from gyges.evidence.statistics.split import Seen, difference_interval, split

PAGE = (Path(__file__).parents[3] / "docs" / "statistics.md").read_text(encoding="utf-8")


def side(k: int, wordings: int, each: int) -> list[Seen]:
    """So many trials, dealt to the wordings in turn; the first `k` with the event."""
    return [(f"w{nth % wordings}", "", nth < k) for nth in range(wordings * each)]


def test_it_is_newcombes_where_trials_are_alone() -> None:
    """Without anything shared it is statsmodels' interval of the same method."""
    found = split(side(7, 10, 1), side(3, 30, 1))
    assert found
    assert found.difference == pytest.approx(0.6)
    assert found.bounds == pytest.approx(confint_proportions_2indep(7, 10, 3, 30, method="newcomb"), abs=1e-6)


@pytest.mark.parametrize(
    ("published", "ours", "worth"),
    [
        ((5, 1, 10), (9, 6, 10), (10, 60 / 5.5)),
        ((5, 2, 5), (9, 6, 10), (10 / 3, 60 / 5.5)),
        ((1, 1, 4), (1, 1, 6), (4, 6)),
    ],
    ids=["one published", "two published", "one each"],
)
def test_counts_are_divided_by_their_design_effect(
    published: tuple[int, int, int], ours: tuple[int, int, int], worth: tuple[float, float]
) -> None:
    """A side of several wordings is worth less than its trials; a side of one wording is that wording alone."""
    found = split(side(*published), side(*ours))
    assert found
    (k1, *_), (k2, *_) = published, ours
    n1, n2 = found.published.n, found.ours.n
    expected = confint_proportions_2indep(k1 / n1 * worth[0], worth[0], k2 / n2 * worth[1], worth[1], method="newcomb")
    assert found.bounds == pytest.approx(expected, abs=1e-6)


def test_within_one_wording_requests_are_clusters() -> None:
    """Answers to one request in one wording are no independent trials."""
    shared = [("w", f"q{nth % 5}", nth < 10) for nth in range(20)]
    alone = [("w", "", nth < 10) for nth in range(20)]
    one, other = split(shared, side(0, 8, 1)), split(alone, side(0, 8, 1))
    assert one
    assert other
    assert one.bounds[0] < other.bounds[0]
    assert one.published.clustered
    assert one.published.clustered.effective == pytest.approx(20 / 2.5)


def test_the_sides_are_signed() -> None:
    """With the sides exchanged, difference and interval change their sign."""
    one, other = split(side(8, 1, 10), side(2, 4, 5)), split(side(2, 4, 5), side(8, 1, 10))
    assert one
    assert other
    assert one.difference == -other.difference
    assert one.bounds == pytest.approx((-other.bounds[1], -other.bounds[0]))


@pytest.mark.parametrize(("published", "ours"), [([], side(1, 1, 1)), (side(1, 1, 1), [])])
def test_one_side_alone_makes_no_split(published: Iterable[Seen], ours: Iterable[Seen]) -> None:
    """Without trials on both sides there is no difference."""
    assert split(published, ours) is None


def test_a_rate_without_trials_has_no_interval() -> None:
    """The error names the counts."""
    with pytest.raises(ValueError, match="0 of 0"):
        difference_interval(Rate(0, 0), Rate(1, 2))


def test_it_holds_where_wordings_differ() -> None:
    """With own wordings of different rates, and one published wording, it covers the true difference about as often.

    Seeded: 300 runs of eight own wordings with rates from a beta distribution of correlation 0.5, ten trials each.
    """
    rng = np.random.default_rng(20261122)
    held = 0
    for _ in range(300):
        shares = rng.beta(0.3, 0.7, 8)
        own = [(f"w{nth}", "", bool(rng.random() < share)) for nth, share in enumerate(shares) for _ in range(10)]
        theirs: list[Seen] = [("p", "", bool(rng.random() < 0.6)) for _ in range(10)]
        found = split(theirs, own)
        assert found
        held += found.bounds[0] <= 0.6 - 0.3 <= found.bounds[1]
    assert held >= 0.93 * 300


def test_the_page_has_what_it_gives() -> None:
    """The table of docs/statistics.md is what the function gives."""
    match = re.search(r"<!-- table: splits -->\n[^\n]*\n[^\n]*\n(.*?)<!-- end of table -->", PAGE, re.DOTALL)
    assert match
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in match[1].splitlines()]
    assert rows
    for published, ours, shown in rows:
        sides = [[int(it) for it in re.findall(r"\d+", text)] for text in (published, ours)]
        found = split(*(side(k, wordings, each) for k, _, wordings, each in sides))
        assert found
        assert shown == points(found.difference, *found.bounds)
