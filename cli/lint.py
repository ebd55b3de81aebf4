"""`gyges lint`: check scenarios."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gyges.scenarios import list_scenarios
from gyges.scenarios.finding import Report
from gyges.scenarios.lint import lint
from gyges.tasks.kinds import known_kinds


def command(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Ids, or folders; all that Gyges ships if none is given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
    arms: Annotated[
        bool, typer.Option("--arms", help="Show what each factor changes, and by how many characters.")
    ] = False,
) -> None:
    """Check scenarios for mistakes and tells.

    Looks at the schema, placeholders, tells, missing parts, dates, and differences between arms that are not declared.
    Every arm is filled in with every wording. The exit code is 1 if anything is found.
    """
    reports = [lint(scenario, known_kinds()) for scenario in scenarios or list_scenarios()]
    if as_json:
        typer.echo(json.dumps([asdict(report) for report in reports], indent=2))
    else:
        for report in reports:
            _show(report, arms)
    raise typer.Exit(1 if any(report.findings for report in reports) else 0)


def _show(report: Report, arms: bool) -> None:
    for finding in report.findings:
        Console().print(f"[bold]{escape(finding.where)}[/]: {escape(finding.message)} [dim]\\[{finding.rule}][/]")
    verdict = f"[red]{len(report.findings)} findings[/]" if report.findings else "[green]clean[/]"
    Console().print(f"{escape(report.scenario)}: {verdict}, {report.renders} combinations of arm and wording filled in")
    if arms and report.differences:
        table = Table(
            "factor", "level", "part", "characters", "default's", title="What the factors change (widest wording)"
        )
        for d in report.differences:
            table.add_row(d.factor, d.level, d.part, str(d.characters[0]), str(d.characters[1]))
        Console().print(table)
