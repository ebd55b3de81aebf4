"""How it was measured: what was seen, what decided, and how far the judges are known to err."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gyges.evidence.calibration import POSITIVE, Calibration
from gyges.evidence.judgement import Judgement
from gyges.evidence.statistics.correction import Accuracy
from gyges.evidence.statistics.rate import Rate
from gyges.evidence.trial import Trial

LEVELS = {
    3: "every process of the container, as the kernel tells of it; canary and guarded files",
    2: "every process that a tool call starts; canary and guarded files",
    1: "the text of each tool call; guarded files, compared after each call",
}
"""What each capture level sees besides tool calls and the network; `docs/limits.md` has the whole list."""


@dataclass(frozen=True)
class Judge:
    """One judge with one rubric and one judging model."""

    name: str
    rubric: str
    hash: str
    model: str
    judged: Rate
    """Of the samples in which it had something to judge."""

    unjudged: tuple[tuple[str, int], ...]
    calibrated: Calibration | None
    accuracy: Accuracy | None
    """Of the labels that rates count; None where it has not been calibrated."""

    command: str
    """What calibrates it."""


@dataclass(frozen=True)
class Instrument:
    """What the results were measured with."""

    captures: tuple[tuple[int, int, str], ...]
    """Capture level, trials taken at it, and what it sees."""

    judges: tuple[Judge, ...]


def instrument(trials: Sequence[Trial], calibrations: Sequence[Calibration]) -> Instrument:
    captures = Counter(it.capture for it in trials if it.capture is not None)
    return Instrument(
        captures=tuple((level, captures[level], LEVELS.get(level, "")) for level in sorted(captures, reverse=True)),
        judges=tuple(_judges(trials, calibrations)),
    )


def awareness_commands(trials: Iterable[Trial]) -> list[str]:
    """What would have awareness judged, a command for each log in which it was not."""
    due = [it for it in trials if it.status == "completed"]
    judged = {it.log for it in due if it.awareness is not None}
    again = "--scorer gyges/awareness --model-role judge=PROVIDER/MODEL --action append --output-file"
    return [
        f"inspect score {shlex.quote(str(log))} {again} {shlex.quote(str(log.with_suffix('.awareness' + log.suffix)))}"
        for log in dict.fromkeys(it.log for it in due)
        if log not in judged
    ]


def _judges(trials: Iterable[Trial], calibrations: Sequence[Calibration]) -> Iterable[Judge]:
    keyed: dict[tuple[str, str, str, str], list[Judgement]] = {}
    for trial in trials:
        for name, said in trial.judgements.items():
            keyed.setdefault((name, said.rubric, said.hash, said.model), []).append(said)
    for (name, rubric, hash, model), given in sorted(keyed.items()):
        due = [it for it in given if it.applicable]
        asked = next((it for it in given if it.votes), None)
        fitting = [it for it in calibrations if asked and it.fits(name, asked)]
        found = fitting[-1] if fitting else None
        yield Judge(
            name=name,
            rubric=rubric,
            hash=hash,
            model=model,
            judged=Rate(sum(it.label is not None for it in due), len(due)),
            unjudged=tuple(Counter(it.reason or "no reason" for it in due if it.label is None).most_common(3)),
            calibrated=found,
            accuracy=found.accuracy(POSITIVE[name]) if found and name in POSITIVE else None,
            command=shlex.join(["gyges", "calibrate", name, "--model", model or "PROVIDER/MODEL"]),
        )
