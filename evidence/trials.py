"""Inspect logs in, trials out: the only module of this room that reads logs.

A log is read by its header and its sample summaries, one after the other and not by its transcripts, so memory grows by
one `Trial` a sample and never with the transcripts' length. Two kinds of log can only be read with all their summaries
at once: Inspect's JSON format, and a log whose run has not ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from io import TextIOWrapper
from itertools import groupby, islice
from pathlib import Path
from zipfile import ZipFile

from inspect_ai.log import (
    EvalLog,
    EvalSample,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
    read_eval_log_samples_by_id,
)

from gyges.ledger.digest import prompt_digest

from .calibration import Calibration, Case
from .header import Header
from .json_array import elements
from .judgement import Judgement
from .log_file import fault
from .scores import cut, judgement, last
from .summary import Summary
from .trial import Trial, Unreadable

_TRANSCRIPT = {"messages", "events", "events_data", "store", "attachments", "timelines"}
_SUMMARIES = "summaries.json"
_AT_ONCE = 200
"""Samples without their transcript that are read in one go: opening a log of 10,000 takes as long as reading twenty."""

_WHOLE_AT_ONCE = 1 << 24
"""Bytes of whole samples that are read in one go; a sample that has more is read alone."""

Share = Callable[[float], None]
"""Told, now and then, what share of a log has been read."""


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


def read_contents(path: Path, share: Share = lambda _: None) -> Contents:
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
        header = Header(path, log)
        trials = tuple(header.trials(_counted(_summaries(path, log), header.planned, share)))
    except Exception as error:  # noqa: BLE001 - see above
        return Contents(problem=Unreadable(path, f"cannot be read: {_said(error)}"))
    return Contents(trials, problem=_ended(path, log, sum(trial.status != "not_run" for trial in trials)))


def read_sample(path: Path, sample: str, epoch: int) -> EvalSample:
    """One whole sample with its events. Raises IndexError when the log has no such sample and epoch."""
    return read_eval_log_sample(path, id=sample, epoch=epoch)


def detailed(trials: Iterable[Trial]) -> Iterator[tuple[Trial, str | None]]:
    """Each trial with what its log holds outside the summaries, in order; and why that could not be read.

    That is whether a score was edited, the digest of the prompt and, where no scorer noted it, the model that served.
    Samples are read without their transcripts, and those of one log a few at a time.
    """
    for path, of_one_log in groupby(trials, key=lambda trial: trial.log):
        while batch := list(islice(of_one_log, _AT_ONCE)):
            ran = [trial for trial in batch if trial.status != "not_run"]
            samples = dict(zip(map(_key, ran), _read(path, ran, _TRANSCRIPT), strict=True))
            for trial in batch:
                sample = samples.get(_key(trial))
                if isinstance(sample, EvalSample):
                    yield _with(trial, sample), None
                else:
                    yield trial, sample


def whole_samples(trials: Iterable[Trial]) -> Iterator[tuple[Trial, EvalSample | str]]:
    """Each trial that ran with its whole sample, in order; or with the reason why it could not be read."""
    for path, of_one_log in groupby((trial for trial in trials if trial.status != "not_run"), key=lambda it: it.log):
        sizes = _sizes(path)
        batch: list[Trial] = []
        total = 0
        for trial in of_one_log:
            size = sizes.get(_member(trial), _WHOLE_AT_ONCE)
            if batch and (total + size > _WHOLE_AT_ONCE or len(batch) == _AT_ONCE):
                yield from zip(batch, _read(path, batch), strict=True)
                batch, total = [], 0
            batch.append(trial)
            total += size
        yield from zip(batch, _read(path, batch), strict=True)


def _with(trial: Trial, sample: EvalSample) -> Trial:
    served = trial.served or ((sample.output.model,) if sample.output.model else ())
    return replace(
        trial,
        served=served,
        edited=any(score.history for score in (sample.scores or {}).values()),
        digests={**trial.digests, "prompt": prompt_digest(sample.input)},
    )


def _read(path: Path, trials: list[Trial], excluded: set[str] | None = None) -> list[EvalSample | str]:
    """The samples of these trials, or why one cannot be read; one that cannot costs itself alone."""
    try:
        return [*_by_id(path, map(_key, trials), excluded)]
    except Exception as error:  # noqa: BLE001 - as for a log
        if len(trials) == 1:
            return [f"cannot be read: {_said(error)}"]
        return [found for trial in trials for found in _read(path, [trial], excluded)]


def _by_id(path: Path, keys: Iterable[tuple[str | int, int]], excluded: set[str] | None) -> list[EvalSample]:
    return read_eval_log_samples_by_id(path, keys, exclude_fields=excluded, concurrency=1)


def _key(trial: Trial) -> tuple[str, int]:
    return trial.sample, trial.epoch


def _member(trial: Trial) -> str:
    return f"samples/{trial.sample}_epoch_{trial.epoch}.json"


def _sizes(path: Path) -> dict[str, int]:
    """Member of a log to its size; empty where the log is no archive, or none any more."""
    try:
        with ZipFile(path) as archive:
            return {member.filename: member.file_size for member in archive.infolist()}
    except Exception:  # noqa: BLE001 - reading the samples says what is wrong
        return {}


def _summaries(path: Path, log: EvalLog) -> Iterator[Summary]:
    """Every sample's summary, completed from the sample where it lacks something that counts."""
    found = _stored(path)
    while batch := list(islice(found, _AT_ONCE)):
        lacking = [one for one in batch if log.invalidated or cut(one.scores)]
        keys = [(one.id, one.epoch) for one in lacking]
        for summary, whole in zip(lacking, _by_id(path, keys, _TRANSCRIPT | {"output"}), strict=True):
            summary.scores = whole.scores
            if whole.invalidation is not None:
                summary.scores, summary.error = None, None
                summary.metadata = {**summary.metadata, "invalidated": whole.invalidation.reason or "no reason given"}
        yield from batch


def _stored(path: Path) -> Iterator[Summary]:
    if path.suffix == ".eval":
        with ZipFile(path) as archive:
            if _SUMMARIES in archive.namelist():
                with TextIOWrapper(archive.open(_SUMMARIES), encoding="utf-8", errors="surrogatepass") as stream:
                    yield from map(Summary.model_validate, elements(stream))
                return
    yield from map(Summary.model_validate, read_eval_log_sample_summaries(path))


def _counted(summaries: Iterable[Summary], planned: int, share: Share) -> Iterator[Summary]:
    for nth, summary in enumerate(summaries):
        if nth % _AT_ONCE == 0 and planned:
            share(min(1.0, nth / planned))
        yield summary


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


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), "no message")[:200]
