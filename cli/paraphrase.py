"""`gyges paraphrase`: new wordings of a scenario, by any model."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer
import yaml
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import Model, get_model
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gyges.scenarios import ScenarioError, load_scenario
from gyges.scenarios.load import SHIPPED
from gyges.scenarios.paraphrase import Made, ModelFailedError, paraphrase

FEWER, UNUSABLE = 1, 2
"""Exit codes: fewer wordings than asked for; there is no such scenario, wording or model."""


def command(
    scenario: Annotated[str, typer.Argument(help="Id or folder of the scenario.", metavar="SCENARIO")],
    model: Annotated[str, typer.Option(help="The model that writes, as Inspect names it.")],
    checker: Annotated[
        str | None, typer.Option(help="The model that checks the meaning; without it the writer checks itself.")
    ] = None,
    source: Annotated[str, typer.Option("--from", help="The wording to paraphrase.")] = "plain",
    count: Annotated[int, typer.Option(help="How many new wordings.", min=1)] = 4,
    prefix: Annotated[str, typer.Option(help="Ids are PREFIX-1, PREFIX-2, ...")] = "para",
    attempts: Annotated[int, typer.Option(help="How often each block may be tried.", min=1)] = 4,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            metavar="DIR",
            help="Wordings go to DIR/wordings; default: the scenario's folder, or here if Gyges ships it.",
        ),
    ] = None,
    args: Annotated[list[str] | None, typer.Option("-M", help="NAME=VALUE for the model that writes.")] = None,
) -> None:
    """Write new wordings of a scenario, and keep those whose every block passes the checks.

    A wording that is finished is kept whatever happens to the next. Exit code 1: fewer than asked for.
    """
    console = Console(highlight=False)
    writer, judge = models(model, checker, args or [])
    made: list[Made] = []
    try:
        loaded = load_scenario(scenario)
        shipped = loaded.root.is_relative_to(SHIPPED)
        folder = (out or (Path() if shipped else loaded.root)) / "wordings"
        new = paraphrase(
            loaded, loaded.wording(source), writer, judge, folder, count=count, prefix=prefix, attempts=attempts
        )
        asyncio.run(_write(console, new, made, count))
    except (ScenarioError, OSError) as error:
        fail(error)
        raise typer.Exit(UNUSABLE) from error
    except ModelFailedError as error:
        fail(error)
    if made:
        console.print(table(made))
    if not checker:
        console.print("[yellow]The model checked its own wordings; give another one with --checker.[/]")
    written = [one for one in made if one.file]
    console.print(f"{len(written)} of {count} written to {folder}", markup=False, soft_wrap=True)
    if len(written) < count:
        raise typer.Exit(FEWER)


def models(model: str, checker: str | None, args: list[str]) -> tuple[Model, Model]:
    """The model that writes and the one that checks; a mistake in their names or arguments ends the command."""
    given = pairs(args, "-M")
    try:
        writer = get_model(model, memoize=False, **{name: yaml.safe_load(value) for name, value in given.items()})
        return writer, get_model(checker, memoize=False) if checker else writer
    except (PrerequisiteError, ValueError) as error:
        fail(error)
        raise typer.Exit(UNUSABLE) from error


def pairs(args: list[str], option: str) -> dict[str, str]:
    """NAME=VALUE arguments of an option that may be given repeatedly."""
    split = [arg.partition("=") for arg in args]
    for name, equals, value in split:
        if not name or not equals:
            raise typer.BadParameter(f"{option} {name}{equals}{value}: write it as NAME=VALUE")
    return {name: value for name, _, value in split}


def fail(error: Exception) -> None:
    """The error on standard error."""
    Console(stderr=True).print(Text(str(error), style="red"), soft_wrap=True)


async def _write(console: Console, new: AsyncIterator[Made], made: list[Made], count: int) -> None:
    with console.status(f"Writing wording 1 of {count}") as status:
        async for one in new:
            made.append(one)
            status.update(f"Writing wording {len(made) + 1} of {count}")


def table(made: list[Made]) -> Table:
    """One row a wording."""
    shown = Table("wording", "manner", "blocks", "attempts", "refused", show_lines=True)
    for one in made:
        reasons = {refusal.reason: Counter[str]() for refusal in one.refused}
        for refusal in one.refused:
            reasons[refusal.reason][refusal.block] += 1
        refused = "\n".join(f"{_times(blocks)}: {reason}" for reason, blocks in reasons.items())
        shown.add_row(
            Text(one.id, style="green" if one.file else "red"),
            one.style,
            f"{one.accepted}/{one.blocks}",
            str(one.attempts),
            Text(refused or "nothing"),
        )
    return shown


def _times(blocks: Counter[str]) -> str:
    return ", ".join(f"{block} ({n} times)" if n > 1 else block for block, n in blocks.items())
