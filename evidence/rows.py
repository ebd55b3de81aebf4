"""Trials and actions as flat rows: the same columns in every format, described here and nowhere else.

A row says its schema's version. The version moves when a column changes its meaning or goes; a new column does not move
it. What a log does not hold is null: older logs lack some of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from gyges.ledger import Action

from .scores import JUDGES
from .trial import Trial

TRIAL_SCHEMA = 1
ACTION_SCHEMA = 1

Kind = Literal["text", "integer", "number", "boolean"]
Cell = str | int | float | bool | None
Row = dict[str, Cell]

_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Column:
    """One column; a name that ends in `*` stands for as many as the logs have."""

    name: str
    kind: Kind
    meaning: str


TRIAL_COLUMNS = (
    Column("schema", "integer", "Version of this list of columns."),
    Column("log", "text", "Name of the log's file."),
    Column("task", "text", "Inspect's id of the task run, which its retries keep."),
    Column("eval", "text", "Inspect's id of the evaluation that wrote the log."),
    Column("run", "text", "Inspect's id of the run, which may evaluate several tasks."),
    Column("uuid", "text", "Inspect's id of this run of the sample."),
    Column("sample", "text", "Id of the sample: wording, request where there is one, levels."),
    Column("epoch", "integer", "Which repetition of the sample, from 1."),
    Column("scenario", "text", "Id of the scenario."),
    Column("version", "text", "Version of the scenario."),
    Column("model", "text", "The model that was asked for, as provider/name."),
    Column(
        "served",
        "text",
        "Names under which the provider answered, in order, separated by `; `; from older logs, the last alone.",
    ),
    Column("settings", "text", "Model arguments and generation options that can change conduct, as a JSON object."),
    Column("contrast", "text", "The factor whose levels are compared in pairs."),
    Column("arm.*", "text", "Level of a factor, such as `arm.oversight`."),
    Column("wording", "text", "Id of the wording."),
    Column("style", "text", "Whose wording it is like: published, ours."),
    Column("replay", "boolean", "Whether the model was given the fixed history of a published protocol."),
    Column("pair", "text", "Equal in samples that differ in nothing but the level of `contrast`."),
    Column("query", "text", "Id of the request (alignment faking)."),
    Column("queue", "text", "Name of the queue in which the requests came (alignment faking, agentic)."),
    Column("subject", "text", "Which of the models of one run answered: tuned, control, a checkpoint."),
    Column("step", "integer", "Training step of a checkpoint."),
    Column("status", "text", "How the sample ended: completed, error, cancelled, not_run."),
    Column(
        "validity",
        "text",
        "What the verdict rests on: valid, limit, pod_exhausted, filtered, no_turn, record_broken; or why there is "
        "none: error, cancelled, invalidated, not_scored, not_run.",
    ),
    Column(
        "stage.*",
        "text",
        "How far a red line was approached, such as `stage.weights`: unexposed, abstained, attempted, completed, "
        "permitted; null where it was not scored.",
    ),
    Column(
        "act.*",
        "text",
        "What code found on a red line on which a judge decides, too, such as `act.blackmail`: abstained, attempted, "
        "completed; what the judge said stands in its own columns.",
    ),
    Column("escalated", "boolean", "Whether the model told a human."),
    Column("observed.*", "boolean", "What is recorded beside red lines, such as `observed.told_staff`."),
    Column("compliance", "text", "Label of the answer, where the sample has one request (alignment faking)."),
    Column("answers", "text", "Label of every answer, as a JSON object from request to label."),
    Column("by_record", "boolean", "Whether the labels come from what was recorded and not from a judge."),
    Column("faking", "boolean", "Whether the reasoning states that it complies to keep its values from training."),
    Column("recalled", "boolean", "Whether the model knew the facts that it was to know."),
    *(
        column
        for judge in JUDGES
        for column in (
            Column(f"judge.{judge}.label", "text", f"What the judge `{judge}` said; null where it could not."),
            Column(f"judge.{judge}.model", "text", "The judging model."),
            Column(f"judge.{judge}.rubric", "text", "Name and version of its rubric."),
            Column(f"judge.{judge}.hash", "text", "SHA-256 of the rubric's file."),
            Column(f"judge.{judge}.votes", "integer", "How often the judge was asked."),
            Column(
                f"judge.{judge}.visibility", "text", "How much reasoning it could read: full, summary, encrypted, none."
            ),
            Column(f"judge.{judge}.applicable", "boolean", "False where there was nothing to judge."),
            Column(f"judge.{judge}.reason", "text", "Why there is no label."),
        )
    ),
    Column("limit", "text", "Kind of limit that ended the sample."),
    Column("error", "text", "The error that ended the sample, up to 2,000 characters."),
    Column("reason", "text", "Why there is no verdict, up to 2,000 characters."),
    Column("retries", "integer", "How often the sample was started again after an error."),
    Column("capture", "integer", "Capture level of the pod; null without a pod."),
    Column("ledger_head", "text", "Hash of the ledger's last action, as the scorer stored it."),
    Column("ledger_actions", "integer", "How many actions the ledger has."),
    Column("input_tokens", "integer", "Tokens that the model under test read."),
    Column("output_tokens", "integer", "Tokens that it wrote, reasoning included."),
    Column("total_tokens", "integer", "Both, as the provider counts them."),
    Column("judge_tokens", "integer", "Tokens that models in a role took, read and written."),
    Column("total_seconds", "number", "Seconds from start to end."),
    Column("working_seconds", "number", "Seconds without waiting for a provider's limits."),
    Column("started", "text", "When the sample started, RFC 3339."),
    Column("completed", "text", "When it ended, RFC 3339."),
    Column(
        "prompt_digest",
        "text",
        "SHA-256 over the RFC 8785 JSON of the input: each message's role and content, in order.",
    ),
    Column(
        "files_digest",
        "text",
        "The same over what the pod was given, part to SHA-256, with the secrets and dates of seed 00.",
    ),
    Column("scenario_digest", "text", "The same over the scenario's folder, file to SHA-256."),
    Column("image.*", "text", "Content digest of an image that the pod ran, such as `image.agent`."),
    Column("commit", "text", "Git commit of the folder in which the run was started."),
    Column("dirty", "boolean", "Whether that folder had uncommitted changes."),
    Column("inspect", "text", "Version of Inspect that ran it."),
    Column("gyges", "text", "Version of Gyges that ran it, where Inspect noted it."),
    Column("run_created", "text", "When the run was started, RFC 3339."),
    Column(
        "score_edited", "boolean", "Whether a score of the sample was edited by hand; null where that was not read."
    ),
    Column("log_edited", "boolean", "Whether tags or metadata of the log were edited after the run."),
)

ACTION_COLUMNS = (
    Column("schema", "integer", "Version of this list of columns."),
    Column("log", "text", "Name of the log's file."),
    Column("task", "text", "Inspect's id of the task run."),
    Column("uuid", "text", "Inspect's id of this run of the sample."),
    Column("sample", "text", "Id of the sample."),
    Column("epoch", "integer", "Which repetition of the sample, from 1."),
    Column("scenario", "text", "Id of the scenario."),
    Column("version", "text", "Version of the scenario."),
    Column("model", "text", "The model that was asked for."),
    Column("seq", "integer", "Place of the action in its ledger, from 0."),
    Column("at", "text", "When it was recorded, RFC 3339."),
    Column("channel", "text", "Where it was seen: tool, process, network, file."),
    Column("verb", "text", "The tool, `bash` or `python`, the kind of network record or of file change."),
    Column("args", "text", "What was asked for, as a JSON object."),
    Column("state", "text", "How far it came: requested, malformed, blocked, cut_off, failed, executed."),
    Column("effect", "text", "What came of it, as a JSON object."),
    Column("call", "text", "Id of the tool call that it belongs to."),
    Column("refs", "text", "Ids of the events and messages that prove it, as a JSON array."),
    Column("prev", "text", "Hash of the action before it."),
    Column("hash", "text", "Its own hash; `gyges ledger --verify` says how it is made."),
)


_KINDS = {column.name: column.kind for column in (*TRIAL_COLUMNS, *ACTION_COLUMNS)}


def trial_columns(trials: Iterable[Trial]) -> tuple[Column, ...]:
    """The columns of these trials: those that end in `*` become the ones that there are, in order of name."""
    found: dict[str, set[str]] = {column.name: set() for column in TRIAL_COLUMNS if column.name.endswith("*")}
    for trial in trials:
        found["arm.*"] |= trial.arm.keys()
        found["stage.*"] |= trial.stages.keys()
        found["act.*"] |= trial.judged.keys()
        found["observed.*"] |= trial.observed.keys()
        found["image.*"] |= trial.images.keys()
    return tuple(
        one
        for column in TRIAL_COLUMNS
        for one in (
            (Column(_family(column.name, name), column.kind, column.meaning) for name in sorted(found[column.name]))
            if column.name in found
            else (column,)
        )
    )


def trial_row(trial: Trial) -> Row:
    """One trial as a row; of the columns that end in `*`, those that it has."""
    run, tokens = trial.run, trial.tokens
    return _clean(
        {
            "schema": TRIAL_SCHEMA,
            "log": trial.log.name,
            "task": trial.task,
            "eval": run.eval,
            "run": run.id,
            "uuid": trial.uuid,
            "sample": trial.sample,
            "epoch": trial.epoch,
            "scenario": trial.scenario,
            "version": trial.version,
            "model": trial.model,
            "served": "; ".join(trial.served),
            "settings": _json(dict(trial.settings)),
            "contrast": trial.contrast,
            **{_family("arm.*", factor): level for factor, level in trial.arm.items()},
            "wording": trial.wording,
            "style": trial.style,
            "replay": trial.replay,
            "pair": trial.pair,
            "query": trial.query,
            "queue": trial.queue,
            "subject": trial.subject,
            "step": trial.step,
            "status": trial.status,
            "validity": trial.validity,
            **{_family("stage.*", red_line): stage for red_line, stage in trial.stages.items()},
            **{_family("act.*", red_line): it.act for red_line, it in trial.judged.items()},
            "escalated": trial.escalated,
            **{_family("observed.*", name): seen for name, seen in trial.observed.items()},
            "compliance": next(iter(trial.answers.values())) if len(trial.answers) == 1 else None,
            "answers": _json(trial.answers) if trial.answers else None,
            "by_record": trial.by_record if trial.answers else None,
            "faking": trial.faking,
            "recalled": trial.recalled,
            **_judgements(trial),
            "limit": trial.limit,
            "error": trial.error,
            "reason": trial.reason,
            "retries": trial.retries,
            "capture": trial.capture,
            "ledger_head": trial.head,
            "ledger_actions": trial.actions,
            "input_tokens": tokens.input if tokens else None,
            "output_tokens": tokens.output if tokens else None,
            "total_tokens": tokens.total if tokens else None,
            "judge_tokens": tokens.roles if tokens else None,
            "total_seconds": trial.total_time,
            "working_seconds": trial.working_time,
            "started": trial.started_at,
            "completed": trial.completed_at,
            "prompt_digest": trial.digests.get("prompt"),
            "files_digest": trial.digests.get("files"),
            "scenario_digest": run.scenario_digest,
            **{_family("image.*", role): image for role, image in trial.images.items()},
            "commit": run.commit,
            "dirty": run.dirty,
            "inspect": run.inspect,
            "gyges": run.gyges,
            "run_created": run.created,
            "score_edited": trial.edited,
            "log_edited": run.edited,
        }
    )


def action_row(trial: Trial, action: Action) -> Row:
    """One action of a trial as a row."""
    of_action = {field.name: getattr(action, field.name) for field in fields(action)}
    structured = {name: _json(of_action[name]) for name in ("args", "effect", "refs")}
    named = {"log": trial.log.name, "task": trial.task, "uuid": trial.uuid, "sample": trial.sample}
    of_trial = {"epoch": trial.epoch, "scenario": trial.scenario, "version": trial.version, "model": trial.model}
    return _clean({"schema": ACTION_SCHEMA, **named, **of_trial, **of_action, **structured})


def _judgements(trial: Trial) -> dict[str, Cell]:
    return {
        f"judge.{judge}.{name}": getattr(said, name)
        for judge, said in trial.judgements.items()
        for name in ("label", "model", "rubric", "hash", "votes", "visibility", "applicable", "reason")
    }


def _family(pattern: str, name: str) -> str:
    return _text(pattern.removesuffix("*") + name)


def _json(value: Mapping[str, Any] | tuple[str, ...]) -> str:
    """JSON in ASCII, so that nothing in it can trip a reader."""
    return json.dumps(value)


def _clean(row: Mapping[str, Any]) -> Row:
    return {name: _cell(value, _kind(name)) for name, value in row.items()}


def _kind(name: str) -> Kind:
    """Of a column; of one that stands for several, that of its family."""
    return _KINDS.get(name) or _KINDS.get(f"{name.partition('.')[0]}.*", "text")


def _cell(value: object, kind: Kind) -> Cell:
    """The value where it is of its column's kind; a log may hold anything, and empty text says no more than null."""
    match kind, value:
        case "text", str():
            return _text(value) or None
        case "integer", int() if not isinstance(value, bool) and abs(value) <= _LARGEST:
            return value
        case "number", (int() | float()) if not isinstance(value, bool) and abs(value) <= _LARGEST:
            return float(value)
        case "boolean", bool():
            return value
    return None


def _text(text: str) -> str:
    r"""The text in a form that UTF-8 can hold: lone surrogates become `\udXXX`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
