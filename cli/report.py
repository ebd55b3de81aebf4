"""`gyges report`: one table over many logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gyges.evidence import NoLogsError, read_trials, report_on
from gyges.evidence.table import tables

NOTHING = 2
"""Exit code when not a single sample could be reported."""


def command(
    logs: Annotated[list[Path], typer.Argument(help="Logs, or folders with logs at any depth.", metavar="LOGS...")],
    model: Annotated[str, typer.Option(help="Only models that match; * and ? are wildcards.")] = "*",
    scenario: Annotated[str, typer.Option(help="Only scenarios that match; * and ? are wildcards.")] = "*",
    red_line: Annotated[str, typer.Option(help="Only red lines that match; * and ? are wildcards.")] = "*",
    wordings: Annotated[bool, typer.Option("--wordings", help="Show each rate by wording, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")] = False,
) -> None:
    """Say what was planned, what ran and what was done, over many logs.

    A log that cannot be read gets a line of its own, and the others are reported. Exit code 2: nothing to report.
    """
    try:
        reading = read_trials(logs)
    except NoLogsError as error:
        Console(stderr=True).print(Text(str(error), style="red"), soft_wrap=True)
        raise typer.Exit(NOTHING) from error
    report = report_on(reading, model, scenario, red_line)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
    else:
        Console(highlight=False).print(tables(report, wordings=wordings))
    if report.groups or report.tiers:
        return
    known = sorted({f"{trial.scenario} with {trial.model}" for trial in reading.trials})
    held = "; ".join(known) if known else "no sample of a Gyges scenario that could be read"
    Console(stderr=True).print(Text(f"Nothing to report: the {reading.files} logs hold {held}.", style="red"))
    raise typer.Exit(NOTHING)
