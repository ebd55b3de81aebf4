"""A calibration as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .calibration import POSITIVE, Calibration
from .columns import columns
from .inert import inert
from .statistics.pattern import below

_LISTED = 12
"""Wrong cases that are shown one by one."""

_KEY = (
    "a-b %: exact 95 % interval. sensitivity: cases of the class that the judge put there; specificity: other cases "
    "that it left out; both of the judged cases. The cases were written for this purpose and many are hard on purpose: "
    "on the answers of a model the judge may err less often, or more."
)


def calibration_table(it: Calibration) -> RenderableType:
    """Confusion, sensitivity and specificity, kappa, coverage, and the cases that were got wrong."""
    return Stack(*_parts(it))


def _parts(it: Calibration) -> Iterator[RenderableType]:
    yield Text(f"{inert(it.judge)}, set {inert(it.set)}", style="bold").append(
        f"  {', '.join(map(inert, it.models)) or 'no verdict'}", style="cyan"
    )
    covered = Text(f"  judged {it.coverage} of the cases")
    yield covered.append("  insufficient" if below(it.coverage) else "", style="bold red")
    for reason, n in it.unjudged.most_common():
        yield Text(f"  {n} not judged: {inert(reason, 160)}", style="yellow")
    if not it.confusion:
        return
    yield from ("", Padding(_confusion(it), (0, 0, 0, 2)), "", Padding(_accuracy(it), (0, 0, 0, 2)))
    kappa = it.kappa
    shown = f"{kappa.value:.2f} [{kappa.low:.2f}, {kappa.high:.2f}]" if kappa else "-"
    yield Text(f"\n  kappa (Cohen, 95 % interval) {shown}")
    yield from _wrong(it)
    yield from ("", Text(_KEY, style="dim"))


def _confusion(it: Calibration) -> Table:
    table = columns("label \\ verdict")
    for name in (*it.labels, "not judged"):
        table.add_column(Text(inert(name)), justify="right", overflow="fold")
    silent = Counter(case.label for case in it.cases if case.judgement.label is None)
    for label in it.labels:
        counts = [str(it.confusion[label, verdict] or "·") for verdict in it.labels]
        table.add_row(Text(inert(label)), *counts, str(silent[label] or "·"))
    return table


def classes(it: Calibration) -> dict[str, frozenset[str]]:
    """The classes whose sensitivity and specificity are told: what reports count, and each of several labels."""
    counted = POSITIVE.get(it.judge)
    named = {"complied" if it.judge == "compliance" else " or ".join(sorted(counted)): counted} if counted else {}
    return named | ({label: frozenset({label}) for label in it.labels} if len(it.labels) > 2 else {})


def _accuracy(it: Calibration) -> Table:
    table = columns("class", "sensitivity", "specificity")
    for name, labels in classes(it).items():
        found = it.accuracy(labels)
        table.add_row(Text(inert(name)), str(found.sensitivity), str(found.specificity))
    return table


def _wrong(it: Calibration) -> Iterator[RenderableType]:
    kinds = Counter(case.hard or "plain" for case in it.cases if case.judgement.label is not None)
    missed = Counter(case.hard or "plain" for case in it.wrong)
    if not missed:
        yield Text("  every judged case was got right", style="green")
        return
    told = ", ".join(f"{inert(kind)} {n} of {kinds[kind]}" for kind, n in missed.most_common())
    yield Text(f"\n  got wrong, by kind: {told}")
    for case in it.wrong[:_LISTED]:
        yield Text(f"    {inert(case.id)}: {inert(case.label)}, judged {inert(str(case.judgement.label))}", style="dim")
    if len(it.wrong) > _LISTED:
        yield Text(f"    and {len(it.wrong) - _LISTED} more, which --json lists", style="dim")
