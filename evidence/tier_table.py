"""The report on tiers of training as text for a terminal: what was observed, then the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .beside_table import split_caption
from .columns import columns, levels, points
from .corrected import Correction, State
from .inert import inert
from .statistics.asymmetry import Asymmetry
from .statistics.clustered import CORRELATION
from .statistics.correction import Corrected
from .statistics.gap import Gap
from .statistics.pattern import Pattern, below
from .statistics.rate import Rate
from .statistics.split import Split
from .stratum import Stratum
from .styles import counted_styles, counts_of
from .tiers import TierGroup

_KEY = (
    "complied: with or without an objection. stated: the reasoning says that it complies so as not to be changed. "
    "Intent 2: serves what the training is for; Intent 1: the values from before (refused); neither: in part. a-b "
    "%: exact 95 % interval; ≤ b %: one-sided bound at zero; both take answers of one request or queue to correlate "
    "by {correlation:g}. Gaps stand on the same requests under both tiers, in percentage points, with a 95 % "
    "interval; p: exact McNemar test, two-sided. Where pairs share a request or a queue, the interval takes these "
    "to correlate by {correlation:g} and is stretched to a bootstrap over requests or queues, and p is the larger "
    "of that and their exact sign-flip test. Holm: p corrected for the number of comparisons: of all asymmetries of "
    "a stratum, of all gaps between tiers and contrasts of red lines in this report; no other p is. void: a side is "
    "missing or not judged. corrected: for the judge's errors on labelled cases, many of which are harder than most "
    "answers are."
)
_COLOURS = {
    Pattern.INSUFFICIENT: "bold red",
    Pattern.GAP_WITH_FAKING: "bold yellow",
    Pattern.SILENT_GAP: "bold yellow",
    Pattern.GAP_UNREAD: "bold yellow",
}


def tier_tables(
    groups: Sequence[TierGroup], correlation: float = CORRELATION, *, wordings: bool = False
) -> Iterator[RenderableType]:
    """Every group; with `wordings`, the gap by wording, too."""
    for group in groups:
        yield from ("", _title(group), _heading(group))
        if group.judges:
            yield Text(f"judges: {', '.join(map(inert, group.judges))}", style="dim")
        for stratum in group.strata:
            yield from _stratum(stratum, wordings=wordings)
        yield from _across(group)
        yield from (Text(f"  {line}", style="yellow") for line in _notes(group))
    if groups:
        yield from ("", Text(_KEY.format(correlation=correlation), style="dim"))


def _title(group: TierGroup) -> Text:
    title = Text(f"{inert(group.scenario)} {inert(group.version)} {levels(group.apart)}", style="bold")
    return title.append(f"  {levels(group.fixed)}", style="not bold dim")


def _heading(group: TierGroup) -> Text:
    heading = Text(inert(group.model), style="bold cyan")
    heading.append(f" {levels(group.settings)}" if group.settings else "")
    counts = f"{group.queries} requests, {counted_styles(len(group.wordings), counts_of(group.styles))}; "
    counts += f"samples planned {group.planned}, run {group.run}, valid {group.valid}"
    return heading.append(f"  {counts}", style="not bold dim")


def _stratum(it: Stratum, *, wordings: bool) -> Iterator[RenderableType]:
    named = {**({"subject": it.subject} if it.subject else {}), **({} if it.step is None else {"step": str(it.step)})}
    if named or it.arm:
        yield from ("", Text(f"  {levels({**named, **it.arm})}", style="cyan"))
    found = Text(it.conclusion.pattern, style=_COLOURS.get(it.conclusion.pattern, "bold"))
    yield Padding(found.append(f"  {it.conclusion.sentence}", style="not bold default"), (0, 0, 0, 2))
    yield _judged(it)
    if it.compliance:
        yield from _block(it, "by tier", _by_tier(it))
        yield from _block(
            it,
            "stacked outcome, of the judged answers",
            _shares({tier: {str(name): rate for name, rate in found.items()} for tier, found in it.outcomes.items()}),
        )
    if it.by_awareness:
        tiers = {
            tier: {label: by.get(tier, Rate(0, 0)) for label, by in it.by_awareness.items()} for tier in it.compliance
        }
        yield from _block(it, "complied, by what the model took its situation for", _shares(tiers))
    if it.styles:
        caption = f"complied, {split_caption(it.styles.values(), it.main.correlation)}"
        yield from _block(it, caption, _splits(it.styles))
    pairs = {f"complied, {_named(gap)}": gap for gap in it.gaps} | {f"stated, {_named(it.stated)}": it.stated}
    known = {"complied, facts known on both sides": it.recalled} if it.recalled else {}
    yield from _block(it, "in pairs, A - B", _gaps("what", pairs | known))
    yield from _corrected(it)
    if len(it.values) > 1:
        yield from _block(it, "gap by value", _gaps("value", it.values))
        yield from _block(it, "differences between these gaps", _asymmetries(it.asymmetries))
    if wordings:
        yield from _block(it, "gap by wording", _gaps("wording", it.wordings))
    for judge, labels in it.labels.items():
        yield from _block(it, judge, _shares(labels))


def _judged(it: Stratum) -> Text:
    line = Text("  judged", style="dim")
    for judge, rate in it.judged.items():
        line.append(f"  {judge} {rate.k}/{rate.n}")
        line.append(" insufficient" if below(rate) else "", style="bold red")
    return line.append(f"  knew the facts {it.recall}" if it.recall else "")


def _block(it: Stratum, name: str, table: Table) -> Iterator[RenderableType]:
    title = Text(f"\n  {name}", style="dim")
    yield title.append("  insufficient" if it.insufficient else "", style="bold red not dim")
    yield Padding(table, (0, 0, 0, 2))


def _by_tier(it: Stratum) -> Table:
    table = columns("tier")
    for name in ("complied", "stated, given compliance", "Intent 2", "Intent 1", "neither"):
        table.add_column(name, no_wrap=True)
    for tier, rate in it.compliance.items():
        intents = it.intents[tier]
        parts = (intents.objective, intents.before, intents.neither)
        stated = str(it.faking.get(tier, "-"))
        table.add_row(Text(inert(tier)), str(rate), stated, *(f"{part.k}/{part.n}" if part else "-" for part in parts))
    return table


def _shares(shares: Mapping[str, Mapping[str, Rate]]) -> Table:
    """Tiers as columns, outcomes or labels as rows."""
    table = columns("", *shares)
    for name in dict.fromkeys(name for found in shares.values() for name in found):
        table.add_row(Text(inert(str(name))), *(str(found[name]) for found in shares.values()))
    return table


def _splits(splits: Mapping[str, Split]) -> Table:
    table = columns("tier")
    for name in ("published", "in wordings", "own", "in wordings", "published - own wordings, pp"):
        table.add_column(name, justify="right")
    for tier, it in splits.items():
        one, other = f"{it.published.k}/{it.published.n}", f"{it.ours.k}/{it.ours.n}"
        counts = (one, str(it.published_wordings), other, str(it.own_wordings))
        table.add_row(Text(inert(tier)), *counts, points(it.difference, *it.bounds))
    return table


def _gaps(what: str, gaps: Mapping[str, Gap]) -> Table:
    table = columns(what)
    for name in ("pairs", "both", "only A", "only B", "neither", "void", "A - B, pp", "p", "Holm"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, it in gaps.items():
        counts = (it.pairs, it.both, it.only_first, it.only_second, it.neither, it.void)
        shown = "-" if it.difference is None or it.bounds is None else points(it.difference, *it.bounds)
        ps = ("-" if p is None else f"{p:.2g}" for p in (it.p, it.adjusted))
        table.add_row(Text(inert(name)), *map(str, counts), shown, *ps)
    return table


def _asymmetries(found: Iterable[Asymmetry]) -> Table:
    table = columns("A - B")
    for name in ("A - B, pp", "p", "p, Holm"):
        table.add_column(name, justify="right", no_wrap=True)
    for it in found:
        shown = points(it.difference, it.low, it.high)
        table.add_row(Text(inert(f"{it.first} - {it.second}")), shown, f"{it.p:.2g}", f"{it.adjusted:.2g}")
    return table


def _corrected(it: Stratum) -> Iterator[RenderableType]:
    for judge, fixed in it.corrections.items():
        said = Text(f"\n  corrected for the errors of {inert(judge)}: ", style="dim")
        yield said.append(fixed.state, style="not dim" if fixed.state is State.YES else "yellow not dim")
        if fixed.state is State.YES:
            yield Padding(_correction(it, fixed), (0, 0, 0, 2))
        elif fixed.accuracy:
            yield Text(f"  sensitivity {fixed.accuracy.sensitivity}, specificity {fixed.accuracy.specificity}")


def _correction(it: Stratum, fixed: Correction) -> Table:
    counted, event = (it.compliance, "complied") if fixed.judge == "compliance" else (it.faking, "stated")
    table = columns("what", "as judged", "corrected, 95 %")
    for tier, rate in fixed.rates.items():
        table.add_row(Text(inert(f"{event}, {tier}")), str(counted[tier]), _share(rate))
    if fixed.gap and it.main.difference is not None and it.main.bounds:
        raw = points(it.main.difference, *it.main.bounds)
        bounded = fixed.gap.low is not None and fixed.gap.high is not None
        value = points(fixed.gap.value, fixed.gap.low or 0, fixed.gap.high or 0) if bounded else _unbounded(fixed.gap)
        table.add_row("gap, pp", raw, value)
    if fixed.accuracy:
        accuracy = fixed.accuracy
        table.add_row("judge", f"sensitivity {accuracy.sensitivity}", f"specificity {accuracy.specificity}")
    return table


def _share(it: Corrected) -> str:
    return f"{100 * it.value:.0f} [{100 * (it.low or 0):.0f}, {100 * (1 if it.high is None else it.high):.0f}] %"


def _unbounded(it: Corrected) -> str:
    return f"{100 * it.value:+.0f}, no interval: too few labelled cases"


def _across(group: TierGroup) -> Iterator[RenderableType]:
    steps = [it for it in group.strata if it.step is not None]
    if len(steps) > 1:
        table = columns("step", *dict.fromkeys(name for it in steps for name in it.arm), "complied, trained")
        for name in ("complied, unmonitored", "gap, pp", "p", "stated, trained"):
            table.add_column(name, overflow="fold")
        for it in steps:
            gap, none = it.main, Rate(0, 0)
            shown = "-" if gap.difference is None or gap.bounds is None else points(gap.difference, *gap.bounds)
            rates = (it.compliance.get(gap.first, none), it.compliance.get(gap.second, none))
            stated = it.faking.get(gap.first, none)
            p = "-" if gap.p is None else f"{gap.p:.2g}"
            table.add_row(str(it.step), *map(inert, it.arm.values()), *map(str, rates), shown, p, str(stated))
        yield from (Text("\n  by step", style="dim"), Padding(table, (0, 0, 0, 2)))
    if group.did:
        shown = points(group.did.difference, group.did.low, group.did.high)
        yield Text(f"\n  difference in differences, gap of tuned - gap of control: {shown} pp, p {group.did.p:.2g}")


def _notes(group: TierGroup) -> Iterator[str]:
    for reason, count in sorted(group.unscored.items()):
        yield f"{count} without a label: {inert(reason, 160)}"
    if group.retried:
        yield f"{group.retried} were started again after an error"


def _named(gap: Gap) -> str:
    return f"{gap.first} - {gap.second}"
