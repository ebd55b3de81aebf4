"""The plots of a page: a mark with its interval on each line, and bars that are stacked from counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from gyges.evidence.inert import inert
from gyges.evidence.statistics.rate import Rate

from .canvas import SHAPES, Canvas

WIDTH = 460
"""Pixels; wide enough to read when it fills a phone, and two fit beside each other on a screen."""

_LABEL, _PLOT, _ROW, _TOP, _AXIS = 164, 176, 22, 8, 22
_CUT, _CUT_HEADING = 24, 62
"""Characters of a label and of a heading; the tables have them whole."""

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
POINTS = (-1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Heading:
    """A line of words between the others."""

    text: str


@dataclass(frozen=True)
class Dot:
    """One line of a plot: a value with its interval, as shares; None draws the words alone."""

    label: str
    text: str
    """What stands at the right."""

    value: float | None = None
    low: float = 0
    high: float = 0
    reach: float | None = None
    """How far a thin line goes on, where a bound with fewer assumptions is wider."""

    mark: int = 0

    @classmethod
    def of(cls, label: str, rate: Rate, mark: int = 0, text: str | None = None) -> Dot:
        """A rate as its text gives it: the two-sided interval, and at zero events the one-sided bound."""
        found, text = rate.clustered, str(rate) if text is None else text
        if found is None:
            return cls(label, text, mark=mark)
        low, high = found.interval if rate.k else (0.0, found.declared)
        return cls(label, text, rate.k / rate.n, low, high, max(high, found.per_cluster), mark)


@dataclass(frozen=True)
class Bar:
    """A whole, and the counts that it is made of, in the order of the plot's parts."""

    label: str
    text: str
    counts: tuple[int, ...]


def dots(name: str, title: str, lines: Sequence[Heading | Dot], ticks: Sequence[float] = SHARES) -> Markup:
    """Marks with their intervals, one a line; `ticks` are of shares, or of differences of shares."""
    height = _TOP + _ROW * len(lines) + _AXIS
    canvas = Canvas(WIDTH, height)

    def at(value: float) -> float:
        return _LABEL + _PLOT * (value - ticks[0]) / (ticks[-1] - ticks[0])

    for tick in ticks:
        text = f"{100 * tick:.0f} %" if ticks[0] >= 0 else f"{100 * tick:+.0f}" if tick else "0"
        canvas.word(at(tick), height - _AXIS + 15, text, "center", "tick")
    for nth, line in enumerate(lines):
        y = _TOP + _ROW * (nth + 0.5)
        if isinstance(line, Heading):
            canvas.word(0, y + 5, _cut(line.text, _CUT_HEADING), kind="heading")
            continue
        for tick in ticks:
            canvas.line((at(tick), at(tick)), (y - _ROW / 2, y + _ROW / 2), "thin" if tick == 0 else "soft", 1)
        canvas.word(_LABEL - 8, y + 4, _cut(line.label, _CUT), "right")
        canvas.word(_LABEL + _PLOT + 10, y + 4, line.text, kind="value")
        if line.value is not None:
            if line.reach is not None and line.reach > line.high:
                canvas.line((at(line.high), at(line.reach)), (y, y), "thin", 1.5, over=3)
            canvas.line((at(line.low), at(line.high)), (y, y), f"c{line.mark % len(SHAPES)}", 4, over=3)
            canvas.mark(at(line.value), y, line.mark)
    return canvas.svg(name, title)


def stacked(name: str, title: str, bars: Sequence[Bar], inks: Sequence[str]) -> Markup:
    """Bars of one length, each split by its counts; the words stand above, the count in a part where it fits."""
    row, thick = 42, 18
    canvas = Canvas(WIDTH, _TOP + row * len(bars))
    for nth, bar in enumerate(bars):
        top, whole = _TOP + row * nth, sum(bar.counts)
        room = _CUT_HEADING - len(bar.text)
        canvas.word(0, top + 10, _cut(bar.label, max(8, room)), kind="heading")
        canvas.word(WIDTH, top + 10, bar.text, "right", "value")
        for count, end, ink in zip(bar.counts, accumulate(bar.counts), inks, strict=True):
            if count:
                width, right = WIDTH * count / whole, WIDTH * end / whole
                canvas.bar(right - width, top + 16 + thick / 2, width, thick, ink)
                if width > 9 + 7 * len(str(count)):
                    canvas.word(right - width / 2, top + 16 + thick / 2 + 4, str(count), "center", f"on {ink}")
    return canvas.svg(name, title)


def _cut(text: str, limit: int) -> str:
    text = inert(text, limit * 4)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
