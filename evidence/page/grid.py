"""A table of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .selection import Selection

_TINY = 0.0001


@dataclass(frozen=True)
class Section:
    """Rows that share something."""

    heading: str
    """What they share; empty where that needs no saying."""

    rows: tuple[tuple[str, ...], ...]
    """A cell beyond the last column stands under its row, across all of them."""


@dataclass(frozen=True)
class Grid:
    """Rows of words and numbers under their names."""

    caption: str
    names: tuple[str, ...]
    """Of the columns; those of words come first."""

    words: int
    """How many columns hold words; the others hold numbers."""

    sections: tuple[Section, ...]
    left_out: int = 0
    """Rows that are not shown."""

    rule: str = ""
    """Which rows are."""

    @property
    def rows(self) -> list[tuple[str, ...]]:
        return [row for section in self.sections for row in section.rows]


def grid(
    caption: str,
    words: Sequence[str],
    numbers: Sequence[str],
    rows: Iterable[tuple[str, Sequence[object]]],
    *,
    shown: Selection[object] | None = None,
    rule: str = "",
) -> Grid:
    """The table of these rows, each with the heading that it stands under.

    Args:
        caption: Its name.
        words: Names of the columns that hold words.
        numbers: Names of those that hold numbers.
        rows: In order; rows of one heading follow each other. A cell beyond the last column stands under its row.
        shown: How they were chosen, where there were too many.
        rule: By what.
    """
    sections: dict[str, list[tuple[str, ...]]] = {}
    for heading, row in rows:
        sections.setdefault(heading, []).append(tuple(map(str, row)))
    made = tuple(Section(heading, tuple(found)) for heading, found in sections.items())
    return Grid(caption, (*words, *numbers), len(words), made, shown.left_out if shown else 0, rule)


def p_value(p: float | None) -> str:
    """Two digits; far below any level that matters, its size."""
    return "-" if p is None else f"{p:.2g}" if p >= _TINY else f"{p:.0e}"
