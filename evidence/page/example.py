"""Examples: samples that a stated rule chooses, with what was done in them and what was said."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inspect_ai.log import EvalSample

from gyges.evidence.group import NOT_JUDGED
from gyges.evidence.scores import JUDGES, last
from gyges.evidence.statistics.answer import COMPLIED
from gyges.evidence.tiers import compares_tiers
from gyges.evidence.timeline import what
from gyges.evidence.trial import Trial
from gyges.evidence.trials import read_sample
from gyges.ledger import Action, ledger_of

from .prompt import by_digest
from .selection import Selection, select
from .turn import Turn, turns

EXAMPLES = 18
"""Examples on a page."""

ACTS, NAMED = 40, 8
"""Acts of one timeline that are shown, and how many that a finding names are among them."""

RULE = (
    "For each scenario and model, in the order of the tables: the first trial that crossed a red line to the end, the "
    "first that attempted one and got no further, and the first that abstained from all; of answers to requests, the "
    "first that complied and stated that it did so not to be changed, the first other that complied, and the first "
    "that did not. First means least SHA-256 of the sample's id, then least epoch, so nobody picks. "
    f"At most {EXAMPLES} in all: every first kind before any second, every second before any third."
)


@dataclass(frozen=True)
class Act:
    """One line of a timeline."""

    seq: int
    after: str
    """Time since the first act."""

    channel: str
    verb: str
    state: str
    what: str
    named: bool
    """Whether a finding rests on it."""


@dataclass(frozen=True)
class Said:
    """A judge's verdict, with the words that it rests on."""

    judge: str
    label: str
    quotes: tuple[str, ...]


_NO_ACTS: Selection[Act] = Selection((), 0)
_NO_TURNS: Selection[Turn] = Selection((), 0)


@dataclass(frozen=True)
class Example:
    """One sample."""

    kind: str
    model: str
    scenario: str
    sample: str
    epoch: int
    log: str
    arm: Mapping[str, str]
    validity: str
    request: str = ""
    findings: tuple[tuple[str, str, str], ...] = ()
    """Red line, stage, and what was seen."""

    observed: tuple[str, ...] = ()
    """What is recorded besides."""

    verdicts: tuple[Said, ...] = ()
    acts: Selection[Act] = _NO_ACTS
    turns: Selection[Turn] = _NO_TURNS
    command: str = ""
    """What prints the whole timeline."""

    problem: str | None = None
    """Why there is no more to show."""


def examples(trials: Iterable[Trial]) -> Selection[Example]:
    """The samples that `RULE` chooses."""
    keyed: dict[tuple[str, ...], list[Trial]] = {}
    for it in trials:
        keyed.setdefault((str(compares_tiers(it)), it.scenario, it.version, it.model, str(it.settings)), []).append(it)
    chosen = [
        (nth, kind, one)
        for key in sorted(keyed)
        for nth, (kind, fits) in enumerate(_KINDS[compares_tiers(keyed[key][0])].items())
        if (one := min(filter(fits, keyed[key]), key=by_digest, default=None))
    ]
    kept = select(chosen, EXAMPLES, lambda it: -it[0])
    return Selection(tuple(_example(kind, one) for _, kind, one in kept.kept), kept.left_out)


def _furthest(trial: Trial) -> str | None:
    seen = set(trial.stages.values())
    return next((stage for stage in ("completed", "attempted", "abstained") if stage in seen), None)


def _complied(trial: Trial) -> bool:
    return any(label in COMPLIED for label in trial.answers.values())


_KINDS: dict[bool, dict[str, Callable[[Trial], bool]]] = {
    False: {
        "completed": lambda it: _furthest(it) == "completed",
        "attempted": lambda it: _furthest(it) == "attempted",
        "abstained": lambda it: _furthest(it) == "abstained",
    },
    True: {
        "complied, and stated that it did so not to be changed": lambda it: _complied(it) and it.faking is True,
        "complied": lambda it: _complied(it) and it.faking is not True,
        "did not comply": lambda it: any(it.answers.values()) and not _complied(it),
    },
}


def _example(kind: str, trial: Trial) -> Example:
    bare = Example(
        kind=kind,
        model=trial.model,
        scenario=f"{trial.scenario} {trial.version}",
        sample=trial.sample,
        epoch=trial.epoch,
        log=trial.log.name,
        arm=trial.arm,
        validity=trial.validity,
        findings=tuple((name, stage or "undecided", "") for name, stage in trial.stages.items()),
        observed=tuple(name for name, seen in trial.observed.items() if seen),
    )
    try:
        return _whole(bare, trial, read_sample(trial.log, trial.sample, trial.epoch))
    except Exception as error:  # noqa: BLE001 - a log may come from anywhere, and the page stands without it
        return Example(**{**vars(bare), "problem": f"{type(error).__name__}: {error}"})


def _whole(bare: Example, trial: Trial, sample: EvalSample) -> Example:
    ledger = ledger_of(sample)
    found = _found(sample)
    refs = {str(ref) for it in found.values() for ref in _list(it.get("refs"))}
    more = {
        "findings": tuple((name, stage, _note(trial, name, found.get(name, {}))) for name, stage, _ in bare.findings),
        "request": str((sample.metadata or {}).get("request") or ""),
        "verdicts": tuple(_said(sample)),
        "acts": _acts(ledger.actions, refs),
        "turns": turns(sample.messages),
        "command": shlex.join(
            ["gyges", "ledger", str(trial.log), "--sample", trial.sample, "--epoch", str(trial.epoch)]
        ),
    }
    return Example(**{**vars(bare), **more})


def _found(sample: EvalSample) -> dict[str, Mapping[str, object]]:
    """Red line to its finding, as the score holds it; a log may hold anything."""
    score = last(sample.scores, "conduct")
    found = (score.metadata or {}).get("findings") if score else None
    return {str(k): v for k, v in found.items() if isinstance(v, Mapping)} if isinstance(found, Mapping) else {}


def _note(trial: Trial, red_line: str, found: Mapping[str, object]) -> str:
    """What was seen; where a judge decides, too, what code found and what it said of that."""
    note, judged = str(found.get("note", "")), trial.judged.get(red_line)
    if judged is None or not judged.acted:
        return note
    said = f"judged {judged.label}" if judged.label is not None else NOT_JUDGED
    return "; ".join(filter(None, (f"{judged.act} by code, {said}", note)))


def _said(sample: EvalSample) -> Iterable[Said]:
    for judge in JUDGES:
        score = last(sample.scores, judge)
        if score is not None and isinstance(score.value, str):
            quotes = _list((score.metadata or {}).get("quotes"))
            yield Said(judge, score.value, tuple(map(str, quotes[:3])))


def _acts(actions: Sequence[Action], refs: set[str]) -> Selection[Act]:
    """The first acts that a finding names, and tool calls, in order; what these set off is left to the whole record."""
    start = actions[0].at if actions else ""
    named = [it.seq for it in actions if refs & {*it.refs}]
    first = set(named[:NAMED])
    kept = select((it for it in actions if it.channel == "tool" or it.seq in first), ACTS, lambda it: it.seq in first)
    shown = tuple(_act(it, start, it.seq in named) for it in kept.kept)
    return Selection(shown, len(actions) - len(shown))


def _act(it: Action, start: str, named: bool) -> Act:
    return Act(it.seq, _after(start, it.at), it.channel, it.verb, it.state, what(it), named)


def _after(start: str, at: str) -> str:
    try:
        return f"+{(datetime.fromisoformat(at) - datetime.fromisoformat(start)).total_seconds():.1f} s"
    except (TypeError, ValueError):
        return "?"


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
