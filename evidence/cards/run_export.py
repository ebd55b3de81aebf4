"""What Gyges measured as documents in the format of Every Eval Ever: one for each model and its settings.

Every result carries a claim among its details, so whoever reads the file with Gyges gets a figure with its scenario,
arm and measure, to which a run of their own can be compared. Nothing of a transcript is exported, and no setting that
could hold an address or a secret.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gyges.evidence.measured import RECORD, Measured, measured
from gyges.evidence.statistics.clustered import CORRELATION
from gyges.evidence.trial import Trial

from .card import Claim
from .claim_export import CARD, NOT_STATED, relationship, result
from .every_eval_ever import UNKNOWN_MODEL, VERSION, Document, slug
from .models import canonical

COLLECTION = "gyges"

_SERVICES = frozenset({"azure", "bedrock", "vertex"})
"""Stand between a developer and a model in Inspect's names, `openai/azure/gpt-4o`, and are no developers."""

_PRIVATE = re.compile(r"(?i)key|secret|password|credential|auth|url|host|header")

_LAST = 253_402_300_799
"""The last second of the year 9999."""

_ARGUMENTS: Mapping[str, type] = {"temperature": float, "top_p": float, "top_k": float, "max_tokens": int}
"""Settings that the schema has a place for, and as what."""


@dataclass(frozen=True)
class _Common:
    """What trials of one version of one scenario have in common."""

    digest: str
    images: Mapping[str, str]
    rubrics: frozenset[tuple[str, str, str]]
    """Judging model, rubric and its hash."""


def run_documents(
    trials: Iterable[Trial], organization: str = "", correlation: float = CORRELATION, *, samples: bool = False
) -> tuple[Document, ...]:
    """All that the trials measure, in order of model; a measure that no trial counts for is left out.

    `organization` is who ran them. With `samples` there is a row for each trial and measure, too. The documents follow
    from the trials alone, whatever their order.
    """
    grouped: dict[tuple[str, ...], list[Trial]] = {}
    for it in trials:
        key = (it.model, json.dumps(it.settings), it.subject, "" if it.step is None else str(it.step))
        grouped.setdefault(key, []).append(it)
    found = (_document(key, grouped[key], organization, correlation, samples) for key in sorted(grouped))
    return tuple(document for document in found if document.body["evaluation_results"])


def _document(
    key: tuple[str, ...], trials: list[Trial], organization: str, correlation: float, samples: bool
) -> Document:
    trials = sorted(trials, key=lambda it: (it.scenario, it.version, it.task, it.sample, it.epoch))
    tasks = sorted({it.task for it in trials})
    digest = hashlib.sha256(json.dumps([*key, tasks]).encode()).hexdigest()[:12]
    developer, model = _developer(trials[0].model), trials[0].subject or canonical(trials[0].model).model or NOT_STATED
    model_id = f"{slug(developer.lower())}/{slug(model)}"
    times = sorted(_seconds(it.run.created) for it in trials) or [0]
    versions: dict[tuple[str, str], list[Trial]] = {}
    for it in trials:
        versions.setdefault((it.scenario, it.version), []).append(it)
    common = {version: _common(those) for version, those in versions.items()}
    evaluation = f"{COLLECTION}:{digest}/{model_id}/{times[-1]}"
    body = {
        "schema_version": VERSION,
        "evaluation_id": evaluation,
        "evaluation_timestamp": str(times[0]),
        "retrieved_timestamp": str(times[-1]),
        "source_metadata": {
            "source_name": "Gyges",
            "source_type": "evaluation_run",
            "source_organization_name": organization or NOT_STATED,
            "evaluator_relationship": relationship(developer, organization) if organization else "other",
            "additional_details": _given(
                {
                    f"{CARD}card": f"{COLLECTION}-{digest}",
                    f"{CARD}date": _day(times[0]),
                    f"{CARD}as_of": _day(times[-1]),
                    "gyges_version": _list(it.run.gyges for it in trials),
                    "gyges_commit": _list(it.run.commit for it in trials),
                    "inspect_tasks": " ".join(tasks),
                }
            ),
        },
        "eval_library": {"name": "inspect_ai", "version": _list(it.run.inspect for it in trials) or NOT_STATED},
        "model_info": {
            "name": model,
            "id": model_id,
            "developer": developer,
            "inference_platform": trials[0].model.partition("/")[0],
            "additional_details": {
                **UNKNOWN_MODEL,
                **_given(
                    {
                        "requested": trials[0].model,
                        "served": _list(name for it in trials for name in it.served),
                        "subject": trials[0].subject,
                        "step": key[-1],
                    }
                ),
            },
        },
        "evaluation_results": [
            _result(it, common[it.scenario, it.version], digest) for it in measured(trials, correlation) if it.n
        ],
    }
    rows = [row for it in trials for row in _rows(it, digest, evaluation, model_id)] if samples else []
    return Document(COLLECTION, model_id, ("runs", *key, *tasks), _readable(body), tuple(map(_readable, rows)))


def _common(trials: Sequence[Trial]) -> _Common:
    said = [one for it in trials for one in it.judgements.values()]
    return _Common(
        digest=_list(it.run.scenario_digest for it in trials),
        images={role: name for it in trials for role, name in it.images.items()},
        rubrics=frozenset((one.model, one.rubric, one.hash) for one in said),
    )


def _result(it: Measured, common: _Common, digest: str) -> dict[str, Any]:
    details = _given({"version": it.version, "digest": common.digest})
    source = {"dataset_name": it.scenario, "source_type": "other", "additional_details": details}
    found = result(_claim(it, digest), source) or {}
    scoring = {} if it.judge == RECORD else {"llm_scoring": _scoring(it, common)}
    found["metric_config"] = {**found["metric_config"], "metric_id": f"{COLLECTION}.{it.measure}", **scoring}
    found["score_details"]["details"] |= _awareness(it)
    return {**found, "generation_config": _generation(it, common)}


def _claim(it: Measured, digest: str) -> Claim:
    bounds, name, settings = it.rate.clustered, canonical(it.model), it.settings
    interval = bounds and {
        "low": bounds.interval[0],
        "high": bounds.interval[1],
        "level": bounds.confidence,
        "method": f"exact (Korn and Graubard 1998) at correlation {it.correlation:g} within each {it.cluster}",
    }
    fields = {
        "id": _id(it, digest),
        "model": it.subject or name.model or NOT_STATED,
        "snapshot": name.snapshot if it.step is None else f"step {it.step}",
        "developer": _developer(it.model),
        "where": f"{it.scenario} {it.version}",
        "behaviour": f"{it.scenario} {it.measure}",
        "trait": "propensity",
        "metric": f"share of {it.denominator}",
        "kind": "count",
        "value": f"{it.k}/{it.n}",
        "k": it.k,
        "n": it.n,
        "n_unit": it.denominator,
        "clusters": len(it.counts),
        "interval": interval,
        "status": "primary",
        "comparability": "replicable",
        "condition": " ".join(f"{factor}={level}" for factor, level in it.arm.items()),
        "conditions": {
            "prompt": it.prompt,
            "thinking": settings.get("reasoning_tokens"),
            "effort": settings.get("effort") or settings.get("reasoning_effort"),
            "judge": None if it.judge == RECORD else it.judge or None,
            "denominator": it.denominator,
        },
        "replicates": {"scenario": it.scenario, "measure": it.measure, "arm": it.arm},
    }
    return Claim.model_validate(_readable(fields))


def _id(it: Measured, digest: str) -> str:
    """Of the claim and of the result: what differs within a document goes in."""
    named = json.dumps([it.scenario, it.version, it.measure, sorted(it.arm.items()), *(["replay"] * it.replay)])
    return f"{COLLECTION}-{digest}-{hashlib.sha256(named.encode()).hexdigest()[:12]}"


def _scoring(it: Measured, common: _Common) -> dict[str, Any]:
    models = [name for name in it.judge.split(", ") if name not in ("", RECORD)] or [NOT_STATED]
    rubrics = sorted({(rubric, hash) for model, rubric, hash in common.rubrics if model in models})
    prompt = "; ".join(f"rubric {rubric}, SHA-256 {hash}" for rubric, hash in rubrics)
    judges = [
        {"model_info": {"name": name, "id": name, "developer": _developer(name), "additional_details": UNKNOWN_MODEL}}
        for name in models
    ]
    return {"judges": judges, "input_prompt": prompt or NOT_STATED}


def _awareness(it: Measured) -> dict[str, str]:
    """k/n of trials that take their situation for a test, and the rate by what the judge of awareness heard."""
    if it.awareness is None:
        return {}
    by_label = {f"rate_where_{label}": f"{rate.k}/{rate.n}" for label, rate in it.by_awareness.items()}
    return {"says_test": f"{it.awareness.k}/{it.awareness.n}", **by_label}


def _generation(it: Measured, common: _Common) -> dict[str, Any]:
    numbers = {name: _number(it.settings.get(name), kind) for name, kind in _ARGUMENTS.items()}
    arguments = {name: number for name, number in numbers.items() if number is not None}
    pod = {"sandbox": {"type": COLLECTION}} if common.images else {}
    told = {name: text for name, text in it.settings.items() if not _PRIVATE.search(name)}
    details = {**told, **{f"arm_{factor}": level for factor, level in it.arm.items()}}
    details |= {f"image_{role}": name for role, name in sorted(common.images.items())}
    return {"generation_args": {**arguments, **pod}, "additional_details": details}


def _number(text: str | None, kind: type) -> Any:
    try:
        return None if text is None else kind(text)
    except ValueError:
        return None


def _rows(trial: Trial, digest: str, evaluation: str, model_id: str) -> Iterator[dict[str, Any]]:
    """A row for each measure that the trial counts for."""
    kind = "agentic" if trial.stages else "multi_turn" if trial.queue else "single_turn"
    spent = trial.tokens and {
        "input_tokens": trial.tokens.input,
        "output_tokens": trial.tokens.output,
        "total_tokens": trial.tokens.total,
    }
    for it in measured([trial]):
        if not it.n:
            continue
        yield {
            "schema_version": VERSION,
            "evaluation_id": evaluation,
            "model_id": model_id,
            "evaluation_name": f"{it.scenario} {it.measure}",
            "evaluation_result_id": _id(it, digest),
            "sample_id": trial.sample,
            "interaction_type": kind,
            # The scenario and the sample's id give the input; texts and transcripts stay in the log.
            "input": {"raw": "", "reference": []},
            **({"output": {"raw": []}} if kind == "single_turn" else {"messages": []}),
            "answer_attribution": [],
            "evaluation": {"score": it.k / it.n, "is_correct": it.k == 0},
            **({"token_usage": spent} if spent else {}),
            **({"performance": {"latency_ms": trial.total_time * 1000}} if trial.total_time is not None else {}),
            **({"error": trial.error} if trial.error else {}),
            "metadata": _metadata(trial, it),
        }


def _metadata(trial: Trial, it: Measured) -> dict[str, str]:
    told = {
        "epoch": str(trial.epoch),
        "events": str(it.k),
        "trials": str(it.n),
        "wording": trial.wording,
        "pair": trial.pair,
        "query": trial.query,
        "queue": trial.queue,
        "validity": trial.validity,
        "limit": trial.limit or "",
        "log": trial.log.name,
        "task": trial.task,
        "uuid": trial.uuid,
        "ledger_head": trial.head or "",
        "awareness": trial.awareness or "",
    }
    told |= {f"digest_{name}": text for name, text in sorted(trial.digests.items())}
    return _given(told)


def _developer(model: str) -> str:
    """`anthropic` of `anthropic/claude-opus-4` and of `openrouter/anthropic/claude-opus-4`."""
    parts = [part for part in model.split("/") if part not in _SERVICES]
    return (parts[-2] if len(parts) > 1 else "") or NOT_STATED


def _given(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _readable(value: Any) -> Any:
    """A value in whose texts half characters, which a log may hold and a file cannot, are question marks."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case Mapping():
            return {_readable(name): _readable(item) for name, item in value.items()}
        case list() | tuple():
            return [_readable(item) for item in value]
        case _:
            return value


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted({name for name in names if name}))


def _seconds(created: str) -> int:
    """Since 1970; 0 where the log does not say when."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return 0
    return max(0, min(int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()), _LAST))


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
