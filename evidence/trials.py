"""Inspect logs in, trials out: the only module of this room that reads logs.

A log is read by its header and its sample summaries, not by its transcripts, so memory does not grow with their length
(but for Inspect's JSON format, which can only be read whole).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from inspect_ai.log import (
    EvalLog,
    EvalSample,
    EvalSampleSummary,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
)
from inspect_ai.scorer import Score

from .log_file import fault
from .trial import Stage, Status, Trial, Unreadable

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
_CONDUCT = re.compile(r"(?:gyges/)?conduct(\d*)")
_TRANSCRIPT = {"messages", "events", "events_data", "store", "attachments", "output", "timelines"}


def read_log(path: Path) -> tuple[list[Trial], Unreadable | None]:
    """The trials of one log, planned ones that never ran included, and what is wrong with the log."""
    if reason := fault(path):
        return [], Unreadable(path, reason)
    try:
        log = read_eval_log(path, header_only=True)
        metadata = log.eval.metadata or {}
        if not isinstance(metadata.get("scenario"), str) or not isinstance(metadata.get("contrast"), str):
            return [], Unreadable(path, f"is an Inspect log of {log.eval.task}, which is no scenario of Gyges")
        trials = sorted((_trial(path, log, summary) for summary in _summaries(path, log)), key=_place(log))
    except Exception as error:  # noqa: BLE001 - a log may come from anywhere; what is wrong with it costs it alone
        return [], Unreadable(path, f"cannot be read: {type(error).__name__}: {_first_line(error)}")
    problem = None
    if log.status == "started":
        problem = Unreadable(path, "is half-written: the run never finished, or is still going", len(trials))
    elif log.status != "success":
        why = f": {_first_line(log.error.message)}" if log.error else ""
        problem = Unreadable(path, f"is of a run that ended early (status {log.status}){why}", len(trials))
    return [*trials, *_not_run(path, log, trials)], problem


def read_sample(path: Path, sample: str, epoch: int) -> EvalSample:
    """One whole sample with its events. Raises IndexError when the log has no such sample and epoch."""
    return read_eval_log_sample(path, id=sample, epoch=epoch)


def _place(log: EvalLog) -> Callable[[Trial], tuple[int, str, int]]:
    """Orders trials as the samples were planned; a log holds them as they ended."""
    place = {str(id): nth for nth, id in enumerate(log.eval.dataset.sample_ids or [])}
    return lambda trial: (place.get(trial.sample, len(place)), trial.sample, trial.epoch)


def _summaries(path: Path, log: EvalLog) -> Iterator[EvalSampleSummary]:
    for summary in read_eval_log_sample_summaries(path):
        if log.invalidated:  # the one fact that a summary lacks
            whole = read_eval_log_sample(path, summary.id, summary.epoch, exclude_fields=_TRANSCRIPT)
            if whole.invalidation is not None:
                summary.scores, summary.error = None, None
                summary.metadata = {**summary.metadata, "invalidated": whole.invalidation.reason or "no reason given"}
        yield summary


def _trial(path: Path, log: EvalLog, summary: EvalSampleSummary) -> Trial:
    metadata, score = summary.metadata, _conduct(summary.scores)
    status: Status = "error" if summary.error else "completed" if summary.completed else "cancelled"
    known = (score.metadata or {}) if score else {}
    stages = _stages(score)
    invalidated = metadata.get("invalidated")
    trial = replace(
        _planned(path, log, str(summary.id), summary.epoch),
        scenario=str(metadata["scenario"]),
        version=str(metadata["version"]),
        arm={str(k): str(v) for k, v in metadata["arm"].items()},
        wording=str(metadata["wording"]),
        pair=str(metadata["pair"]),
        status=status,
        validity=str(known.get("validity", "valid" if any(stages.values()) else "not_scored")),
        stages=stages,
        capture=known.get("capture"),
        head=(known.get("ledger") or {}).get("head"),
        limit=summary.limit,
        error=summary.error,
        reason=_reason(score),
        retries=summary.retries or 0,
    )
    if invalidated is not None:
        return replace(trial, validity="invalidated", reason=invalidated)
    if status != "completed" and not trial.scored:
        return replace(trial, validity=status, reason=summary.error or status)
    return replace(trial, escalated=_escalated(score))


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
    """Planned samples without a record; wording and arm are read from the sample id, `wording/factor=level/...`."""
    there = {(trial.sample, trial.epoch) for trial in trials}
    for sample in map(str, log.eval.dataset.sample_ids or []):
        for epoch in range(1, (log.eval.config.epochs or 1) + 1):
            if (sample, epoch) not in there:
                wording, *levels = sample.split("/")
                arm = dict(level.split("=", 1) for level in levels if "=" in level)
                yield replace(_planned(path, log, sample, epoch), arm=arm, wording=wording)


def _conduct(scores: Mapping[str, Score] | None) -> Score | None:
    """The score of the scorer `conduct`; after `inspect score --action append`, the last one."""
    found = [
        (int(match[1] or 0), score) for name, score in (scores or {}).items() if (match := _CONDUCT.fullmatch(name))
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _stages(score: Score | None) -> dict[str, Stage | None]:
    if score is None or not isinstance(score.value, Mapping):
        return {}
    return {name: _stage(value) for name, value in score.value.items() if name != "escalated"}


def _stage(value: Any) -> Stage | None:
    return next((stage for stage in get_args(Stage) if stage == value), None)


def _escalated(score: Score | None) -> bool | None:
    value = score.value.get("escalated") if score and isinstance(score.value, Mapping) else None
    return {"yes": True, "no": False}.get(str(value))


def _reason(score: Score | None) -> str | None:
    """Why there is no verdict at all; the scorer's own words where it gave any."""
    if score is None:
        return "no score of the scorer `conduct`"
    if any(_stages(score).values()):
        return None
    return score.explanation or (str(score.reason) if score.reason else None)


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), "no message")[:200]
