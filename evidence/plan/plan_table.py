"""A plan as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gyges.evidence.columns import columns
from gyges.evidence.inert import inert
from gyges.evidence.statistics.bounds import percent

from .claim import AtMost
from .cost import Prices, TrialCost
from .design import Design, worth
from .needed import bound, counted, with_events
from .plan import Plan
from .reach import Reach
from .supply import Extent

_COUNTED = "Only trials that are valid and exposed count: plan for more where some are lost."


def plan_table(plan: Plan, costs: Sequence[TrialCost] = (), prices: Prices | None = None) -> RenderableType:
    """The trials needed, the designs, how far a scenario goes, and the cost where tokens are known."""
    return Stack(*_parts(plan, costs, prices))


def _parts(plan: Plan, costs: Sequence[TrialCost], prices: Prices | None) -> Iterator[RenderableType]:
    yield Text(str(plan.claim), style="bold cyan")
    yield from (Text(f"  {line}") for line in _needed(plan))
    yield from ("", Padding(_designs(plan), (0, 0, 0, 2)), Text(f"\n  {_advice(plan)}", style="bold"))
    yield Text(f"  {_COUNTED}", style="dim")
    if isinstance(plan.claim, AtMost):
        name = _unit(plan)
        yield Text(f"  per {name}: of the {name}s, so many ever show it, whatever the correlation.", style="dim")
    if plan.scenario:
        yield _extent(plan.scenario)
        for reach in plan.reach:
            yield from _reach(plan, reach)
            if reach.reached:
                break
    if costs:
        yield from ("", *_costs(plan, costs, prices))


def _unit(plan: Plan) -> str:
    """What is distinct in the plan's scenario: wording, request, or sample where there is no scenario."""
    return plan.reach[0].supply.unit if plan.reach else "sample"


def _needed(plan: Plan) -> Iterator[str]:
    claim = plan.claim
    events = f" {with_events(claim.events)}" if isinstance(claim, AtMost) else ""
    yield f"{plan.n:,} independent {counted(claim)}{events} ({plan.method})"
    if plan.family > 1:
        yield f"as one of {plan.family} claims that are to hold together (Bonferroni)"
    if plan.otherwise:
        yield "; ".join(f"{n:,} {condition}" for condition, n in plan.otherwise.items())
    if plan.seen and plan.held is not None:
        for rate, share in plan.seen.items():
            yield f"A {_rate(rate)} behaviour is seen at least once in {_chance(share)} of runs of this size."
        yield f"If the rate is {_rate(min(plan.seen))}, {_chance(plan.held)} of runs bear the claim out."


def _designs(plan: Plan) -> Table:
    table = columns("epochs")
    headings = [f"distinct {_unit(plan)}s", "trials", "worth"]
    headings += [f"per {_unit(plan)}"] if isinstance(plan.claim, AtMost) else []
    for name in headings:
        table.add_column(Text(name), justify="right", overflow="fold")
    for it in plan.designs:
        cells = [f"{it.samples:,}", f"{it.trials:,}", f"{it.effective:,.0f}"]
        cells += [f"≤ {_per_sample(plan.claim, it, plan)}"] if isinstance(plan.claim, AtMost) else []
        table.add_row(str(it.epochs), *cells)
    return table


def _per_sample(claim: AtMost, it: Design, plan: Plan) -> str:
    return f"{percent(bound(claim, it.samples, plan.family))} %"


def _advice(plan: Plan) -> str:
    name = _unit(plan)
    if not plan.correlation:
        return f"At correlation 0 epochs are as good as distinct {name}s; the design stands or falls with that."
    ten = worth(1, 10, plan.correlation)
    return (
        f"Spend on distinct {name}s, not on epochs: at the declared correlation of {plan.correlation:g}, ten epochs of "
        f"one {name} are worth {ten:.1f} trials."
    )


def _reach(plan: Plan, it: Reach) -> Iterator[Text]:
    supply, design = it.supply, it.design
    name = f"{supply.samples} {supply.unit}s{f' ({inert(supply.of)})' if supply.of else ''}"
    if it.reached:
        epochs = f"{design.epochs} epoch{'s' * (design.epochs != 1)}"
        yield Text(f"  {name} are enough with {epochs}: {design.trials:,} trials", style="green")
    else:
        yield Text(
            f"  {name} are not enough: however many epochs, they are worth at most {it.most:,.0f} of the {plan.n:,} "
            "independent trials",
            style="yellow",
        )
        yield Text(f"    {_instead(plan, it)}")
        yield Text(f"    {inert(supply.more)}")
        yield Text(f"    most of what they can say ({design.effective:.0f} trials' worth):", style="dim")
    yield Text(f"    {inert(supply.line(design.epochs))}", no_wrap=True, overflow="ignore")


def _extent(it: Extent) -> Text:
    counts = [f"{it.wordings} wordings"] + [f"{it.requests} requests"] * bool(it.requests) + [f"{it.arms:,} arms"]
    heading = Text(f"\n{inert(it.id)} {inert(it.version)}", style="bold cyan")
    return heading.append(f"  {' · '.join(counts)}", style="not bold default")


def _chance(share: float) -> str:
    return f"{percent(share)} %" if share < 0.995 else "over 99 %"


def _rate(share: float) -> str:
    return f"{100 * share:.6g} %"


def _instead(plan: Plan, it: Reach) -> str:
    if not isinstance(plan.claim, AtMost) or it.bound is None or it.per_sample is None:
        return f"power at most {_chance(it.power or 0.0)}"
    return (
        f"{with_events(plan.claim.events)} they say at most {percent(it.bound)} % of trials; at most "
        f"{percent(it.per_sample)} % of {it.supply.unit}s ever show it, whatever the correlation"
    )


def _costs(plan: Plan, costs: Sequence[TrialCost], prices: Prices | None) -> Iterator[RenderableType]:
    each = columns("tokens a trial")
    for heading in ("trials", "input", "output", "judges"):
        each.add_column(Text(heading), justify="right", overflow="fold")
    whole = columns("tokens in all, by epochs")
    for design in plan.designs:
        whole.add_column(Text(str(design.epochs)), justify="right", overflow="fold")
    for it in costs:
        name = Text(" ".join(filter(None, (inert(it.model, 60), inert(it.scenario, 40)))))
        judges = _both(it.judges_mean, it.judges_median) if it.judges_mean is not None else "-"
        inside = _both(it.mean.input, it.median.input), _both(it.mean.output, it.median.output)
        each.add_row(name, f"{it.trials:,}" if it.trials else "-", *inside, judges)
        designs = [it.of(design) for design in plan.designs]
        whole.add_row(name, *(_short(cost.model.total) for cost in designs))
        if it.judges_mean is not None:
            whole.add_row(Text("  judges"), *(_short(cost.judges) for cost in designs))
        if prices:
            whole.add_row(Text("  price, without judges"), *(f"{cost.price(prices):,.2f}" for cost in designs))
    yield Padding(each, (0, 0, 0, 2))
    yield ""
    yield Padding(whole, (0, 0, 0, 2))
    yield Text("\n  mean (median); input with what was cached, output with reasoning", style="dim")


def _both(mean: float, median: float | None) -> str:
    return f"{mean:,.0f} ({median:,.0f})"


def _short(tokens: float) -> str:
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if tokens >= 0.9995 * size:
            return f"{tokens / size:.3g}{name}"
    return f"{tokens:.0f}"
