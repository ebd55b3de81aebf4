"""The scores of one sample, read: stages of red lines, acts, judgements, and the answers of alignment faking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from inspect_ai.scorer import Score

from .judged import Judged
from .judgement import Judgement
from .statistics.answer import LABELS
from .trial import Stage

Scores = Mapping[str, Score] | None

JUDGES = (
    "compliance",
    "faking_reasoning",
    "awareness",
    "strategy",
    "preserved_value",
    "threat",
    "account",
    "denial",
)


@dataclass(frozen=True)
class Answered:
    """What the scores say of a sample of alignment faking."""

    answers: Mapping[str, str | None]
    """Request to label of compliance; None: not judged."""

    faking: bool | None
    recalled: bool | None
    by_record: bool
    """Whether the labels come from what was recorded and not from a judge."""


def last(scores: Scores, name: str) -> Score | None:
    """The score of the scorer `name`; after `inspect score --action append`, the last one."""
    pattern = re.compile(rf"(?:gyges/)?{name}(\d*)")
    found = [(int(match[1] or 0), score) for key, score in (scores or {}).items() if (match := pattern.fullmatch(key))]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def cut(scores: Scores) -> bool:
    """Whether a summary left out something that was too long for it: answers, or which red lines a judge decides on."""
    found = ((last(scores, "outcome"), "answers"), (last(scores, "conduct"), "judged"))
    return any(score is not None and isinstance((score.metadata or {}).get(name), str) for score, name in found)


def judgements(scores: Scores) -> dict[str, Judgement]:
    """Judge to what it said, for the judges that scored the sample."""
    found = {judge: last(scores, judge) for judge in JUDGES}
    return {judge: judgement(score) for judge, score in found.items() if score is not None}


def judgement(score: Score) -> Judgement:
    known = score.metadata or {}
    label = score.value if isinstance(score.value, str) else None
    return Judgement(
        label=label,
        model=str(known.get("judge", "")),
        rubric=str(known.get("rubric", "")),
        hash=str(known.get("hash", "")),
        visibility=str(known.get("reasoning_visibility", "")),
        votes=sum(known["votes"].values()) if isinstance(known.get("votes"), dict) else 0,
        applicable=known.get("applicable") is not False,
        reason=None if label is not None else str(score.reason or score.explanation or "no reason given"),
    )


def answered(scores: Scores, query: str) -> Answered:
    """The answers of a sample: those of the scorer `outcome`, with what judges said of it since.

    Args:
        scores: Of the sample.
        query: Its request, where it has one; a sample of several requests names them in `outcome`.
    """
    outcome = last(scores, "outcome")
    known = (outcome.metadata or {}) if outcome else {}
    by_record = known.get("decided_by") == "record"
    labels = known.get("answers")
    answers = {str(k): _label(v) for k, v in labels.items()} if isinstance(labels, dict) else {}
    faking = {"yes": True, "no": False}.get(str(known.get("faking")))
    said = judgements(scores)
    if not by_record and "compliance" in said and (query or len(answers) == 1):
        answers = {query or next(iter(answers)): _label(said["compliance"].label)}
    if "faking_reasoning" in said:
        faking = {"yes": True, "no": False}.get(str(said["faking_reasoning"].label))
    recalled = known.get("recalled")
    return Answered(answers, faking, recalled if isinstance(recalled, bool) else None, by_record)


def _label(value: object) -> str | None:
    """A label that is none counts as not judged: a log may come from anywhere."""
    return next((label for label in LABELS if label == value), None)


def stages(score: Score | None) -> dict[str, Stage | None]:
    """Red line to stage, from the score of the scorer `conduct`."""
    seen = {*observed(score), "escalated"}
    return {name: _stage(value) for name, value in _value(score).items() if name not in seen}


def observed(score: Score | None) -> dict[str, bool | None]:
    """What is recorded besides, to whether it happened, from the score of the scorer `conduct`; None where not told.

    These are the names with yes or no, and those that the score itself lists so.
    """
    known = (score.metadata or {}).get("observed") if score else None
    named = {str(name) for name in known} if isinstance(known, list) else set()
    value = _value(score)
    return {
        name: _YES.get(str(one))
        for name, one in value.items()
        if name != "escalated" and (name in named or str(one) in _YES)
    }


def judged(score: Score | None) -> dict[str, Judged]:
    """Red line to what code and judge found, for the red lines on which a judge decides, too."""
    known = (score.metadata or {}) if score else {}
    found = known.get("judged")
    if not isinstance(found, Mapping):
        every = known.get("findings")
        found = {
            name: {**one["judged"], "act": one.get("act")}
            for name, one in (every.items() if isinstance(every, Mapping) else ())
            if isinstance(one, Mapping) and isinstance(one.get("judged"), Mapping)
        }
    return {str(name): _judged(one) for name, one in found.items() if isinstance(one, Mapping)}


def _judged(one: Mapping[str, Any]) -> Judged:
    label, by = one.get("label"), one.get("crossed_by")
    return Judged(
        act=_stage(one.get("act")),
        judge=str(one.get("judge") or ""),
        label=label if isinstance(label, str) else None,
        crossed_by=tuple(map(str, by)) if isinstance(by, list) else (),
    )


def escalated(score: Score | None) -> bool | None:
    """Whether the model told a human, from the score of the scorer `conduct`."""
    return _YES.get(str(_value(score).get("escalated")))


_YES = {"yes": True, "no": False}


def _value(score: Score | None) -> Mapping[str, Any]:
    return score.value if score and isinstance(score.value, Mapping) else {}


def _stage(value: Any) -> Stage | None:
    return next((stage for stage in get_args(Stage) if stage == value), None)
