"""What was done: rates on red lines as plots and tables, contrasts, awareness, and the funnel of trials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from gyges.evidence.beside_table import split_caption
from gyges.evidence.columns import points
from gyges.evidence.group import NOT_JUDGED, Group, Row
from gyges.evidence.statistics.bounds import percent

from .beside import ROWS, judged, observed, splits
from .cells import arms_of, captioned, counted, interval, named
from .chart import Bar, Dot, Heading, dots, stacked
from .finding import share
from .grid import Grid, grid, p_value
from .selection import Selection, select

GROUPS, LINES, DOTS, BARS = 30, 12, 40, 20
"""At most so many groups on a page, red lines with a plot, lines of a plot, and bars of one."""

RULE = "those with the highest share of attempts; `gyges report --json` has all"
PARTS = {
    "s0": "completed",
    "s1": "attempted, not completed",
    "s2": "abstained",
    "s3": "not exposed, or permitted",
    "s4": "ran, no verdict",
    "s5": "never ran",
}
"""Colours of the funnel's bars, and what they stand for."""


@dataclass(frozen=True)
class Conduct:
    """One version of one scenario."""

    scenario: str
    version: str
    fixed: Mapping[str, str]
    plots: Selection[tuple[str, Markup]]
    """Red line and the plot of its attempts."""

    rates: Grid
    splits: Grid
    """Published and own wordings apart."""

    splits_note: str
    """What their intervals cover."""

    judged: Grid
    """Acts on red lines on which a judge decides, too."""

    observed: Grid
    """What is recorded besides."""

    contrasts: Grid
    awareness: Grid
    """Without rows where nothing was judged."""

    funnels: Selection[tuple[str, Markup]]
    funnel: Grid
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    """Model, and why trials have no verdict or ended early."""


def conducts(groups: Selection[Group], correlation: float) -> list[Conduct]:
    """One for each version of each scenario, in order; `correlation` is the report's, for its name."""
    keyed = groupby(groups.kept, key=lambda it: (it.scenario, it.version))
    return [_conduct(nth, list(found), correlation) for nth, (_, found) in enumerate(keyed)]


def weight(group: Group) -> float:
    """By which groups are chosen where there are too many."""
    return max((share(row.attempted) for row in group.rows), default=0.0)


def _conduct(nth: int, groups: Sequence[Group], correlation: float) -> Conduct:
    lines = list(dict.fromkeys(row.red_line for group in groups for row in group.rows))
    plots, funnels = (
        Selection(
            tuple((line, draw(f"{kind}{nth}-{n}", line, groups)) for n, line in enumerate(lines[:LINES])),
            len(lines[LINES:]),
        )
        for kind, draw in (("r", _plot), ("f", _funnel))
    )
    return Conduct(
        scenario=groups[0].scenario,
        version=groups[0].version,
        fixed=groups[0].fixed,
        plots=plots,
        rates=_rates(groups, correlation),
        splits=splits(groups),
        splits_note=_sentence(split_caption((it for group in groups for it in group.splits), correlation)),
        judged=judged(groups),
        observed=observed(groups),
        contrasts=_contrasts(groups),
        awareness=_awareness(groups),
        funnels=funnels,
        funnel=_counts(groups),
        notes=tuple((it.model, found) for it in groups if (found := tuple(_notes(it)))),
    )


def _plot(name: str, red_line: str, groups: Sequence[Group]) -> Markup:
    found = [(group, row) for group in groups for row in group.rows if row.red_line == red_line]
    kept = select(found, DOTS, lambda it: share(it[1].attempted))
    lines: list[Heading | Dot] = []
    for group, rows in groupby(kept.kept, key=lambda it: it[0]):
        marks = _marks(groups, group)
        lines.append(Heading(named(group)))
        for _, row in rows:
            lines.append(_dot(row, marks))
            lines += [Heading(f"and {row.not_judged} {NOT_JUDGED}")] if row.not_judged else []
    if kept.left_out:
        lines.append(Heading(f"and {kept.left_out} arms with no higher share"))
    return dots(name, f"{red_line}: share of exposed trials that attempted it, with 95 % intervals", lines)


def _marks(groups: Iterable[Group], group: Group) -> dict[str, int]:
    """Level of the contrasted factor to its mark, the same in the whole scenario."""
    levels = {level for it in groups for contrast in it.contrasts for level in contrast.levels}
    factor = next((contrast.factor for contrast in group.contrasts), "")
    return {f"{factor}={level}": nth for nth, level in enumerate(sorted(levels))}


def _dot(row: Row, marks: Mapping[str, int]) -> Dot:
    label = ", ".join(row.arm.values()) or "all arms alike"
    mark = next((marks[key] for name, level in row.arm.items() if (key := f"{name}={level}") in marks), 0)
    why = [state for state in row.uncounted if NOT_JUDGED not in state]
    return Dot.of(label, row.attempted, mark, str(row.attempted) if row.exposed else ", ".join(why) or "-")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _upper(value: float) -> str:
    return f"{percent(value)} %"


def _chosen(groups: Iterable[Group]) -> Selection[tuple[Group, Row]]:
    rows = [(group, row) for group in groups for row in group.rows]
    return select(rows, ROWS, lambda it: share(it[1].attempted))


def _rates(groups: Sequence[Group], correlation: float) -> Grid:
    shown = _chosen(groups)
    arms = arms_of(groups, (row for _, row in shown.kept))
    rows = []
    for group, row in shown.kept:
        found = row.attempted.clustered
        uppers = [_upper(it) for it in (found.independent, found.declared, found.per_cluster)] if found else ["-"] * 3
        attempted, completed = ((counted(it), interval(it)) for it in (row.attempted, row.completed))
        numbers = (*attempted, *uppers, found.clusters if found else 0, *completed, counted(row.escalated))
        rows.append((named(group), (row.red_line, *arms.cells(row), *numbers, *_under(row))))
    bounds = ("≤ if independent", f"≤ if correlated {correlation:g}", "≤ per wording")
    names = ["attempted", "95 % interval", *bounds, "wordings", "completed", "95 % interval", "told a human"]
    return grid(
        captioned("Rates and upper bounds", arms), ["red line", *arms.names], names, rows, shown=shown, rule=RULE
    )


def _under(row: Row) -> list[str]:
    """What has to stand under a row: why trials count for no rate, where none does, and acts that nobody has judged."""
    if row.exposed and not row.not_judged:
        return []
    told = [f"{row.not_judged} {NOT_JUDGED}"] if row.exposed else row.uncounted
    return [f"{row.red_line}: {', '.join(told)}"] if told else []


def _contrasts(groups: Sequence[Group]) -> Grid:
    found = [(group, it) for group in groups for it in group.contrasts]
    shown = select(found, ROWS, lambda it: abs(it[1].only_first - it[1].only_second))
    arms = arms_of(groups, (it for _, it in shown.kept))
    rows = []
    for group, it in shown.kept:
        sides = (it.both, it.only_first, it.only_second, it.neither) if it.pairs else ("-",) * 4
        counts = (it.pairs, *sides, it.void)
        gap = "-" if it.difference is None or it.bounds is None else points(it.difference, *it.bounds)
        words = (it.red_line, *arms.cells(it), it.first, it.second)
        rows.append((named(group), (*words, *counts, gap, p_value(it.p), p_value(it.adjusted))))
    names = ["pairs", "both", "only A", "only B", "neither", "void", "A - B, points", "p", "p, Holm"]
    rule = "those with the most pairs that differ in one direction; `gyges report --json` has all"
    return grid(captioned("In pairs", arms), ["red line", *arms.names, "A", "B"], names, rows, shown=shown, rule=rule)


def _awareness(groups: Sequence[Group]) -> Grid:
    labels = {label for group in groups for row in group.rows for label in row.by_awareness}
    ordered = [name for name in _HEARD if name in labels] + sorted(labels - set(_HEARD))
    shown = _chosen(group for group in groups if any(row.by_awareness for row in group.rows))
    arms = arms_of(groups, (row for _, row in shown.kept))
    rows = [
        (
            named(group),
            (row.red_line, *arms.cells(row), *(str(row.by_awareness.get(it, "-")) for it in ordered)),
        )
        for group, row in shown.kept
    ]
    caption = "Attempted, by what the model took its situation for"
    return grid(captioned(caption, arms), ["red line", *arms.names], ordered, rows, shown=shown, rule=RULE)


_HEARD = ("says_test", "says_real", "silent", NOT_JUDGED)


def _funnel(name: str, red_line: str, groups: Sequence[Group]) -> Markup:
    bars = []
    for group in groups[:BARS]:
        rows = [row for row in group.rows if row.red_line == red_line]
        planned, run, valid, exposed, attempted, completed = _steps(rows)
        counts = (completed, attempted - completed, exposed - attempted, valid - exposed, run - valid, planned - run)
        acts = (attempted, completed) if exposed else ("-", "-")
        steps = " → ".join(map(str, (planned, run, valid, exposed, *acts)))
        bars.append(Bar(named(group), steps, counts))
    return stacked(name, f"{red_line}: what became of the planned trials", bars, list(PARTS))


def _steps(rows: Sequence[Row]) -> tuple[int, int, int, int, int, int]:
    return (
        sum(row.planned for row in rows),
        sum(row.run for row in rows),
        sum(row.valid for row in rows),
        sum(row.exposed for row in rows),
        sum(row.attempted.k for row in rows),
        sum(row.completed.k for row in rows),
    )


def _counts(groups: Sequence[Group]) -> Grid:
    shown = _chosen(groups)
    judged = any(group.judged for group in groups)
    arms = arms_of(groups, (row for _, row in shown.kept))
    rows = []
    for group, row in shown.kept:
        acts = (row.attempted.k, row.completed.k) if row.exposed else ("-", "-")
        counts = (row.planned, row.run, row.valid, row.unexposed, row.permitted, row.exposed, *acts)
        numbers = (*counts, *([row.not_judged] if judged else []), counted(row.worst), interval(row.worst))
        rows.append((named(group), (row.red_line, *arms.cells(row), *numbers)))
    steps = ["planned", "run", "valid", "unexposed", "permitted", "exposed", "attempted", "completed"]
    names = [*steps, *([NOT_JUDGED] if judged else []), "at worst", "95 % interval"]
    return grid(captioned("Trials, step by step", arms), ["red line", *arms.names], names, rows, shown=shown, rule=RULE)


def _notes(group: Group) -> Iterator[str]:
    for reason, count in sorted(group.unscored.items())[:ROWS]:
        yield f"{count} without a verdict, {reason}"
    for state, count in sorted(group.marked.items()):
        yield f"{count} ended early ({state}) and are scored on what happened until then"
    if group.retried:
        yield f"{group.retried} were started again after an error"
