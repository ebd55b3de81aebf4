"""Comparisons as text for a terminal: for each model and measure the own rate, the figure, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gyges.evidence.columns import columns, levels
from gyges.evidence.inert import inert
from gyges.evidence.measured import Measured, varying_factors
from gyges.evidence.styles import counted_styles

from .comparison import Comparison
from .comparisons import Comparisons
from .condition import Condition, State
from .direction import Direction, Order
from .figures import Figures
from .gates import CLUSTERS, FLOOR
from .verdict import DIFFERENT, SAID, Qualifier, Verdict

_STYLE: Mapping[Verdict, str] = {
    Verdict.CONSISTENT: "bold green",
    Verdict.HIGHER: "bold yellow",
    Verdict.LOWER: "bold yellow",
    Verdict.INCONCLUSIVE: "bold",
}
_ARMS = 4
"""Arms whose counts are shown side by side."""

_TEXT = 160
"""Characters of a document's or a condition's own words that are shown."""

_KEY = (
    "a-b %: exact 95 % interval of the own rate; ≤ b %: one-sided 95 % bound at zero events; both at the declared "
    "correlation within clusters. consistent: the 90 % interval is within the margin of the figure, and nothing else "
    "is called so. higher, lower: p after Holm below 0.05 over the comparisons of one model, and the 95 % interval "
    "leaves the figure out. inconclusive: neither. A verdict is about these conditions and says which of them differ; "
    "docs/compare.md says more."
)


def comparison_tables(it: Comparisons) -> RenderableType:
    """All comparisons by model, then the orders of models."""
    return Stack(*_parts(it))


def _parts(it: Comparisons) -> Iterator[RenderableType]:
    varying = varying_factors(own for one in it.comparisons for own in (one.measured, *one.beside))
    for model, group in groupby(it.comparisons, key=lambda one: one.measured.model):
        yield from ("", Text(inert(model), style="bold cyan"))
        if it.model is not None:
            yield Text(f"  as if it were {inert(it.model)}: figures of that model beside counts of this one", "yellow")
        alike = list(group)
        lines = [one for one in alike if one.verdict is not Verdict.NO_PUBLISHED_CLAIM or one.published]
        for one in lines:
            yield from ("", _heading(one, varying), Padding(_block(one, varying), (0, 0, 0, 4)))
        if bare := [one for one in alike if one not in lines]:
            yield from ("", _bare(bare, varying))
    for order in it.orders:
        yield from ("", *_order(order))
    if it.comparisons:
        yield from ("", Text(_KEY, style="dim"))


def _heading(it: Comparison, varying: frozenset[str]) -> Text:
    own = it.measured
    heading = Text(f"  {inert(own.measure)}", style="bold").append(f"  {inert(own.scenario)} {inert(own.version)}", "")
    asked = it.claim.replicates.arm if it.claim and it.claim.replicates else {}
    shown = {name: level for name, level in own.arm.items() if name in varying or asked.get(name, level) != level}
    named = {
        **({"subject": own.subject} if own.subject else {}),
        **({} if own.step is None else {"step": str(own.step)}),
        **({"replay": "yes"} if own.replay else {}),
    }
    rest = " ".join(filter(None, (levels(own.settings), levels(named | shown))))
    return heading.append(f"  {rest}" if rest else "", style="not bold dim")


def _block(it: Comparison, varying: frozenset[str]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _lines(it, varying):
        table.add_row(name, text)
    return table


def _lines(it: Comparison, varying: frozenset[str]) -> Iterator[tuple[str, Text]]:
    yield "own", Text(_own(it.measured))
    if it.published:
        yield "published", _figure(it)
    yield "verdict", _verdict(it)
    if it.beside:
        yield "", Text(f"no figure of its own: {_arms(it.beside, varying)}", style="dim")
    if differ := it.keys(State.DIFFERS):
        yield "differs", Text("; ".join(_both(key) for key in differ))
    if unknown := it.keys(State.UNKNOWN):
        yield "not known", Text("here: " + "; ".join(f"{key.key} ({_short(key.published)})" for key in unknown))
    if unstated := it.keys(State.UNSTATED):
        yield "not stated", Text("there: " + ", ".join(key.key for key in unstated), style="dim")
    if it.tested and it.figures:
        yield "statistics", Text(_statistics(it.figures))
    yield from (("", text) for text in _limits(it))


def _own(it: Measured) -> str:
    bounds = it.rate.clustered
    if bounds is None:
        return f"no {it.denominator}: nothing was met or judged that counts{_open(it)}"
    many = "" if bounds.clusters == it.n else f", worth {bounds.effective:.0f}"
    by = inert(it.judge, _TEXT) or "nobody"
    where = counted_styles(bounds.clusters, it.styles) if it.cluster == "wording" else None
    return (
        f"{it.rate}  of {it.denominator} in {where or _counted(bounds.clusters, it.cluster)}{many}; by {by}{_open(it)}"
    )


def _open(it: Measured) -> str:
    return f"; {it.not_judged} more not judged" if it.not_judged else ""


def _figure(it: Comparison) -> Text:
    if it.claim is None or it.card is None:
        return Text("-")
    claim, card = it.claim, it.card
    value = claim.value or f"({claim.kind})"
    n = f" of {claim.n}" if claim.n else ""
    text = Text(f"{_short(claim.qualifier)} " if claim.qualifier else "").append(f"{inert(value, 40)}{n}", style="bold")
    where = f", {inert(claim.where, 40)}" if claim.where else ""
    text.append(f"  {inert(claim.model)}, {inert(claim.metric, _TEXT)}; {inert(claim.id)}")
    text.append(f"\n{_short(claim.condition)}" if claim.condition else "")
    return text.append(f"\n{inert(card.document, _TEXT)} ({inert(card.date)}){where}", style="dim")


def _verdict(it: Comparison) -> Text:
    text = Text(str(it.verdict), style=_STYLE.get(it.verdict, "bold magenta"))
    said = _said(it)
    text.append(f"  {said}" if said else "", style="not bold default")
    if it.accepted:
        text.append(f"  accepted: {', '.join(it.accepted)}", style="not bold yellow")
    return text


def _said(it: Comparison) -> str:
    claim, figures = it.claim, it.figures
    match it.verdict:
        case Verdict.NOT_COMPARABLE:
            return "; ".join(f"{why} ({SAID[why]})" for why in it.reasons)
        case Verdict.SUPERSEDED if claim:
            newer = f"by {inert(claim.superseded_by)}" if claim.superseded_by else ""
            return "; ".join(filter(None, (newer, inert(claim.superseded_note, 160))))
        case Verdict.WITHHELD if claim:
            return inert(claim.withheld_because, 160)
        case Verdict.NO_PUBLISHED_CLAIM if claim:
            return "the document was read and prints no figure"
        case Verdict.INSUFFICIENT_N:
            clusters = f"{_counted(len(it.measured.counts), it.measured.cluster)}, at least {CLUSTERS} are needed"
            few = it.measured.n < FLOOR
            short = f"{_counted(it.measured.n, 'trial')}, at least {FLOOR} are needed" if few else clusters
            return f"{short}; {_needed(figures)}" if figures else short
        case Verdict.INCONCLUSIVE if figures:
            return f"neither shown to differ nor shown to be within {_points(figures.margin)} pp; {_needed(figures)}"
        case Verdict.CONSISTENT if figures:
            beside = ", and differs statistically, not practically" if figures.different else ""
            return f"within {_points(figures.margin)} pp of the figure{beside}"
        case _ if it.verdict in DIFFERENT and figures:
            small = Qualifier.NOT_PRACTICALLY in it.qualifiers
            beside = f"; statistically, not practically: less than the margin of {_points(figures.margin)} pp"
            return f"under these conditions, by {_points(abs(figures.gap))} pp{beside if small else ''}"
    return ""


def _needed(figures: Figures) -> str:
    if figures.needed is None:
        return f"no number of trials would show it: the figure leaves more open than {_points(figures.margin)} pp"
    return (
        f"about {figures.needed:,} independent trials would show a rate like the figure's to be within "
        f"{_points(figures.margin)} pp"
    )


def _both(key: Condition) -> str:
    return f"{key.key}: there {_short(key.published)!r}, here {_short(key.measured)!r}"


def _statistics(it: Figures) -> str:
    low, high = it.difference
    name = "exact binomial test" if it.claim_n is None else "Fisher's exact test"
    adjusted = f", after Holm over {it.family} {it.adjusted:.2g}" if it.family > 1 and it.adjusted is not None else ""
    parts = [
        f"own - published {_signed(it.gap)} pp [{_signed(low)}, {_signed(high)}]; {name}, p {it.p:.2g}{adjusted}",
        f"P(own > figure + {_points(it.margin)} pp) {it.above:.2g}",
    ]
    if it.different and it.tipping_n is not None:
        parts.append(f"would not differ if the figure stood on fewer than {it.tipping_n:,} trials")
    elif it.different and it.claim_n is None:
        parts.append("would not differ whatever number of trials the figure stood on, were these known")
    return "; ".join(parts)


def _limits(it: Comparison) -> Iterator[Text]:
    own = it.measured
    if Qualifier.FIXED in it.qualifiers:
        yield Text("the figure's n is not printed, so it is taken as fixed, which is too strict with it", style="dim")
    if Qualifier.AWARENESS in it.qualifiers and own.awareness:
        split = ", ".join(f"{label} {rate}" for label, rate in own.by_awareness.items())
        yield Text(
            f"{Qualifier.AWARENESS}: took it for a test in {own.awareness}; the rate by what it said: {inert(split)}",
            style="yellow",
        )
    if Qualifier.AWARENESS_UNKNOWN in it.qualifiers:
        yield Text("whether the model took it for a test was not measured", style="dim")
    if Qualifier.JUDGE in it.qualifiers:
        yield Text("as judged: neither side is corrected for the errors of its judge", style="dim")


def _bare(alike: Sequence[Comparison], varying: frozenset[str]) -> RenderableType:
    """The measures of a model that no figure is about, one a line."""
    table = columns("measure", "scenario", "settings", "own")
    for it in alike:
        own = it.measured
        name = f"{own.scenario} {own.version}"
        rates = _arms((own, *it.beside), varying)
        table.add_row(*map(Text, (inert(own.measure), inert(name), levels(own.settings), rates)))
    title = Text(f"  {Verdict.NO_PUBLISHED_CLAIM}", style="bold magenta")
    title.append("  no figure is known of what was measured here", style="not bold default")
    return Stack(title, Padding(table, (0, 0, 0, 4)))


def _arms(arms: Sequence[Measured], varying: frozenset[str]) -> str:
    """`unwatched 3/10, watched 0/10`: the first few, by the levels that vary."""
    told = []
    for it in arms[:_ARMS]:
        named = " ".join(inert(level, 40) for name, level in it.arm.items() if name in varying)
        told.append(f"{named} {it.k}/{it.n}".strip())
    more = f", and {_counted(len(arms) - _ARMS, 'more arm')}" if len(arms) > _ARMS else ""
    return ", ".join(told) + more


def _order(it: Order) -> Iterator[RenderableType]:
    first = it.places[0].measured
    title = Text("order of models", style="bold cyan").append(f"  {inert(first.measure)} {inert(first.scenario)}", "")
    yield title.append(f"  {inert(it.card.document, _TEXT)}: {inert(it.condition, _TEXT)}", style="dim")
    table = columns("published", "", "measured, higher first", "lower", "p, Holm", "")
    for pair in it.pairs:
        one, other = pair.higher, pair.lower
        names = f"{one.claim.model} {one.claim.value} > {other.claim.model} {other.claim.value}"
        found = pair.direction
        style = {Direction.SAME: "green", Direction.OPPOSITE: "bold yellow"}.get(found, "")
        rates = (str(place.measured.rate) for place in (one, other))
        table.add_row(Text(inert(names)), "", *map(Text, rates), f"{pair.adjusted:.2g}", Text(str(found), style=style))
    if it.pairs:
        yield Padding(table, (0, 0, 0, 2))
    else:
        yield Text("  the published figures are alike", style="dim")


def _short(text: str | None) -> str:
    return inert(text or "", _TEXT)


def _points(share: float) -> str:
    return f"{100 * share:.2g}" if share < 0.0995 else f"{100 * share:.0f}"


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
