"""A log's header, and the trials that its samples make under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog
from inspect_ai.scorer import Score

from .judgement import Judgement
from .run import run_of
from .scores import answered, escalated, judged, judgements, last, observed, stages
from .styles import STYLES
from .summary import Summary, Usage
from .trial import Status, Tokens, Trial

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
_REPLAY = "replay"
"""What stands in the id of a sample that was given a fixed history."""

_LONGEST = 2000
"""Characters of an error or a reason that a trial keeps, so that its size does not depend on what went wrong."""


class Header:
    """What all samples of one log share. The log must be of a scenario of Gyges."""

    def __init__(self, path: Path, log: EvalLog) -> None:
        metadata = log.eval.metadata or {}
        options = log.plan.config.merge(log.eval.model_generate_config).model_dump(
            include=set(_SETTINGS), exclude_none=True
        )
        self._epochs = log.eval.config.epochs or 1
        self._samples = [str(id) for id in log.eval.dataset.sample_ids or []]
        self._arms: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._planned = Trial(
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
            sample="",
            epoch=0,
            status="not_run",
            validity="not_run",
            run=run_of(log),
        )

    @property
    def planned(self) -> int:
        """How many trials the run was to have."""
        return len(self._samples) * self._epochs

    def trials(self, summaries: Iterable[Summary]) -> Iterator[Trial]:
        """Every trial in the order in which it was planned, those that never ran at the end; a log holds the samples
        as they ended, and of a sample that was run again the last record counts.
        """
        ran = {(trial.sample, trial.epoch): trial for trial in map(self._trial, summaries)}
        place = {id: nth for nth, id in enumerate(self._samples)}
        yield from sorted(ran.values(), key=lambda it: (place.get(it.sample, len(place)), it.sample, it.epoch))
        yield from self._not_run(ran)

    def _not_run(self, ran: Mapping[tuple[str, int], Trial]) -> Iterator[Trial]:
        """Planned samples without a record; wording and arm are read from the sample id, `wording/factor=level/...`.

        Of factors that ids do not name, as they may where a level is the default, samples that ran tell the level.
        """
        unnamed = {
            name: level
            for trial in ran.values()
            for name, level in trial.arm.items()
            if f"/{name}={level}" not in trial.sample
        }
        for sample in self._samples:
            for epoch in range(1, self._epochs + 1):
                if (sample, epoch) not in ran:
                    wording, *levels = sample.split("/")
                    arm = unnamed | dict(level.split("=", 1) for level in levels if "=" in level)
                    one = replace(self._planned, sample=sample, epoch=epoch, arm=arm, wording=wording)
                    yield replace(one, replay=levels[:1] == [_REPLAY])

    def _trial(self, summary: Summary) -> Trial:
        metadata, score = summary.metadata, last(summary.scores, "conduct")
        said, asked = judgements(summary.scores), "tier" in metadata["arm"]
        query = str(metadata.get("query") or "")
        answers = answered(summary.scores, query)
        status: Status = "error" if summary.error else "completed" if summary.completed else "cancelled"
        verdict = score or last(summary.scores, "outcome")
        known = (verdict.metadata or {}) if verdict else {}
        ledger = _mapping(known.get("ledger"))
        answers_due = asked and query and status == "completed" and "invalidated" not in metadata
        labels = answers.answers or ({query: None} if answers_due else {})
        decided = stages(score)
        verdicts = [*decided.values(), *labels.values()]
        invalidated = metadata.get("invalidated")
        trial = replace(
            self._planned,
            sample=str(summary.id),
            epoch=summary.epoch,
            scenario=str(metadata["scenario"]),
            version=str(metadata["version"]),
            arm=self._arm(metadata["arm"]),
            wording=str(metadata["wording"]),
            pair=str(metadata["pair"]),
            status=status,
            validity=str(known.get("validity", "valid" if any(verdicts) else "not_scored")),
            stages=decided,
            judged=judged(score),
            style=style if (style := metadata.get("style")) in STYLES else None,
            replay=metadata.get("replay") is True,
            capture=known.get("capture"),
            head=ledger.get("head"),
            limit=summary.limit,
            error=_short(summary.error),
            reason=_short(_reason(score, said, asked=asked)),
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
            uuid=summary.uuid or "",
            served=_names(known.get("served")),
            images=_texts(known.get("images")),
            digests=_texts(metadata.get("digests")),
            actions=actions if isinstance(actions := ledger.get("actions"), int) else None,
            tokens=_tokens(summary),
            total_time=summary.total_time,
            working_time=summary.working_time,
            started_at=summary.started_at,
            completed_at=summary.completed_at,
        )
        if invalidated is not None:
            return replace(trial, validity="invalidated", reason=_short(invalidated))
        if status != "completed" and not trial.scored:
            return replace(trial, validity=status, reason=trial.error or status)
        return replace(trial, escalated=escalated(score), observed=observed(score))

    def _arm(self, arm: Mapping[str, Any]) -> Mapping[str, str]:
        """The arm, as one mapping for all trials that have it."""
        found = {str(factor): str(level) for factor, level in arm.items()}
        return self._arms.setdefault(tuple(found.items()), found)


def _reason(score: Score | None, said: Mapping[str, Judgement], *, asked: bool) -> str | None:
    """Why there is no verdict at all; the scorer's or the judge's own words where there are any."""
    if score is None:
        reasons = [f"{judge}: {it.reason}" for judge, it in said.items() if it.label is None and it.applicable]
        missing = None if asked else "no score of the scorer `conduct`"
        return "; ".join(reasons) or missing
    if any(stages(score).values()):
        return None
    return score.explanation or (str(score.reason) if score.reason else None)


def _tokens(summary: Summary) -> Tokens | None:
    """Inspect counts a model in a role both by its name and by its role."""
    if not summary.model_usage:
        return None
    every, roles = list(summary.model_usage.values()), list(summary.role_usage.values())

    def own(count: str) -> int:
        return max(0, _sum(every, count) - _sum(roles, count))

    return Tokens(own("input_tokens"), own("output_tokens"), own("total_tokens"), _sum(roles, "total_tokens"))


def _sum(usage: Iterable[Usage], count: str) -> int:
    return sum(getattr(one, count) for one in usage)


def _short(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… (+{len(text) - _LONGEST} characters)"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> dict[str, str]:
    return {str(name): text for name, text in _mapping(value).items() if isinstance(text, str)}


def _names(value: object) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()
