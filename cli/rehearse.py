"""`gyges rehearse`: a scenario's scripted models in real pods, and whether each gets the verdict that it deserves."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from inspect_ai import Task, TaskSource, task_with
from inspect_ai import eval as inspect_eval
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalLog
from inspect_ai.model import Model, get_model
from rich.console import Console
from rich.table import Table
from rich.text import Text

import gyges.organisms  # noqa: F401  (registers organism/NAME)
from gyges.cli.doctor import line
from gyges.cli.progress import running
from gyges.organisms import PlaybookError
from gyges.sandbox.engine import ready
from gyges.scenarios import Scenario, ScenarioError, load_scenario
from gyges.scenarios.verdicts import VERDICTS, Verdict, load_verdicts
from gyges.tasks.experiment import experiment
from gyges.tasks.kinds import known_kinds

JUDGE = "organism/judge"
"""Knows the shipped organisms' words by heart; bound to Inspect's role `judge` where a red line needs one."""

AT_ONCE = 4
"""Pods side by side."""

TOKENS = 10_000_000
"""Of a sample: more than any organism says, and less than one claims that is to be cut off."""

NTH = "rehearsal"
"""In a log's metadata: the place of its verdict among those that were run."""

UNUSABLE = 2


def command(
    scenario: Annotated[str, typer.Argument(help="Id of a scenario, or a folder.")],
    organism: Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")] = None,
    logs: Annotated[Path | None, typer.Option(help="Where to write the logs; default: logs/rehearse-ID-TIME.")] = None,
) -> None:
    """Run a scenario's scripted models in real pods, and hold their verdicts against its `verdicts.yaml`.

    Exit code 1: a verdict is not the one that the file expects, or the scenario is not in order. Exit code 2: this
    machine cannot run pods.
    """
    console = Console(highlight=False)
    try:
        loaded = load_scenario(scenario)
        chosen = choose(loaded, organism or ())
    except ScenarioError as error:
        _refuse(error)
    if problems := ready():
        for problem in problems:
            console.print(line(problem))
        raise typer.Exit(UNUSABLE)
    folder = logs or Path("logs") / f"rehearse-{loaded.id}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    try:
        found = _watched(console, loaded, chosen, folder)
    except (ScenarioError, PlaybookError, PrerequisiteError) as error:
        _refuse(error)
    console.print(table(loaded, found))
    wrong = [difference for one in found for difference in one.differences()]
    for difference in wrong:
        console.print(Text(f"Not as expected: {difference}", style="red"), soft_wrap=True)
    console.print(f"{len(found)} runs, {len(wrong)} differences. What was done in one: gyges ledger {folder}/FILE.eval")
    raise typer.Exit(1 if wrong else 0)


@dataclass(frozen=True)
class Rehearsed:
    """A verdict that was expected, and the one that came out."""

    verdict: Verdict
    got: Mapping[str, str]
    """Column of the score to its value, as `verdicts.yaml` writes it; empty where there is none."""
    fault: str | None = None
    """Why there is none."""
    log: EvalLog | None = None

    def differences(self) -> Iterator[str]:
        """Each column that is not as expected, in words."""
        who = f"{self.verdict.organism} ({self.verdict.label})"
        if self.fault is not None:
            yield f"{who}: no verdict: {self.fault}"
            return
        for column, expected in self.verdict.expect.items():
            if (got := self.got.get(column, "missing")) != expected:
                yield f"{who}: {column} is {got}, expected {expected}"


def choose(scenario: Scenario, organisms: Collection[str] = ()) -> tuple[Verdict, ...]:
    """The verdicts of a scenario, or those of some of its organisms.

    Raises ScenarioError for a faulty `verdicts.yaml` and an organism that has no verdict in it.
    """
    known_kinds().check(scenario)
    verdicts = load_verdicts(scenario)
    known = dict.fromkeys(verdict.organism for verdict in verdicts)
    for name in organisms:
        if name not in known:
            raise ScenarioError(
                f"no verdict on {name!r}; there are verdicts on {', '.join(known)}", scenario.root / VERDICTS
            )
    return tuple(verdict for verdict in verdicts if not organisms or verdict.organism in organisms)


def rehearse(scenario: Scenario, verdicts: Sequence[Verdict], logs: Path, at_once: int = AT_ONCE) -> list[Rehearsed]:
    """Runs each verdict's organism in a pod of its own and reads what it got, in the same order.

    Args:
        scenario: Whose organisms.
        verdicts: Of that scenario.
        logs: Where the logs go, one a run.
        at_once: How many pods run side by side.

    Raises:
        PlaybookError: a playbook has a mistake.
        ScenarioError: the scenario has one.
    """
    if not verdicts:
        return []
    models = [_model(scenario, verdict) for verdict in verdicts]
    source = _Rehearsals(lambda: [_task(scenario, *one) for one in enumerate(zip(verdicts, models, strict=True))])
    found = inspect_eval(
        source,
        model=models[0],
        model_roles={"judge": get_model(JUDGE, memoize=False)},
        log_dir=str(logs),
        max_tasks=at_once,
        token_limit=TOKENS,
        display="none",
    )
    by_place = {(log.eval.metadata or {}).get(NTH): log for log in found}
    return [_read(verdict, by_place.get(nth)) for nth, verdict in enumerate(verdicts)]


class _Rehearsals(TaskSource):
    """Makes the tasks where Inspect has bound the judge's role, which those with judged red lines look for."""

    def __init__(self, tasks: Callable[[], list[Task]]) -> None:
        self._tasks = tasks

    def initial_tasks(self) -> list[Task]:
        return self._tasks()


def _model(scenario: Scenario, verdict: Verdict) -> Model:
    rate: dict[str, Any] = {} if verdict.rate is None else {"rate": verdict.rate}
    return get_model(f"organism/{verdict.organism}", memoize=False, scenario=str(scenario.root), **rate)


def _task(scenario: Scenario, nth: int, run: tuple[Verdict, Model]) -> Task:
    verdict, model = run
    wording = verdict.wording or scenario.wordings[0].id
    made = experiment(str(scenario.root), wording, verdict.arm, replay=verdict.replay)
    return task_with(made, name=scenario.id, model=model, metadata={**(made.metadata or {}), NTH: nth})


def _read(verdict: Verdict, log: EvalLog | None) -> Rehearsed:
    if log is None or not log.samples:
        error = log.error.message if log and log.error else "the run left no sample"
        return Rehearsed(verdict, {}, error, log)
    (sample,) = log.samples
    if sample.error is not None:
        return Rehearsed(verdict, {}, sample.error.message, log)
    score = (sample.scores or {}).get("conduct")
    if score is None or not isinstance(score.value, dict):
        return Rehearsed(verdict, {}, (score and score.explanation) or "the run was not scored", log)
    return Rehearsed(verdict, {column: _word(value) for column, value in score.value.items()}, log=log)


def _word(value: Any) -> str:
    return "undecided" if isinstance(value, float) and math.isnan(value) else str(value)


def table(scenario: Scenario, found: Sequence[Rehearsed]) -> Table:
    """Organism, arm, expected and got, a row a run; what differs is marked."""
    made = Table(title=f"{scenario.id} {scenario.version}", title_justify="left", box=None, pad_edge=False)
    for name in ("", "organism", "arm", "expected", "got"):
        made.add_column(name, overflow="fold", no_wrap=name in ("", "organism"))
    for one in found:
        wrong = bool(list(one.differences()))
        got = Text(one.fault or "", style="red")
        for column, expected in one.verdict.expect.items() if wrong and one.fault is None else ():
            value = one.got.get(column, "missing")
            got.append(f"{', ' if got else ''}{column} {value}", style="" if value == expected else "red")
        deserved = ", ".join(f"{column} {value}" for column, value in one.verdict.expect.items())
        mark = Text("✗", style="red") if wrong else Text("✓", style="green")
        made.add_row(mark, Text(one.verdict.organism), Text(one.verdict.label), Text(deserved), got or Text("the same"))
    return made


def _watched(console: Console, scenario: Scenario, verdicts: Sequence[Verdict], folder: Path) -> list[Rehearsed]:
    label = f"{len(verdicts)} runs of {scenario.id}, each in a pod of its own, {AT_ONCE} at a time"
    with running(console, label):
        return rehearse(scenario, verdicts, folder)


def _refuse(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(1) from error
