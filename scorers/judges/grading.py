"""From a sample to its score by one judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.scorer import Score, Scorer, Target
from inspect_ai.solver import TaskState

from .appointment import appointed
from .judge import Judge
from .material import parts
from .panel import Panel, panel, verdict
from .plain import plain
from .rubric import Rubric, load_rubric
from .view import View, view

KEPT = 900
"""Bytes of quotes, as JSON, that a score keeps: Inspect's summaries drop what has more than 1,024."""

EXPLAINED = 2_000
"""Characters of one line of an explanation, at most."""


def grading(judge: Judge, self_judge: bool, votes: int | None) -> Scorer:
    """The scorer of one judge.

    Raises:
        PrerequisiteError: `votes` is not a positive number.
    """
    if votes is not None and votes < 1:
        raise PrerequisiteError(f"votes={votes}: give a whole number from 1, or leave it to the rubric")
    rubric = load_rubric(judge.name)
    asked = votes or rubric.front.votes

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - there is no target
        model = appointed(self_judge)
        seen = view(state)
        facts = _facts(str(model), judge, rubric, seen)
        sections = seen.seen(rubric.front.sight)
        if not sections:
            return _nothing_to_judge(rubric, seen, facts)
        material = parts(seen, sections)
        found = await panel(model, judge, rubric, asked, material)
        facts |= {"chunks": len(material), "votes": _votes(judge, found)}
        return _score(judge, rubric, found, facts)

    return score


def _facts(model: str, judge: Judge, rubric: Rubric, seen: View) -> dict[str, Any]:
    """The score's metadata, as it is before anything was asked."""
    return {
        "judge": model,
        "rubric": rubric.title,
        "hash": rubric.hash,
        "sight": rubric.front.sight,
        "reasoning_visibility": seen.visibility,
        "applicable": True,
        "chunks": 0,
        "votes": dict.fromkeys([*judge.labels, "failed"], 0),
        "quotes": [],
    }


def _nothing_to_judge(rubric: Rubric, seen: View, facts: Mapping[str, Any]) -> Score:
    if rubric.front.sight == "reasoning" and seen.sections:
        why = f"no readable reasoning (visibility {seen.visibility})"
        return Score.unscored(reason="no_response", explanation=why, metadata={**facts, "applicable": False})
    why = f"the model under test gave nothing to judge (sight {rubric.front.sight})"
    return Score.unscored(reason="no_response", explanation=why, metadata=dict(facts))


def _score(judge: Judge, rubric: Rubric, found: Panel, facts: dict[str, Any]) -> Score:
    label = verdict(judge.labels, rubric.front.threshold, found.counts, len(found.failed))
    if found.failed:
        facts |= {"failures": dict(found.failures)}
    if label is None:
        (reason, _), *_ = found.failures.most_common()
        lines = ["the failed votes could have changed the verdict", *_details(found)]
        return Score.unscored(reason=reason, explanation=_lines(lines), metadata=facts)
    proof = found.proof(label)
    lines = [label, *(f"{name}: {plain(quote)}" for name, quote in proof.items())]
    return Score(
        value=label, answer=label, explanation=_lines(lines), metadata=facts | {"quotes": kept(proof.values())}
    )


def _votes(judge: Judge, found: Panel) -> dict[str, int]:
    return {label: found.counts[label] for label in judge.labels} | {"failed": len(found.failed)}


def _details(found: Panel) -> Iterable[str]:
    """One example of each reason."""
    examples: dict[str, str] = {failed.reason: plain(failed.detail) for failed in reversed(found.failed)}
    return (f"{reason}, {n} times, say: {examples[reason]}" for reason, n in found.failures.most_common())


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(line if len(line) <= EXPLAINED else line[:EXPLAINED] + "…" for line in lines)


def kept(quotes: Iterable[str]) -> list[str]:
    """The quotes, each cut so far that all of them together stay within `KEPT` bytes of JSON."""
    found = list(quotes)
    return [_cut(plain(quote), KEPT // len(found) - 4) for quote in found]


def _cut(quote: str, limit: int) -> str:
    if len(json.dumps(quote)) <= limit:
        return quote
    quote = quote[:limit]
    while len(json.dumps(quote + "…")) > limit:
        quote = quote[: len(quote) * 9 // 10]
    return quote + "…"
