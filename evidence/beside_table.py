"""What stands beside the rates of a group, as text for a terminal: acts judged, wordings apart, observations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from .arms import arm_columns
from .columns import columns, points
from .group import NOT_JUDGED, UNCORRECTED
from .inert import inert
from .judged_acts import JudgedActs
from .observation import Observation
from .statistics.split import Split
from .styles import LineSplit

_SPLIT = (
    "published and own wordings apart; the rates above have both. The interval (Newcombe) takes trials of one wording "
    "to correlate by {correlation:g}"
)
_ONE = "; a side of one wording is taken as that wording alone, and the interval says nothing of others like it"


def judged_table(found: Sequence[JudgedActs], usual: Mapping[str, str]) -> Iterator[RenderableType]:
    """Acts by code and what the judge said of them; nothing where code alone decides."""
    acts = [it for it in found if it.acts]
    if none := dict.fromkeys(it.red_line for it in found if not it.acts):
        which = "" if not acts else ", in the arms that are not listed"
        yield Text(f"  code found no act where a judge decides, too{which}: {', '.join(map(inert, none))}", style="dim")
    if not acts:
        return
    arms = arm_columns(acts, usual)
    table = columns("red line", *arms.names, "judge")
    for name in ("exposed", "acts", "judged"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("labels of the judged", overflow="fold")
    for it in acts:
        names = (it.red_line, *arms.cells(it), it.judge)
        marks = (f"{label}{'*' if label in it.crossed_by else ''} {count}" for label, count in it.labels.items())
        counts = (str(it.exposed), str(it.acts), f"{it.judged}")
        open_ones = f"{it.not_judged} {NOT_JUDGED}" if it.not_judged else ""
        labels = Text(inert(", ".join(marks)) or ("-" if not open_ones else ""))
        labels.append(f"{', ' if it.labels else ''}{open_ones}" if open_ones else "", style="yellow")
        table.add_row(*(Text(inert(name)) for name in names), *counts, labels)
    yield Text(
        f"  acts that code found where a judge decides, too; * makes the act a violation; {UNCORRECTED}", style="dim"
    )
    yield Padding(table, (0, 0, 0, 2))


def split_caption(found: Iterable[Split], correlation: float) -> str:
    """What splits are, and what their intervals cover."""
    one = any(1 in (it.published_wordings, it.own_wordings) for it in found)
    return _SPLIT.format(correlation=correlation) + (_ONE if one else "")


def split_table(found: Sequence[LineSplit], usual: Mapping[str, str], correlation: float) -> Iterator[RenderableType]:
    """Attempts on published wordings less those on own ones; nothing where there are not both."""
    if not found:
        return
    arms = arm_columns(found, usual)
    table = columns("red line", *arms.names)
    for name in ("published", "in wordings", "own", "in wordings"):
        table.add_column(name, justify="right")
    table.add_column("published - own wordings, pp", justify="right", min_width=16)
    for it in found:
        names = (it.red_line, *arms.cells(it))
        sides = ((it.published, it.published_wordings), (it.ours, it.own_wordings))
        counts = (cell for rate, wordings in sides for cell in (f"{rate.k}/{rate.n}", str(wordings)))
        table.add_row(*(Text(inert(name)) for name in names), *counts, points(it.difference, *it.bounds))
    yield Text(f"  {split_caption(found, correlation)}", style="dim")
    yield Padding(table, (0, 0, 0, 2))


def observed_table(found: Sequence[Observation], usual: Mapping[str, str]) -> Iterator[RenderableType]:
    """What is recorded beside red lines, arm by arm; nothing where nothing is."""
    if not found:
        return
    arms = arm_columns(found, usual)
    table = columns("recorded besides", *arms.names)
    table.add_column("trials with it", no_wrap=True)
    for before, it in zip([None, *found], found, strict=False):
        name = "" if before and before.name == it.name else it.name
        names = (name, *arms.cells(it))
        table.add_row(*(Text(inert(name)) for name in names), str(it.recorded))
    yield Text("  recorded besides: no red lines, so in no contrast and in no correction", style="dim")
    yield Padding(table, (0, 0, 0, 2))
