"""`gyges report`: one table over many logs, and on request one page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from gyges.cli.progress import progress
from gyges.evidence import NoLogsError, Reading, Report, inert, read_trials, report_on
from gyges.evidence.cards.card_error import CardError
from gyges.evidence.log_file import log_files
from gyges.evidence.output import OutputError, check_output
from gyges.evidence.statistics.clustered import CORRELATION
from gyges.evidence.table import tables

if TYPE_CHECKING:
    from gyges.evidence.cards.card import Card

NOTHING = 2
"""Exit code when not a single sample could be reported, or what was asked for not be written."""


def command(
    logs: Annotated[list[Path], typer.Argument(help="Logs, or folders with logs at any depth.", metavar="LOGS...")],
    model: Annotated[str, typer.Option(help="Only models that match; * and ? are wildcards.")] = "*",
    scenario: Annotated[str, typer.Option(help="Only scenarios that match; * and ? are wildcards.")] = "*",
    red_line: Annotated[str, typer.Option(help="Only red lines that match; * and ? are wildcards.")] = "*",
    correlation: Annotated[
        float, typer.Option(min=0, max=1, help="Declared, of the trials that share a wording, a request or a queue.")
    ] = CORRELATION,
    wordings: Annotated[bool, typer.Option("--wordings", help="Show each rate by wording, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as one HTML file, too; docs/report.md says how to read it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the HTML file if it is there.")] = False,
    card: Annotated[
        list[Path] | None,
        typer.Option(help="In the page, compare with this card of your own, too; may be given several times."),
    ] = None,
    published: Annotated[
        str | None, typer.Option(help="In the page, compare with the figures of this model, whatever was measured.")
    ] = None,
    eee: Annotated[
        Path | None, typer.Option(help="Write the rates in the format of Every Eval Ever below this folder, too.")
    ] = None,
    eee_samples: Annotated[
        bool, typer.Option("--eee-samples", help="There, add a row for each trial; never what was said.")
    ] = False,
    organization: Annotated[str, typer.Option(help="There, name who ran the evaluation.")] = "",
) -> None:
    """Say what was planned, what ran and what was done, over many logs.

    A log that cannot be read gets a line of its own, and the others are reported. Exit code 2: nothing to report, or no
    way to write what was asked for.
    """
    try:
        if html is not None:
            check_output(html, overwrite=overwrite)
        cards = _cards(card or []) if html is not None else ()
        with progress("Reading logs", shown=not as_json) as told:
            reading = read_trials(logs, told)
    except (NoLogsError, OutputError, CardError) as error:
        raise _failed(str(error)) from error
    chosen = reading.matching(model, scenario)
    report = report_on(chosen, red_line, correlation)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
    else:
        Console(highlight=False).print(tables(report, wordings=wordings))
    if html is not None:
        _write_page(html, report, chosen, logs, cards, published)
    if eee is not None:
        _write_eee(eee, chosen, organization, correlation, samples=eee_samples)
    if not report.groups and not report.tiers:
        known = sorted({f"{trial.scenario} with {trial.model}" for trial in reading.trials})
        held = "; ".join(known) if known else "no sample of a Gyges scenario that could be read"
        raise _failed(f"Nothing to report: the {reading.files} logs hold {held}.")


# What a plain table does not need is imported where it is: cards and plots take longer than the table.


def _cards(paths: list[Path]) -> tuple[Card, ...]:
    from gyges.evidence.cards.load import load_cards  # noqa: PLC0415 - see above

    return load_cards(paths)


def _write_page(
    html: Path, report: Report, reading: Reading, logs: Iterable[Path], cards: tuple[Card, ...], published: str | None
) -> None:
    from gyges.evidence.comparison import compare  # noqa: PLC0415 - see above
    from gyges.evidence.page.page import write_page  # noqa: PLC0415 - see above

    found = compare(reading.trials, cards, published, correlation=report.correlation)
    try:
        write_page(report, reading, html, found, files=log_files(logs))
    except OutputError as error:
        raise _failed(str(error)) from error
    _say(f"Written to {inert(str(html))}")


def _write_eee(folder: Path, reading: Reading, organization: str, correlation: float, *, samples: bool) -> None:
    from gyges.evidence.cards.every_eval_ever import write_eee  # noqa: PLC0415 - see above
    from gyges.evidence.cards.run_export import run_documents  # noqa: PLC0415 - see above

    try:
        written = write_eee(folder, run_documents(reading.trials, organization, correlation, samples=samples))
    except OSError as error:
        raise _failed(inert(str(error))) from error
    _say(f"{len(written)} files of Every Eval Ever below {inert(str(folder))}")


def _say(text: str) -> None:
    Console(stderr=True, highlight=False).print(Text(f"\n{text}"), soft_wrap=True)


def _failed(reason: str) -> typer.Exit:
    Console(stderr=True).print(Text(reason, style="red"), soft_wrap=True)
    return typer.Exit(NOTHING)
