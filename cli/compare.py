"""`gyges compare`: what logs measured beside what developers published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gyges.cli.progress import progress
from gyges.evidence import NoLogsError, read_trials
from gyges.evidence.cards.load import CardError, load_cards
from gyges.evidence.cards.models import matches, nearest
from gyges.evidence.comparison import ACCEPTABLE, Comparisons, Reason, Verdict, compare
from gyges.evidence.comparison.comparison_table import comparison_tables
from gyges.evidence.inert import inert
from gyges.evidence.statistics.clustered import CORRELATION

NOTHING = 2
"""Exit code when nothing could be compared."""


def command(
    logs: Annotated[list[Path], typer.Argument(help="Logs, or folders with logs at any depth.", metavar="LOGS...")],
    model: Annotated[
        str | None,
        typer.Option(help="Compare with the figures of this model, whatever was measured; * and ? are wildcards."),
    ] = None,
    card: Annotated[
        list[Path] | None, typer.Option(help="A card of your own, or a folder of them; may be given several times.")
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Compare in spite of this difference, such as other-prompt; may be given several times."),
    ] = None,
    secondary: Annotated[
        bool, typer.Option("--secondary", help="Let figures count that were read in another's report of the document.")
    ] = False,
    correlation: Annotated[
        float, typer.Option(min=0, max=1, help="Declared, of the trials that share a wording, a request or a queue.")
    ] = CORRELATION,
    margin: Annotated[
        float | None,
        typer.Option(
            help="Percentage points within which a rate is called consistent; by the figure's size if left out."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")] = False,
) -> None:
    """Say of each measured rate whether it is the one that was published, or why the two cannot be compared.

    Each model is compared with the figures of its own name, or all with those of `--model`. Exit code 2: the logs hold
    nothing to compare, or no figure is known of the model that was named.
    """
    if margin is not None and not 0 < margin < 100:
        raise typer.BadParameter(f"{margin:g}: give percentage points between 0 and 100", param_hint="--margin")
    try:
        cards = load_cards(card or [])
        with progress("Reading logs", shown=not as_json) as told:
            reading = read_trials(logs, told)
    except (NoLogsError, CardError) as error:
        raise _nothing(str(error)) from error
    accepted = frozenset(_reason(name) for name in accept or [])
    found = compare(
        reading.trials,
        cards,
        model,
        secondary=secondary,
        accept=accepted,
        correlation=correlation,
        margin=None if margin is None else margin / 100,
    )
    if model is not None and not any(matches(model, name) for name in found.known):
        raise _nothing(_unknown(model, found))
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        console = Console(highlight=False)
        console.print(comparison_tables(found))
        if way := _way(found):
            console.print(Text(f"\n{way}"))
    if not found.comparisons:
        held = f"the {reading.files} logs hold no sample with a verdict"
        raise _nothing(f"Nothing to compare: {held}. `gyges report` says why not.")


def _reason(name: str) -> Reason:
    if name not in ACCEPTABLE:
        known = ", ".join(sorted(ACCEPTABLE))
        raise typer.BadParameter(f"{name!r} is no difference that can be accepted; {known} are", param_hint="--accept")
    return Reason(name)


def _unknown(model: str, found: Comparisons) -> str:
    like = nearest(model, found.known)
    said = f"No figure is known of {inert(model, 80)!r}."
    if like:
        said += f" The nearest names are {', '.join(map(inert, like))}."
    if found.comparable:
        said += f" Figures that count what these logs measured are there of {', '.join(map(inert, found.comparable))}."
    return said + " `gyges cards` lists them all."


def _way(found: Comparisons) -> str:
    """What to do where no model has a figure of its own."""
    if found.model is not None or any(it.verdict is not Verdict.NO_PUBLISHED_CLAIM for it in found.comparisons):
        return ""
    if not found.comparable:
        return "No figure counts what was measured here; `--card FILE` adds one."
    named = ", ".join(map(inert, found.comparable))
    return (
        f"None of these models has a figure of its own that counts what was measured. There are figures of {named}: "
        f"--model {inert(found.comparable[0])} compares with those of one, whatever was measured."
    )


def _nothing(message: str) -> typer.Exit:
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    return typer.Exit(NOTHING)
