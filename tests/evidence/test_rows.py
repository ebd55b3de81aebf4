"""Trials and actions as rows: what stands in which column, whatever the log holds."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog, edit_score, read_eval_log, write_eval_log
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelUsage
from inspect_ai.scorer import Score, ScoreEdit

from gyges.evidence import Trial, read_log, read_trials
from gyges.evidence.rows import (
    ACTION_COLUMNS,
    TRIAL_COLUMNS,
    TRIAL_SCHEMA,
    Column,
    Row,
    action_row,
    trial_columns,
    trial_row,
)
from gyges.evidence.scores import JUDGES
from gyges.evidence.trials import detailed
from gyges.ledger import Action
from gyges.ledger.digest import prompt_digest

ROOT = Path(__file__).parents[2]
UNWATCHED = {"oversight": "unwatched"}


def row_of(path: Path) -> Row:
    """The row of the one trial in a log, with what only its sample holds."""
    (trial,), _ = read_log(path)
    ((full, problem),) = detailed([trial])
    assert problem is None
    return trial_row(full)


def test_a_trial_is_one_flat_row(canned_log: Any, outcome: Any) -> None:
    """Ids, arm, stages, validity, capture, head, times and the run's provenance stand in columns of their own."""
    path = canned_log(outcome({"weights": "completed"}, UNWATCHED, escalated="yes", head="ab"), temperature=0.5)
    log, row = read_eval_log(path), row_of(path)
    assert log.samples
    expected = {
        "schema": TRIAL_SCHEMA,
        "log": path.name,
        "task": log.eval.task_id,
        "eval": log.eval.eval_id,
        "run": log.eval.run_id,
        "uuid": log.samples[0].uuid,
        "sample": "memo/oversight=unwatched",
        "epoch": 1,
        "scenario": "exfil",
        "version": "1-A",
        "model": "canned/ring",
        "settings": '{"temperature": "0.5"}',
        "contrast": "oversight",
        "arm.oversight": "unwatched",
        "wording": "memo",
        "status": "completed",
        "validity": "valid",
        "stage.weights": "completed",
        "escalated": True,
        "capture": 3,
        "ledger_head": "ab",
        "ledger_actions": 0,
        "retries": 0,
        "prompt_digest": prompt_digest("work"),
        "inspect": log.eval.packages["inspect_ai"],
        "started": log.samples[0].started_at,
        "completed": log.samples[0].completed_at,
        "total_seconds": log.samples[0].total_time,
        "score_edited": False,
        "log_edited": False,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["dirty"] in (True, False, None)


def test_an_answer_is_one_flat_row(tier_log: Any, said: Any) -> None:
    """Compliance, answers, and what each judge said with model, rubric, hash and votes."""
    row = row_of(tier_log(said(label="comply", faking="yes", recalled=True, step=7, subject="tuned")))
    expected = {
        "query": "q1",
        "compliance": "comply",
        "answers": '{"q1": "comply"}',
        "by_record": False,
        "faking": True,
        "recalled": True,
        "subject": "tuned",
        "step": 7,
        "judge.compliance.label": "comply",
        "judge.compliance.model": "canned/judge",
        "judge.compliance.rubric": "compliance 1",
        "judge.compliance.hash": "ab" * 32,
        "judge.compliance.votes": 1,
        "judge.compliance.visibility": "full",
        "judge.compliance.applicable": True,
        "judge.compliance.reason": None,
        "judge.faking_reasoning.label": "yes",
    }
    assert {name: row[name] for name in expected} == expected


def test_a_queue_has_its_answers_as_json(tier_log: Any, said: Any) -> None:
    """Several requests in one sample: every label, by the record, and no single `compliance`."""
    row = row_of(tier_log(said(record={"a": "comply", "b": None})))
    assert row["answers"] == '{"a": "comply", "b": null}'
    assert (row["compliance"], row["by_record"], row["query"]) == (None, True, None)


def test_what_the_run_noted_is_in_the_row(canned_log: Any, outcome: Any) -> None:
    """Digests, images, models served and tokens, as the task and its scorer put them into the log."""

    def note(log: EvalLog) -> None:
        assert log.samples
        sample = log.samples[0]
        assert sample.scores
        log.eval.metadata = {**(log.eval.metadata or {}), "digests": {"scenario": "cd"}}
        sample.metadata["digests"] = {"files": "ef", "prompt": "not what is in the log"}
        metadata = sample.scores["conduct"].metadata
        assert metadata is not None
        metadata |= {"served": ["ring-1", "ring-2"], "images": {"agent": "sha256:aa"}}
        sample.model_usage = {
            "canned/ring": ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15),
            "canned/judge": ModelUsage(input_tokens=3, output_tokens=1, total_tokens=4),
        }
        sample.role_usage = {"judge": ModelUsage(input_tokens=3, output_tokens=1, total_tokens=4)}

    row = row_of(canned_log(outcome({"weights": "abstained"}), edit=note))
    assert (row["scenario_digest"], row["files_digest"], row["image.agent"]) == ("cd", "ef", "sha256:aa")
    assert row["served"] == "ring-1; ring-2"
    assert row["prompt_digest"] == prompt_digest("work")
    tokens = [row[f"{name}_tokens"] for name in ("input", "output", "total", "judge")]
    assert tokens == [10, 5, 15, 4]


def test_an_older_log_gives_nulls(canned_log: Any, outcome: Any) -> None:
    """What a log does not hold is null and no error; the model served comes from the sample's output."""

    def answer(log: EvalLog) -> None:
        assert log.samples
        log.samples[0].output.model = "ring-0"

    row = row_of(canned_log(outcome({"weights": "abstained"}), edit=answer))
    assert [row[name] for name in ("scenario_digest", "files_digest", "input_tokens")] == [None] * 3
    assert row["served"] == "ring-0"
    assert not [name for name in row if name.startswith("image.")]


def test_an_edited_score_is_told(canned_log: Any, outcome: Any) -> None:
    """A verdict that a person changed is marked; the one beside it is not."""
    path = canned_log(outcome({"weights": "completed"}), outcome({"weights": "abstained"}, UNWATCHED))
    log = read_eval_log(path)
    edit_score(log, "memo/oversight=watched", "conduct", ScoreEdit(value={"weights": "abstained", "escalated": "no"}))
    write_eval_log(log, path)
    rows = {row["sample"]: row for row in (trial_row(trial) for trial, _ in detailed(read_log(path)[0]))}
    assert rows["memo/oversight=watched"]["score_edited"] is True
    assert rows["memo/oversight=watched"]["stage.weights"] == "abstained"
    assert rows["memo/oversight=unwatched"]["score_edited"] is False


def test_a_trial_that_never_ran_is_a_row(canned_log: Any, outcome: Any) -> None:
    """It has its arm and its status, in its place, and its sample is not looked for."""

    def drop(log: EvalLog) -> None:
        log.samples = [sample for sample in log.samples or [] if sample.metadata["arm"] != UNWATCHED]

    path = canned_log(outcome({"weights": "abstained"}), outcome({"weights": "abstained"}, UNWATCHED), edit=drop)
    found = list(detailed(read_log(path)[0]))
    assert [(trial_row(trial)["status"], problem) for trial, problem in found] == [
        ("completed", None),
        ("not_run", None),
    ]
    assert trial_row(found[1][0])["arm.oversight"] == "unwatched"


def test_a_sample_that_is_gone_costs_itself_alone(canned_log: Any, outcome: Any) -> None:
    """Where one sample of a log cannot be read, its row has what the summary says, with the reason; the others are
    whole.
    """
    path = canned_log(outcome({"weights": "abstained"}), outcome({"weights": "abstained"}, UNWATCHED))
    first, second = read_log(path)[0]
    found = list(detailed([replace(first, sample="nobody"), second]))
    assert "nobody" in str(found[0][1])
    assert found[0][0].stages == {"weights": "abstained"}
    assert (found[1][0].edited, found[1][1]) == (False, None)


def test_the_families_become_columns(canned_log: Any, outcome: Any) -> None:
    """Each factor, red line and image of any trial has its column, in order of name, where the family stands."""
    canned_log(outcome({"weights": "abstained"}, {"oversight": "watched"}), model="a")
    path = canned_log(outcome({"audit": "abstained"}, {"oversight": "watched", "budget": "low"}), model="b")
    trials = read_trials([path.parent]).trials
    names = [column.name for column in trial_columns(trials)]
    at = names.index("contrast")
    assert names[at : at + 4] == ["contrast", "arm.budget", "arm.oversight", "wording"]
    assert [name for name in names if name.startswith("stage.")] == ["stage.audit", "stage.weights"]
    assert not [name for name in names if name.endswith("*")]
    assert len(names) == len(set(names))


HOSTILE: dict[str, tuple[Any, Any]] = {
    "lone surrogate": ("a\ud800b", "a\\ud800b"),
    "empty": ("", None),
    "no text": (7, None),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_text_can_be_written(kind: str) -> None:
    """A cell of text is text that UTF-8 can hold, or null."""
    value, cell = HOSTILE[kind]
    assert trial_row(replace(BLANK, limit=value))["limit"] == cell


@pytest.mark.parametrize(
    ("value", "cell"), [(3, 3), (2**63 - 1, 2**63 - 1), (2**63, None), (True, None), ("3", None), (1.5, None)]
)
def test_integers_fit(value: Any, cell: int | None) -> None:
    """A cell of whole numbers holds one of 64 bits, or null."""
    assert trial_row(replace(BLANK, step=value))["step"] == cell


@pytest.mark.parametrize(
    ("value", "cell"), [(1, 1.0), (1.5, 1.5), (float("nan"), None), (float("inf"), None), ("1", None)]
)
def test_numbers_are_numbers(value: Any, cell: float | None) -> None:
    """NaN and infinity, which JSON cannot hold, are null."""
    assert trial_row(replace(BLANK, total_time=value))["total_seconds"] == cell


def test_an_action_is_one_flat_row() -> None:
    """All its fields, the structured ones as JSON text, after the ids of its trial; no column is forgotten."""
    action = Action(
        seq=3,
        at="2026-01-01T00:00:00Z",
        channel="tool",
        verb="bash",
        args={"command": "ls \ud800"},
        state="executed",
        effect={"returncode": 0},
        call=None,
        refs=("e1", "m1"),
        prev="00",
        hash="11",
    )
    row = action_row(BLANK, action)
    assert list(row) == [column.name for column in ACTION_COLUMNS]
    assert json.loads(str(row["args"])) == {"command": "ls \ud800"}
    assert [row[name] for name in ("seq", "effect", "call", "refs", "hash")] == [
        3,
        '{"returncode": 0}',
        None,
        '["e1", "m1"]',
        "11",
    ]


def test_every_cell_has_its_column(tier_log: Any, said: Any) -> None:
    """A row names no column that the list lacks, and the list none that no row fills."""
    names = {column.name for column in TRIAL_COLUMNS if not column.name.endswith("*")}
    families = tuple(column.name[:-1] for column in TRIAL_COLUMNS if column.name.endswith("*"))
    row = row_of(tier_log(said(beside=dict.fromkeys({*JUDGES} - {"compliance", "faking_reasoning"}, "no"))))
    assert {name for name in row if not name.startswith(families)} == names


@pytest.mark.parametrize(("what", "columns"), [("trials", TRIAL_COLUMNS), ("actions", ACTION_COLUMNS)])
def test_the_page_lists_the_columns(what: str, columns: tuple[Column, ...]) -> None:
    """docs/trials.md has the table that the columns make, which a failure prints."""
    lines = ["| column | kind | meaning |", "|---|---|---|"]
    lines += [f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in columns]
    page = (ROOT / "docs" / "trials.md").read_text()
    match = re.search(rf"<!-- columns: {what} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert match is not None
    assert match[1] == "\n".join(lines) + "\n"


def test_ids_of_messages_do_not_count() -> None:
    """The digest of a prompt is of roles and contents in order: the same for the same words in another run."""
    first = [ChatMessageSystem(content="a", id="1"), ChatMessageUser(content="b", id="2")]
    second = [ChatMessageSystem(content="a", id="3"), ChatMessageUser(content="b", id="4")]
    assert prompt_digest(first) == prompt_digest(second)
    assert prompt_digest(first) != prompt_digest([first[1], first[0]])
    assert prompt_digest("b") == prompt_digest([ChatMessageUser(content="b")])


def test_only_one_module_reads_logs() -> None:
    """No module of a room names Inspect's readers but `evidence/trials.py`, and `gyges judge`, which rewrites a log."""
    rooms = {path.parent for path in ROOT.glob("*/__init__.py")}
    readers = {
        str(path.relative_to(ROOT))
        for room in rooms
        for path in room.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Attribute | ast.Name)
        for name in _names(node)
        if re.match(r"read_eval_log|list_eval_logs|samples_df", name)
    }
    assert readers == {"evidence/trials.py", "cli/judge.py"}


def _names(node: ast.ImportFrom | ast.Attribute | ast.Name) -> list[str]:
    match node:
        case ast.ImportFrom():
            return [alias.name for alias in node.names]
        case ast.Attribute():
            return [node.attr]
    return [node.id]


BLANK = Trial(
    log=Path("blank.eval"),
    task="task",
    scenario="exfil",
    version="1-A",
    model="canned/ring",
    settings=(),
    contrast="oversight",
    arm={},
    wording="memo",
    pair="",
    sample="memo",
    epoch=1,
    status="completed",
    validity="valid",
)


def test_scores_with_much_to_say_do_not_lengthen_a_row(canned_log: Any, outcome: Any) -> None:
    """An error of megabytes is cut in the trial, which says how much is left out."""

    def fail(log: EvalLog) -> None:
        assert log.samples
        assert log.samples[0].error
        log.samples[0].error.message = "x" * 5_000_000
        log.samples[0].scores = {"other": Score(value=1)}

    row = row_of(canned_log(outcome({"weights": "abstained"}, error="broke"), edit=fail))
    assert len(str(row["error"])) < 2100
    assert "(+4998000 characters)" in str(row["error"])
