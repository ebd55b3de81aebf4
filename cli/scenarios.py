"""`gyges scenarios`: list what can be run."""

import json
from math import prod
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gyges.scenarios import Scenario, ScenarioError, list_scenarios, load_scenario


def command(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Ids, or folders; all that Gyges ships if none is given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
) -> None:
    """List the scenarios: their factors with levels (the default first), wordings, arms and red lines."""
    try:
        found = [load_scenario(scenario) for scenario in scenarios or list_scenarios()]
    except ScenarioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps([_row(scenario) for scenario in found], indent=2))
        return
    table = Table(show_lines=True)
    for heading in ("scenario", "version", "factors (default first)", "wordings", "arms", "red lines"):
        table.add_column(heading, justify="right" if heading in {"wordings", "arms"} else "left", overflow="fold")
    for scenario in found:
        row = _row(scenario)
        factors = "\n".join(
            f"[bold]{name}[/]{' (contrast)' if name == scenario.contrast else ''}: {', '.join(levels)}"
            for name, levels in row["factors"].items()
        )
        lines = "\n".join(f"[bold]{id}[/]: {title}" for id, title in row["red_lines"].items())
        table.add_row(
            f"[bold]{scenario.id}[/]\n{scenario.title}",
            scenario.version,
            factors,
            str(len(row["wordings"])),
            str(row["arms"]),
            lines,
        )
    Console().print(table)


def _row(scenario: Scenario) -> dict[str, Any]:
    return {
        "id": scenario.id,
        "version": scenario.version,
        "title": scenario.title,
        "contrast": scenario.contrast,
        "factors": {
            name: sorted(factor.levels, key=lambda level: level != factor.default)
            for name, factor in scenario.factors.items()
        },
        "wordings": [wording.id for wording in scenario.wordings],
        "arms": prod(len(factor.levels) for factor in scenario.factors.values()),
        "red_lines": {line.id: line.title for line in scenario.red_lines},
        "playbooks": list(scenario.playbooks),
    }
