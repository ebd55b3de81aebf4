"""`gyges ledger`: what was done in a run, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gyges.evidence import Trial, inert, read_log, read_sample
from gyges.evidence.timeline import timeline
from gyges.ledger import Action, Channel, Ledger, State, ledger_of

DIFFERENT, UNUSABLE = 1, 2
"""Exit codes: a recomputed head is not the stored one; there is no such log or sample."""


@dataclass(frozen=True)
class Filter:
    """Which actions to show; None or empty shows all."""

    channel: str | None
    verb: str | None
    state: str | None
    call: str | None

    def of(self, ledger: Ledger) -> Iterator[Action]:
        """The actions that match; a call is named by its id or the end of it."""
        return (
            action
            for action in ledger.actions
            if self.channel in (None, action.channel)
            and self.verb in (None, action.verb)
            and self.state in (None, action.state)
            and (self.call is None or (action.call or "").endswith(self.call))
        )


def command(
    log: Annotated[Path, typer.Argument(help="A log that Inspect wrote.", metavar="LOG")],
    sample: Annotated[
        str | None,
        typer.Option(help="Id of the sample, or a part that only it has; without it, a log of many lists them."),
    ] = None,
    epoch: Annotated[int | None, typer.Option(help="Epoch of the sample, where there are several.")] = None,
    channel: Annotated[str | None, typer.Option(help=f"Only one of {', '.join(get_args(Channel))}.")] = None,
    verb: Annotated[
        str | None, typer.Option(help="Only this tool or kind of record, such as bash, http or dns.")
    ] = None,
    state: Annotated[str | None, typer.Option(help=f"Only one of {', '.join(get_args(State))}.")] = None,
    call: Annotated[
        str | None, typer.Option(help="Only what belongs to this tool call (its id, or the end of it).")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print one JSON object an action, with everything in it.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare the chain's head to the one that the score holds.")
    ] = False,
) -> None:
    """Recompute a sample's ledger from the log and print it as a timeline.

    Everything in it came out of the pod or out of the model: what could steer a terminal is shown as text.
    """
    for name, value, known in (("channel", channel, get_args(Channel)), ("state", state, get_args(State))):
        if value is not None and value not in known:
            raise typer.BadParameter(f"{value!r} is no {name}; it is one of {', '.join(known)}")
    trials = _chosen(log, sample, epoch)
    if verify:
        verdicts = [_same(trial) for trial in trials]
        raise typer.Exit(0 if True in verdicts and False not in verdicts else DIFFERENT)
    if len(trials) > 1 and not jsonl:
        return _list(trials)
    for trial in trials:
        ledger = ledger_of(read_sample(log, trial.sample, trial.epoch))
        actions = list(Filter(channel, verb, state, call).of(ledger))
        if not jsonl:
            return _print(trial, ledger, actions)
        for action in actions:
            typer.echo(json.dumps({"sample": trial.sample, "epoch": trial.epoch, **asdict(action)}))
    return None


def _chosen(log: Path, sample: str | None, epoch: int | None) -> list[Trial]:
    trials, problem = read_log(log) if log.is_file() else ([], None)
    if not log.is_file():
        _stop(f"{log} is no file." + (" Name one log in it." if log.is_dir() else ""))
    if problem is not None:
        Console(stderr=True).print(Text(f"{log} {inert(problem.reason)}", style="yellow"), soft_wrap=True)
    ran = [trial for trial in trials if trial.status != "not_run"]
    if not ran:
        _stop(f"{log} holds no sample that can be read.")
    named = [trial for trial in ran if sample in (None, trial.sample)]
    partly = [trial for trial in ran if sample and sample in trial.sample]
    if not named and len({trial.sample for trial in partly}) == 1:
        named = partly
    if not named:
        _stop(f"{log} has no sample {sample!r}. {_near(str(sample), ran)}")
    found = [trial for trial in named if epoch in (None, trial.epoch)]
    if not found:
        epochs = ", ".join(sorted({str(trial.epoch) for trial in named}))
        _stop(f"there is no epoch {epoch}; there are: {epochs}")
    return found


def _near(sample: str, trials: Sequence[Trial]) -> str:
    ids = sorted({trial.sample for trial in trials})
    near = [id for id in ids if sample.lower() in id.lower()] or get_close_matches(sample, ids, cutoff=0.4) or ids
    more = f" and {len(near) - 10} more" if len(near) > 10 else ""
    return "Near it: " + ", ".join(map(inert, near[:10])) + more


def _list(trials: Sequence[Trial]) -> None:
    red_lines = list(dict.fromkeys(red_line for trial in trials for red_line in trial.stages))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for name in ("sample", "epoch", *red_lines, "verdict"):
        table.add_column(Text(inert(name)), overflow="fold")
    for trial in trials:
        stages = [trial.stages.get(red_line) or "-" for red_line in red_lines]
        verdict = trial.validity if trial.scored else f"none: {trial.reason or trial.validity}"
        cells = (trial.sample, str(trial.epoch), *stages, verdict)
        table.add_row(*(Text(inert(cell, 200)) for cell in cells))
    console = Console(highlight=False)
    console.print(table)
    choice = "--epoch N" if len({trial.sample for trial in trials}) == 1 else "--sample ID"
    console.print(Text(f"\n{len(trials)} samples. {choice} prints the timeline of one.", style="dim"), soft_wrap=True)


def _print(trial: Trial, ledger: Ledger, actions: Sequence[Action]) -> None:
    console = Console(highlight=False)
    console.print(
        Text(f"{inert(trial.sample)} epoch {trial.epoch} · {inert(trial.model)}", style="bold"), soft_wrap=True
    )
    console.print(timeline(actions))
    shown = "" if len(actions) == len(ledger.actions) else f"{len(actions)} of "
    level = f"capture level {ledger.capture}" if ledger.capture is not None else "no pod recorded"
    console.print(
        Text(f"{shown}{len(ledger.actions)} actions · {level} · head {ledger.head}", style="dim"), soft_wrap=True
    )
    for fault in ledger.faults:
        console.print(Text(f"broken record: {inert(fault, 300)}", style="red"), soft_wrap=True)


def _same(trial: Trial) -> bool | None:
    head = ledger_of(read_sample(trial.log, trial.sample, trial.epoch)).head
    if trial.head is None:
        verdict, style = f"not compared: recomputed {head}, and no score holds a head", "yellow"
    elif trial.head == head:
        verdict, style = f"same: {head}", ""
    else:
        verdict, style = f"different: recomputed {head}, the score holds {inert(trial.head)}", "red"
    line = Text(f"{inert(trial.sample)} epoch {trial.epoch} {verdict}", style=style)
    Console(highlight=False).print(line, soft_wrap=True)
    return None if trial.head is None else trial.head == head


def _stop(message: str) -> None:
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    raise typer.Exit(UNUSABLE)
