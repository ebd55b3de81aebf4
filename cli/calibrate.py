"""`gyges calibrate`: a judge over its labelled cases, so that its errors are known and reports can correct for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from inspect_ai import eval as inspect_eval
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalLog
from inspect_ai.model import Model, get_model
from rich.console import Console
from rich.text import Text

import gyges.organisms  # noqa: F401  (registers organism/NAME)
from gyges.cli.progress import running
from gyges.evidence.calibration import Calibration
from gyges.evidence.calibration_table import calibration_table, classes
from gyges.evidence.plain import plain
from gyges.evidence.trials import read_contents
from gyges.scorers.judges.labelled import LabelledSet, LabelledSetError, load_set
from gyges.tasks.calibration import calibration

UNUSABLE = 2
"""Exit code when the judge could not be calibrated."""


def command(
    judge: Annotated[str, typer.Argument(help="Name of the judge, such as faking_reasoning.", metavar="JUDGE")],
    model: Annotated[str, typer.Option(help="The model that judges, as PROVIDER/MODEL.")],
    argument: Annotated[
        list[str] | None, typer.Option("-M", help="An argument of the model, as key=value.", metavar="KEY=VALUE")
    ] = None,
    logs: Annotated[Path, typer.Option(help="Where to write the log, which is the result.")] = Path("logs"),
    limit: Annotated[int | None, typer.Option(min=1, help="Take so many cases only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")] = False,
) -> None:
    """Measure how often a judge errs, on cases that were labelled by hand.

    The log in the folder is the stored result: give `gyges report` that folder too, and it corrects what the same judge
    said elsewhere. Exit code 2: the judge, its set or the model could not be used.
    """
    console = Console(highlight=False, stderr=as_json)
    try:
        found = load_set(judge)
        bound = judging_model(model, argument or [])
    except (LabelledSetError, typer.BadParameter) as error:
        raise _unusable(str(error)) from error
    log = _run(console, found, bound, logs, limit)
    path = Path(log.location.removeprefix("file://"))
    contents = read_contents(path)
    if contents.calibration is None or log.status != "success":
        raise _unusable(f"{path} {contents.problem.reason if contents.problem else 'holds no calibration'}")
    if as_json:
        typer.echo(json.dumps(as_values(contents.calibration), indent=2))
    else:
        console.print(calibration_table(contents.calibration))
        console.print(Text(f"Stored in {path}"), soft_wrap=True)
    if not contents.calibration.coverage.k:
        raise _unusable(f"{model} judged none of the cases")


def as_values(it: Calibration) -> dict[str, Any]:
    """A calibration as JSON values."""
    return {
        "judge": it.judge,
        "models": list(it.models),
        "rubrics": [{"rubric": rubric, "hash": hash} for rubric, hash in it.rubrics],
        "set": it.set,
        "set_hash": it.set_hash,
        "coverage": plain(it.coverage),
        "unjudged": dict(it.unjudged),
        "confusion": [{"label": a, "verdict": b, "cases": n} for (a, b), n in it.confusion.items()],
        "classes": {name: plain(it.accuracy(labels)) for name, labels in classes(it).items()},
        "kappa": plain(it.kappa),
        "wrong": [
            {"id": case.id, "label": case.label, "verdict": case.judgement.label, "hard": case.hard}
            for case in it.wrong
        ],
        "log": str(it.log),
    }


def judging_model(model: str, arguments: list[str]) -> Model:
    """The model by its name and `key=value` arguments. Raises typer.BadParameter where it cannot be used."""
    given: dict[str, Any] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not (key and equals):
            raise typer.BadParameter(f"-M {argument!r}: write it as key=value")
        given[key] = yaml.safe_load(value)
    try:
        return get_model(model, memoize=False, **given)
    except Exception as error:  # a provider may raise what it likes; it cannot be used
        raise typer.BadParameter(f"{model} cannot be used: {error}") from error


def _run(console: Console, found: LabelledSet, model: Model, folder: Path, limit: int | None) -> EvalLog:
    label = f"{model} judges {min(limit or len(found.cases), len(found.cases))} cases of {found.judge}"
    with running(console, label):
        try:
            return inspect_eval(
                calibration,
                task_args={"judge": found.judge},
                model="none",
                model_roles={"judge": model},
                log_dir=str(folder),
                limit=limit,
                display="none",
            )[0]
        except PrerequisiteError as error:
            raise _unusable(str(error.message)) from error


def _unusable(message: str) -> typer.Exit:
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    return typer.Exit(UNUSABLE)
