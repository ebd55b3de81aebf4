"""`gyges scenarios`: list what can be run."""

import json
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gyges.evidence.cards.load import load_cards
from gyges.evidence.cards.scenario_page import scenario_page
from gyges.scenarios import Scenario, ScenarioError, list_scenarios, load_scenario
from gyges.scenarios.load import SHIPPED

TASKS = Path(__file__).resolve().parent.parent / "tasks"
GENERIC = "tasks/scenario.py"
"""The task for any scenario; those with a task of their own are run by that."""


def command(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Ids, or folders; all that Gyges ships if none is given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
    card: Annotated[
        bool, typer.Option("--card", help="The page in Markdown: what is asked, what counts, what was published.")
    ] = False,
) -> None:
    """List the scenarios: their factors with levels (the default first), wordings, arms and red lines.

    Of one that is named, what each level stands for, and the published conditions that it knows by name.
    """
    try:
        found = [load_scenario(scenario) for scenario in scenarios or list_scenarios()]
    except ScenarioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps([_row(scenario) for scenario in found], indent=2))
        return
    if card:
        typer.echo("\n".join(page(scenario) for scenario in found), nl=False)
        return
    console = Console(highlight=False)
    for scenario in found:
        for part in _whole(scenario) if scenarios else _short(scenario):
            console.print(part)
        console.print()
    if not scenarios:
        console.print(Text("gyges scenarios NAME says what each level stands for.", style="dim"))


def page(scenario: Scenario) -> str:
    """The scenario's page, as docs/scenarios/ holds those of the shipped ones."""
    shipped = scenario.root == (SHIPPED / scenario.id).resolve()
    own = shipped and (TASKS / f"{scenario.id}.py").is_file()
    task = f"tasks/{scenario.id}.py" if own else f"{GENERIC} -T scenario={scenario.id if shipped else scenario.root}"
    return scenario_page(scenario, load_cards(), task)


def _short(scenario: Scenario) -> Iterator[RenderableType]:
    yield from _heading(scenario)
    table = _table()
    for name, levels in _levels(scenario).items():
        table.add_row(Text(name, style="bold"), Text(", ".join(levels)))
    yield Padding(table, (0, 0, 0, 2))


def _whole(scenario: Scenario) -> Iterator[RenderableType]:
    yield from _heading(scenario)
    for name, levels in _levels(scenario).items():
        yield Text(f"\n  {name}", style="bold").append(f"  {scenario.factors[name].description}", style="not bold")
        table = _table()
        for level in levels:
            table.add_row(Text(level, style="cyan"), Text(scenario.factors[name].levels[level].description))
        yield Padding(table, (0, 0, 0, 4))
    if scenario.ablations:
        yield Text("\n  Published conditions, -T ablation=NAME", style="bold")
        table = _table()
        for name, ablation in scenario.ablations.items():
            table.add_row(Text(name, style="cyan"), Text(ablation.row))
        yield Padding(table, (0, 0, 0, 4))


def _heading(scenario: Scenario) -> Iterator[Text]:
    row = _row(scenario)
    yield Text(f"{scenario.id} {scenario.version}", style="bold cyan").append(f"  {scenario.title}", style="default")
    counts = [f"{len(row['wordings'])} wordings", f"{row['arms']:,} arms", f"contrast {scenario.contrast}"]
    counts += [f"{sum(row['queries'].values())} requests"] if row["queries"] else []
    counts += [f"red lines {', '.join(row['red_lines'])}"] if row["red_lines"] else []
    counts += [f"{len(row['ablations'])} published conditions"] if row["ablations"] else []
    yield Text("  " + " · ".join(counts), style="dim")


def _table() -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _levels(scenario: Scenario) -> dict[str, list[str]]:
    return {
        name: sorted(factor.levels, key=lambda level: level != factor.default)
        for name, factor in scenario.factors.items()
    }


def _row(scenario: Scenario) -> dict[str, Any]:
    return {
        "id": scenario.id,
        "version": scenario.version,
        "title": scenario.title,
        "contrast": scenario.contrast,
        "factors": _levels(scenario),
        "wordings": [wording.id for wording in scenario.wordings],
        "arms": prod(len(factor.levels) for factor in scenario.factors.values()),
        "red_lines": {line.id: line.title for line in scenario.red_lines},
        "queries": {value: len(queries) for value, queries in scenario.queries.items()},
        "ablations": {name: dict(ablation.levels) for name, ablation in scenario.ablations.items()},
        "playbooks": list(scenario.playbooks),
    }
