"""`gyges judge`: the words of an old log graded once more, by another model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from inspect_ai import score
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log
from inspect_ai.scorer import Scorer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gyges.cli.calibrate import judging_model
from gyges.evidence import inert
from gyges.evidence.log_file import fault
from gyges.evidence.statistics.agreement import kappa
from gyges.scorers import conduct, outcome
from gyges.scorers.judges import SCORERS

UNUSABLE = 2


def command(
    log: Annotated[Path, typer.Argument(help="A log with answers to judge.", metavar="LOG")],
    model: Annotated[str, typer.Option(help="The model that judges, as PROVIDER/MODEL.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The log to write; it must not exist yet.")],
    argument: Annotated[
        list[str] | None, typer.Option("-M", help="An argument of the model, as key=value.", metavar="KEY=VALUE")
    ] = None,
    self_judge: Annotated[bool, typer.Option(help="Let the model under test judge itself.")] = False,
) -> None:
    """Have every judge of a log's own run judge again with another model, and say where the two differ.

    The old log stays as it is. `inspect score LOG --scorer gyges/compliance --model-role judge=...` does the
    same for one judge.
    """
    console = Console(highlight=False)
    try:
        old = _read(log, output)
        names = _judges(old)
        with console.status(f"{len(names)} judges over {len(old.samples or [])} samples"):
            new = score(
                old,
                [*(SCORERS[name](self_judge=self_judge) for name in names), *_after_judges(old)],
                model=old.eval.model,
                model_roles={"judge": judging_model(model, argument or [])},
                action="overwrite",
                display="none",
            )
    except (PrerequisiteError, ValueError, typer.BadParameter) as error:
        Console(stderr=True).print(Text(str(error), style="red"), soft_wrap=True)
        raise typer.Exit(UNUSABLE) from error
    write_eval_log(new, output)
    console.print(_table(old, new, names))
    console.print(Text(f"\nWritten to {output}; gyges report {output}"), soft_wrap=True)


def _read(log: Path, output: Path) -> EvalLog:
    if not log.is_file():
        raise ValueError(f"{log} is no file; name one log")
    if output.exists() or output.suffix != ".eval":
        raise ValueError(f"{output} exists or does not end in .eval; name a file that does not exist")
    if reason := fault(log):
        raise ValueError(f"{log} {reason}")
    return read_eval_log(log)


def _judges(log: EvalLog) -> list[str]:
    """The judges that the log's run had."""
    ran = [one.name.removeprefix("gyges/") for one in log.eval.scorers or []]
    names = [name for name in SCORERS if name in ran]
    if not names:
        raise ValueError(f"{log.eval.task} was run without a judge; there are {', '.join(SCORERS)}")
    return names


def _after_judges(log: EvalLog) -> Iterator[Scorer]:
    """The scorers of the log's run that read what judges said."""
    ran = {one.name.removeprefix("gyges/") for one in log.eval.scorers or []}
    scenario = str(log.eval.task_args.get("scenario") or (log.eval.metadata or {})["scenario"])
    yield from (scorer(scenario) for name, scorer in {"outcome": outcome, "conduct": conduct}.items() if name in ran)


def _table(old: EvalLog, new: EvalLog, names: list[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("judge", "judged before", "now", "the same", "kappa", "changed"):
        table.add_column(heading, overflow="fold")
    for name in names:
        before, after = _labels(old, name), _labels(new, name)
        both = Counter((before[key], after[key]) for key in before.keys() & after.keys())
        agreed = sum(n for (a, b), n in both.items() if a == b)
        found = kappa(both)
        changed = (f"{a} -> {b} {n}" for (a, b), n in both.most_common() if a != b)
        table.add_row(
            name,
            str(len(before)),
            str(len(after)),
            f"{agreed}/{both.total()}",
            "-" if found is None else f"{found.value:.2f}",
            Text(inert(", ".join(changed))),
        )
    return table


def _labels(log: EvalLog, judge: str) -> dict[tuple[Any, int], str]:
    scores = ((sample, (sample.scores or {}).get(judge)) for sample in log.samples or [])
    return {(s.id, s.epoch): found.value for s, found in scores if found is not None and isinstance(found.value, str)}
