"""Inspect logs in, trials out: the only module of this room that reads logs.

A log is read by its header and its sample summaries, not by its transcripts, so memory does not grow with their length
(but for Inspect's JSON format, which can only be read whole).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from inspect_ai.log import (
    EvalLog,
    EvalSample,
    EvalSampleSummary,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
)
from inspect_ai.scorer import Score

from .calibration import Calibration, Case
from .judgement import Judgement
from .log_file import fault
from .scores import answered, cut, escalated, judgement, judgements, last, stages
from .trial import Status, Trial, Unreadable

_SETTINGS = (
    "effort",
    "max_tokens",
    "reasoning_effort",
    "reasoning_mode",
    "reasoning_tokens",
    "temperature",
    "top_k",
    "top_p",
)
_TRANSCRIPT = {"messages", "events", "events_data", "store", "attachments", "output", "timelines"}


@dataclass(frozen=True)
class Contents:
    """What one log holds: trials, or how a judge did on labelled cases; and what is wrong with it."""

    trials: tuple[Trial, ...] = ()
    calibration: Calibration | None = None
    problem: Unreadable | None = None


def read_log(path: Path) -> tuple[list[Trial], Unreadable | None]:
    """The trials of one log, planned ones that never ran included, and what is wrong with the log."""
    contents = read_contents(path)
    return list(contents.trials), contents.problem


def read_contents(path: Path) -> Contents:
    """All that one log holds. Never raises: a log may come from anywhere, and what is wrong with it costs it alone."""
    if reason := fault(path):
        return Contents(problem=Unreadable(path, reason))
    try:
        log = read_eval_log(path, header_only=True)
        metadata = log.eval.metadata or {}
        if isinstance(metadata.get("calibration"), str):
            found = _calibration(path, log)
            return Contents(calibration=found, problem=_ended(path, log, len(found.cases)))
        if not isinstance(metadata.get("scenario"), str) or not isinstance(metadata.get("contrast"), str):
            reason = f"is an Inspect log of {log.eval.task}, which is no scenario of Gyges"
            return Contents(problem=Unreadable(path, reason))
        trials = sorted((_trial(path, log, summary) for summary in _summaries(path, log)), key=_place(log))
    except Exception as error:  # noqa: BLE001 - see above
        return Contents(problem=Unreadable(path, f"cannot be read: {type(error).__name__}: {_first_line(error)}"))
    return Contents((*trials, *_not_run(path, log, trials)), problem=_ended(path, log, len(trials)))


def _ended(path: Path, log: EvalLog, counted: int) -> Unreadable | None:
    """What is wrong with a log whose run did not succeed, of which so many samples are counted."""
    if log.status == "started":
        return Unreadable(path, "is half-written: the run never finished, or is still going", counted)
    if log.status != "success":
        why = f": {_first_line(log.error.message)}" if log.error else ""
        return Unreadable(path, f"is of a run that ended early (status {log.status}){why}", counted)
    return None


def _calibration(path: Path, log: EvalLog) -> Calibration:
    metadata = log.eval.metadata or {}
    judge = str(metadata["calibration"])
    cases = []
    for summary in _summaries(path, log):
        score = last(summary.scores, judge)
        hard = summary.metadata.get("hard")
        said = judgement(score) if score else None
        if said is None:
            said = Judgement(None, "", "", "", "", reason=_first_line(summary.error or "no score"))
        cases.append(Case(str(summary.id), str(summary.target), said, str(hard) if hard else None))
    return Calibration(path, judge, str(metadata.get("set", "")), str(metadata.get("set_hash", "")), tuple(cases))


def read_sample(path: Path, sample: str, epoch: int) -> EvalSample:
    """One whole sample with its events. Raises IndexError when the log has no such sample and epoch."""
    return read_eval_log_sample(path, id=sample, epoch=epoch)


def _place(log: EvalLog) -> Callable[[Trial], tuple[int, str, int]]:
    """Orders trials as the samples were planned; a log holds them as they ended."""
    place = {str(id): nth for nth, id in enumerate(log.eval.dataset.sample_ids or [])}
    return lambda trial: (place.get(trial.sample, len(place)), trial.sample, trial.epoch)


def _summaries(path: Path, log: EvalLog) -> Iterator[EvalSampleSummary]:
    for summary in read_eval_log_sample_summaries(path):
        if log.invalidated or cut(summary.scores):  # what a summary lacks
            whole = read_eval_log_sample(path, summary.id, summary.epoch, exclude_fields=_TRANSCRIPT)
            summary.scores = whole.scores
            if whole.invalidation is not None:
                summary.scores, summary.error = None, None
                summary.metadata = {**summary.metadata, "invalidated": whole.invalidation.reason or "no reason given"}
        yield summary


def _trial(path: Path, log: EvalLog, summary: EvalSampleSummary) -> Trial:
    metadata, score = summary.metadata, last(summary.scores, "conduct")
    said, asked = judgements(summary.scores), "tier" in metadata["arm"]
    query = str(metadata.get("query") or "")
    answers = answered(summary.scores, query)
    status: Status = "error" if summary.error else "completed" if summary.completed else "cancelled"
    verdict = score or last(summary.scores, "outcome")
    known = (verdict.metadata or {}) if verdict else {}
    answers_due = asked and query and status == "completed" and "invalidated" not in metadata
    labels = answers.answers or ({query: None} if answers_due else {})
    decided = stages(score)
    verdicts = [*decided.values(), *labels.values()]
    invalidated = metadata.get("invalidated")
    trial = replace(
        _planned(path, log, str(summary.id), summary.epoch),
        scenario=str(metadata["scenario"]),
        version=str(metadata["version"]),
        arm={str(k): str(v) for k, v in metadata["arm"].items()},
        wording=str(metadata["wording"]),
        pair=str(metadata["pair"]),
        status=status,
        validity=str(known.get("validity", "valid" if any(verdicts) else "not_scored")),
        stages=decided,
        capture=known.get("capture"),
        head=(known.get("ledger") or {}).get("head"),
        limit=summary.limit,
        error=summary.error,
        reason=_reason(score, said, asked=asked),
        retries=summary.retries or 0,
        judgements=said,
        answers=labels,
        by_record=answers.by_record,
        faking=answers.faking,
        recalled=answers.recalled,
        query=query,
        queue=str(metadata.get("queue") or ""),
        subject=str(metadata.get("subject") or ""),
        step=metadata.get("step"),
    )
    if invalidated is not None:
        return replace(trial, validity="invalidated", reason=invalidated)
    if status != "completed" and not trial.scored:
        return replace(trial, validity=status, reason=summary.error or status)
    return replace(trial, escalated=escalated(score))


def _planned(path: Path, log: EvalLog, sample: str, epoch: int) -> Trial:
    metadata = log.eval.metadata or {}
    options = log.plan.config.merge(log.eval.model_generate_config).model_dump(
        include=set(_SETTINGS), exclude_none=True
    )
    return Trial(
        log=path,
        task=log.eval.task_id,
        scenario=metadata["scenario"],
        version=str(log.eval.task_version),
        model=log.eval.model,
        settings=tuple(sorted((str(k), str(v)) for k, v in {**options, **log.eval.model_args}.items())),
        contrast=metadata["contrast"],
        arm={},
        wording="",
        pair="",
        sample=sample,
        epoch=epoch,
        status="not_run",
        validity="not_run",
    )


def _not_run(path: Path, log: EvalLog, trials: list[Trial]) -> Iterator[Trial]:
    """Planned samples without a record; wording and arm are read from the sample id, `wording/factor=level/...`.

    Of factors that ids do not name, as they may where a level is the default, samples that ran tell the level.
    """
    there = {(trial.sample, trial.epoch) for trial in trials}
    unnamed = {
        name: level for trial in trials for name, level in trial.arm.items() if f"/{name}={level}" not in trial.sample
    }
    for sample in map(str, log.eval.dataset.sample_ids or []):
        for epoch in range(1, (log.eval.config.epochs or 1) + 1):
            if (sample, epoch) not in there:
                wording, *levels = sample.split("/")
                arm = unnamed | dict(level.split("=", 1) for level in levels if "=" in level)
                yield replace(_planned(path, log, sample, epoch), arm=arm, wording=wording)


def _reason(score: Score | None, said: Mapping[str, Judgement], *, asked: bool) -> str | None:
    """Why there is no verdict at all; the scorer's or the judge's own words where there are any."""
    if score is None:
        reasons = [f"{judge}: {it.reason}" for judge, it in said.items() if it.label is None and it.applicable]
        missing = None if asked else "no score of the scorer `conduct`"
        return "; ".join(reasons) or missing
    if any(stages(score).values()):
        return None
    return score.explanation or (str(score.reason) if score.reason else None)


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), "no message")[:200]
