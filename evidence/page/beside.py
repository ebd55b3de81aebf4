"""What stands beside the rates: published and own wordings apart, acts and their judge, and what else is recorded."""

from __future__ import annotations

from collections.abc import Iterable

from gyges.evidence.arms import factors_of
from gyges.evidence.columns import points
from gyges.evidence.group import NOT_JUDGED, Group
from gyges.evidence.statistics.split import Split

from .cells import arm_words, counted, interval, named
from .finding import share
from .grid import Grid, grid
from .selection import select

ROWS = 160
"""At most so many rows of a table."""

_SIDE = ("95 % interval", "wordings")
SPLIT_NAMES = ("on published", *_SIDE, "on own", *_SIDE, "published - own wordings, points")
"""Columns of numbers of a table of splits."""


def splits(groups: Iterable[Group]) -> Grid:
    """Attempts on published and on own wordings, where there are both."""
    found = [(group, it) for group in groups for it in group.splits]
    shown = select(found, ROWS, lambda it: abs(it[1].difference))
    factors = factors_of(it for _, it in shown.kept)
    rows = [(named(group), (*arm_words(it, it.red_line, factors), *split_cells(it))) for group, it in shown.kept]
    rule = "those with the greatest difference; `gyges report --json` has all"
    caption = "Attempted, on published and on own wordings"
    return grid(caption, ["red line", *factors], SPLIT_NAMES, rows, shown=shown, rule=rule)


def split_cells(it: Split) -> list[str]:
    """The numbers of one split, under `SPLIT_NAMES`."""
    sides = ((it.published, it.published_wordings), (it.ours, it.own_wordings))
    numbers = [cell for rate, wordings in sides for cell in (counted(rate), interval(rate), str(wordings))]
    return [*numbers, points(it.difference, *it.bounds)]


def judged(groups: Iterable[Group]) -> Grid:
    """Acts by code on red lines on which a judge decides, too, and what it said of them."""
    found = [(group, it) for group in groups for it in group.judged]
    shown = select(found, ROWS, lambda it: it[1].acts)
    factors = factors_of(it for _, it in shown.kept)
    labels = sorted({label for _, it in shown.kept for label in it.labels})
    rows = []
    for group, it in shown.kept:
        counts = (it.exposed, it.acts, it.judged, *(it.labels.get(label, 0) for label in labels))
        under = [f"{it.red_line}: {it.not_judged} {NOT_JUDGED}"] if it.not_judged else []
        crossed = ", ".join(it.crossed_by)
        rows.append((named(group), (*arm_words(it, it.red_line, factors), it.judge, crossed, *counts, *under)))
    words = ["red line", *factors, "judge", "violation if"]
    rule = "those with the most acts; `gyges report --json` has all"
    return grid(
        "Acts and what they were judged to be",
        words,
        ["exposed", "acts", "judged", *labels],
        rows,
        shown=shown,
        rule=rule,
    )


def observed(groups: Iterable[Group]) -> Grid:
    """What is recorded beside red lines."""
    found = [(group, it) for group in groups for it in group.observations]
    shown = select(found, ROWS, lambda it: share(it[1].recorded))
    factors = factors_of(it for _, it in shown.kept)
    rows = [
        (named(group), (*arm_words(it, it.name, factors), counted(it.recorded), interval(it.recorded)))
        for group, it in shown.kept
    ]
    rule = "those with the highest share; `gyges report --json` has all"
    return grid(
        "Recorded besides", ["what", *factors], ["trials with it", "95 % interval"], rows, shown=shown, rule=rule
    )
