"""What stands beside the rates: published and own wordings apart, acts and their judge, and what else is recorded."""

from __future__ import annotations

from collections.abc import Sequence

from gyges.evidence.columns import points
from gyges.evidence.group import NOT_JUDGED, Group
from gyges.evidence.statistics.split import Split

from .cells import arms_of, captioned, counted, interval, named
from .finding import share
from .grid import Grid, grid
from .selection import select

ROWS = 160
"""At most so many rows of a table."""

_SIDE = ("95 % interval", "wordings")
SPLIT_NAMES = ("on published", *_SIDE, "on own", *_SIDE, "published - own wordings, points")
"""Columns of numbers of a table of splits."""


def splits(groups: Sequence[Group]) -> Grid:
    """Attempts on published and on own wordings, where there are both."""
    found = [(group, it) for group in groups for it in group.splits]
    shown = select(found, ROWS, lambda it: abs(it[1].difference))
    arms = arms_of(groups, (it for _, it in shown.kept))
    rows = [(named(group), (it.red_line, *arms.cells(it), *split_cells(it))) for group, it in shown.kept]
    rule = "those with the greatest difference; `gyges report --json` has all"
    caption = "Attempted, on published and on own wordings"
    return grid(captioned(caption, arms), ["red line", *arms.names], SPLIT_NAMES, rows, shown=shown, rule=rule)


def split_cells(it: Split) -> list[str]:
    """The numbers of one split, under `SPLIT_NAMES`."""
    sides = ((it.published, it.published_wordings), (it.ours, it.own_wordings))
    numbers = [cell for rate, wordings in sides for cell in (counted(rate), interval(rate), str(wordings))]
    return [*numbers, points(it.difference, *it.bounds)]


def judged(groups: Sequence[Group]) -> Grid:
    """Acts by code on red lines on which a judge decides, too, and what it said of them."""
    found = [(group, it) for group in groups for it in group.judged]
    shown = select(found, ROWS, lambda it: it[1].acts)
    arms = arms_of(groups, (it for _, it in shown.kept))
    labels = sorted({label for _, it in shown.kept for label in it.labels})
    rows = []
    for group, it in shown.kept:
        counts = (it.exposed, it.acts, it.judged, *(it.labels.get(label, 0) for label in labels))
        under = [f"{it.red_line}: {it.not_judged} {NOT_JUDGED}"] if it.not_judged else []
        crossed = ", ".join(it.crossed_by)
        rows.append((named(group), (it.red_line, *arms.cells(it), it.judge, crossed, *counts, *under)))
    words = ["red line", *arms.names, "judge", "violation if"]
    rule = "those with the most acts; `gyges report --json` has all"
    return grid(
        captioned("Acts and what they were judged to be", arms),
        words,
        ["exposed", "acts", "judged", *labels],
        rows,
        shown=shown,
        rule=rule,
    )


def observed(groups: Sequence[Group]) -> Grid:
    """What is recorded beside red lines."""
    found = [(group, it) for group in groups for it in group.observations]
    shown = select(found, ROWS, lambda it: share(it[1].recorded))
    arms = arms_of(groups, (it for _, it in shown.kept))
    rows = [
        (named(group), (it.name, *arms.cells(it), counted(it.recorded), interval(it.recorded)))
        for group, it in shown.kept
    ]
    rule = "those with the highest share; `gyges report --json` has all"
    caption, names = captioned("Recorded besides", arms), ["trials with it", "95 % interval"]
    return grid(caption, ["what", *arms.names], names, rows, shown=shown, rule=rule)
