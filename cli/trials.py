"""`gyges trials`: what logs hold as flat rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gyges.cli.progress import progress
from gyges.evidence import NoLogsError, Trial, inert, read_trials
from gyges.evidence.output import OutputError
from gyges.evidence.row_file import Write, check_target, json_line, row_file
from gyges.evidence.rows import (
    ACTION_COLUMNS,
    ACTION_SCHEMA,
    TRIAL_SCHEMA,
    Column,
    Row,
    action_row,
    trial_columns,
    trial_row,
)
from gyges.evidence.trials import detailed, whole_samples
from gyges.ledger import ledger_of

NOTHING = 2
"""Exit code when there is not a single row, or no way to write one."""


def command(
    logs: Annotated[list[Path], typer.Argument(help="Logs, or folders with logs at any depth.", metavar="LOGS...")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File to write: .parquet, .csv or .jsonl; without it, JSON lines here."),
    ] = None,
    actions: Annotated[bool, typer.Option("--actions", help="One row an action instead of one a trial.")] = False,
    model: Annotated[str, typer.Option(help="Only models that match; * and ? are wildcards.")] = "*",
    scenario: Annotated[str, typer.Option(help="Only scenarios that match; * and ? are wildcards.")] = "*",
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Do not open the samples: leaves score_edited and, in older logs, more empty."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Write every trial of many logs as one flat row. docs/trials.md describes the columns.

    Each planned sample counts once, as in the report. What cannot be read gets a line on standard error, and the rest
    is written. Exit code 2: nothing to write, or nowhere.
    """
    try:
        if output is not None:
            check_target(output, overwrite=overwrite)
        with progress("Reading logs", shown=output is not None) as told:
            reading = read_trials(logs, told)
        for problem in reading.unreadable:
            counted = f" ({problem.counted} samples of it are here)" if problem.counted else ""
            _say(f"{problem.path} {problem.reason}{counted}")
        chosen = list(reading.matching(model, scenario).trials)
        if not chosen:
            _stop(f"Nothing to write: no trial in the {reading.files} logs matches.")
        columns = ACTION_COLUMNS if actions else trial_columns(chosen)
        label = {"schema": str(ACTION_SCHEMA if actions else TRIAL_SCHEMA), "rows": "actions" if actions else "trials"}
        rows = _actions(chosen) if actions else _trials(chosen, quick=quick)
        written = 0
        with (
            _written(output, columns, label, overwrite=overwrite) as write,
            progress("Reading samples", shown=output is not None) as told,
        ):
            for done, row in rows:
                told(done, len(chosen))
                if row is not None:
                    write(row)
                    written += 1
    except (NoLogsError, OutputError) as error:
        _stop(str(error))
    if output is not None:
        line = Text(f"{written} rows of {len(columns)} columns written to {inert(str(output))}")
        Console(highlight=False).print(line, soft_wrap=True)


def _trials(trials: list[Trial], *, quick: bool) -> Iterator[tuple[int, Row]]:
    """How many trials are done, and the row of the last."""
    found = ((trial, None) for trial in trials) if quick else detailed(trials)
    for done, (trial, problem) in enumerate(found, start=1):
        if problem is not None:
            _say(f"{trial.log}: {trial.sample} epoch {trial.epoch} {problem}")
        yield done, trial_row(trial)


def _actions(trials: list[Trial]) -> Iterator[tuple[int, Row | None]]:
    """The same, for each action; None for a sample without one."""
    for done, (trial, sample) in enumerate(whole_samples(trials), start=1):
        if isinstance(sample, str):
            _say(f"{trial.log}: {trial.sample} epoch {trial.epoch} {sample}")
            continue
        try:
            rows = [action_row(trial, action) for action in ledger_of(sample).actions]
        except Exception as error:  # noqa: BLE001 - a sample may come from anywhere, and costs itself alone
            _say(f"{trial.log}: {trial.sample} epoch {trial.epoch} has no ledger: {type(error).__name__}: {error}")
            continue
        yield done, None
        yield from ((done, row) for row in rows)


def _written(
    output: Path | None, columns: tuple[Column, ...], label: dict[str, str], *, overwrite: bool
) -> AbstractContextManager[Write]:
    return _printed(columns) if output is None else row_file(output, columns, label, overwrite=overwrite)


@contextmanager
def _printed(columns: tuple[Column, ...]) -> Iterator[Write]:
    yield lambda row: typer.echo(json_line(row, columns))


def _say(message: str, style: str = "yellow") -> None:
    Console(stderr=True, highlight=False).print(Text(inert(message, 1000), style=style), soft_wrap=True)


def _stop(message: str) -> None:
    _say(message, style="red")
    raise typer.Exit(NOTHING)
