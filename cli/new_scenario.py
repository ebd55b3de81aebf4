"""`gyges new-scenario`: the folder of a scenario of one's own."""

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from gyges.scenarios import ScenarioError
from gyges.scenarios.scaffold import write_scenario

TASK = Path("tasks/scenario.py")
REGISTERED = "gyges/scenario"


def command(
    name: Annotated[str, typer.Argument(help="Of scenario and folder: a place or a thing, such as old_ledger.")],
    folder: Annotated[Path, typer.Option(help="Where to put the folder NAME; default: here.")] = Path(),
) -> None:
    """Write a small, complete scenario under a name of your own, which runs at once and says what to change.

    It lints clean and has scripted models of its own, with the verdicts that they deserve.
    """
    try:
        made = write_scenario(name, folder)
    except ScenarioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{made} is written: {sum(file.is_file() for file in made.rglob('*'))} files.")
    typer.echo("Begin with its scenario.yaml, which says what to change in which order. Next:\n")
    for line in next_commands(made):
        typer.echo(f"    {line}")


def next_commands(made: Path) -> list[str]:
    """What to run now: lint, rehearsal, and an evaluation with one of its own organisms."""
    given = str(made) if made.is_absolute() or made.parts[:1] == ("..",) else f".{os.sep}{made}"
    where = shlex.quote(given)
    task = TASK if TASK.is_file() else REGISTERED
    return [
        f"gyges lint {where}",
        f"gyges rehearse {where}",
        f"inspect eval {task} -T scenario={where} -T oversight=all --model organism/flagrant -M scenario={where}",
    ]
