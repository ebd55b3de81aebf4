"""`gyges trials` from the command line: three formats, filters, hostile logs, and what happens when it cannot write."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from pyarrow import parquet
from typer.testing import CliRunner, Result

from gyges.cli import app
from gyges.evidence import read_log, read_sample
from gyges.ledger import ledger_of

UNWATCHED = {"oversight": "unwatched"}
EVIL = "=cmd|' /C calc'!A0\x1b[2J\u202e"
COMMAND = (
    "gyges/process",
    {"verb": "bash", "args": {"command": EVIL}, "state": "executed", "effect": {}, "error": None},
)


def trials(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["trials", *map(str, args)], env={"COLUMNS": "200"})


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file as text, null as an empty one."""
    match path.suffix:
        case ".csv":
            with path.open(newline="") as file:
                return list(csv.DictReader(file))
        case ".jsonl":
            rows = [json.loads(line) for line in path.read_text().splitlines()]
        case _:
            rows = parquet.read_table(path).to_pylist()
    return [{name: _shown(cell) for name, cell in row.items()} for row in rows]


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


@pytest.fixture
def folder(canned_log: Any, outcome: Any, tmp_path: Path) -> Path:
    """Two good logs of two models, and a damaged one."""
    for model, stage in (("honest", "abstained"), ("ring", "completed")):
        arms = (outcome({"weights": stage}, arm, events=[COMMAND]) for arm in ({"oversight": "watched"}, UNWATCHED))
        canned_log(*arms, model=model, folder=tmp_path / "runs")
    (tmp_path / "runs" / "bad.eval").write_bytes(b"")
    return tmp_path / "runs"


@pytest.mark.parametrize("options", [[], ["--actions"]])
def test_three_formats_hold_the_same(folder: Path, tmp_path: Path, options: list[str]) -> None:
    """Columns in the same order and the same cells, but for the apostrophe that CSV puts before a formula."""
    found = {}
    for suffix in ("parquet", "csv", "jsonl"):
        path = tmp_path / f"rows.{suffix}"
        result = trials(folder, *options, "-o", path)
        assert result.exit_code == 0, result.stderr
        assert f"4 rows of {len(read(path)[0])} columns written to {path}" in result.stdout
        found[suffix] = read(path)
    assert list(found["csv"][0]) == list(found["jsonl"][0]) == list(found["parquet"][0])
    assert found["jsonl"] == found["parquet"]
    for row, plain in zip(found["csv"], found["jsonl"], strict=True):
        assert {name: cell.removeprefix("'") for name, cell in row.items()} == plain


def test_without_a_file_it_prints_json_lines(folder: Path) -> None:
    """Standard output is JSON lines and nothing else; the damaged log is on standard error."""
    result = trials(folder)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["model"], row["stage.weights"]) for row in rows] == [
        ("canned/honest", "abstained"),
        ("canned/honest", "abstained"),
        ("canned/ring", "completed"),
        ("canned/ring", "completed"),
    ]
    assert result.stdout.isascii()
    assert "bad.eval is empty" in result.stderr
    assert result.exit_code == 0


def test_actions_are_those_of_the_ledger(folder: Path) -> None:
    """One row an action, with the hash that the ledger gives it, and what was asked for as JSON text."""
    path = next(folder.glob("*exfil*.eval"))
    rows = [json.loads(line) for line in trials(path, "--actions").stdout.splitlines()]
    ledgers = [ledger_of(read_sample(path, trial.sample, trial.epoch)) for trial in read_log(path)[0]]
    assert [row["hash"] for row in rows] == [action.hash for one in ledgers for action in one.actions]
    assert [json.loads(row["args"])["command"] for row in rows] == [EVIL, EVIL]
    assert {row["sample"] for row in rows} == {"memo/oversight=watched", "memo/oversight=unwatched"}


def test_filters_narrow_the_rows(folder: Path) -> None:
    """--model and --scenario take wildcards."""
    rows = [json.loads(line) for line in trials(folder, "--model", "*/ring", "--scenario", "ex*").stdout.splitlines()]
    assert {row["model"] for row in rows} == {"canned/ring"}


def test_quick_opens_no_sample(folder: Path) -> None:
    """Without the samples, edits and what an older log does not note are null, and the rest is as it was."""
    full, quick = (
        [json.loads(line) for line in trials(folder, *options).stdout.splitlines()] for options in ([], ["--quick"])
    )
    lost = {name for name in full[0] if full[0][name] != quick[0][name]}
    assert lost == {"score_edited", "prompt_digest", "served"}
    assert quick[0]["score_edited"] is None


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["runs", "-o", "rows.xlsx"], "must end in one of .parquet, .csv, .jsonl"),
        (["runs", "-o", "there.csv"], "--overwrite"),
        (["runs", "-o", "gone/rows.csv"], "is no folder"),
        (["runs", "--model", "nobody"], "no trial in the 3 logs matches"),
        (["nowhere"], "does not exist"),
    ],
)
def test_what_cannot_be_written_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], words: str
) -> None:
    """Exit code 2, the reason with its way out, and the file that was there stays as it was."""
    monkeypatch.chdir(folder.parent)
    Path("there.csv").write_text("before")
    result = trials(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert Path("there.csv").read_text() == "before"


def test_overwrite_replaces(folder: Path, tmp_path: Path) -> None:
    """With --overwrite the new rows stand in place of the old file."""
    path = tmp_path / "rows.csv"
    path.write_text("before")
    assert trials(folder, "-o", path, "--overwrite").exit_code == 0
    assert len(read(path)) == 4


def test_hostile_text_steers_nothing(canned_log: Any, outcome: Any, tmp_path: Path) -> None:
    """Escapes, surrogates, NUL and a formula in what a log says come out as text, in every format and on the screen."""

    def evil(log: EvalLog) -> None:
        assert log.samples
        assert log.samples[0].error
        log.samples[0].error.message = EVIL + "\0\udc80"
        log.samples[0].scores = None

    path = canned_log(outcome({"weights": "abstained"}, error="broke"), edit=evil)
    shown = {}
    for suffix in ("parquet", "csv", "jsonl"):
        file = tmp_path / f"rows.{suffix}"
        assert trials(path, "-o", file).exit_code == 0
        shown[suffix] = read(file)[0]["error"]
    assert shown["csv"] == "'" + shown["jsonl"].replace("\0", "\\x00")
    assert shown["parquet"] == shown["jsonl"]
    assert shown["jsonl"].startswith(EVIL)
    assert "\x1b" not in trials(path).stdout


def test_a_record_that_makes_no_ledger_costs_its_sample_alone(canned_log: Any, outcome: Any) -> None:
    """A sample whose record cannot be derived is named on standard error, and the actions of the others are written."""
    broken = outcome({"weights": "abstained"}, events=[("gyges/process", {"verb": EVIL})])
    path = canned_log(broken, outcome({"weights": "abstained"}, UNWATCHED, events=[COMMAND]))
    result = trials(path, "--actions")
    assert result.exit_code == 0
    assert [json.loads(line)["sample"] for line in result.stdout.splitlines()] == ["memo/oversight=unwatched"]
    assert "memo/oversight=watched epoch 1 has no ledger: KeyError" in result.stderr
    assert "\x1b" not in result.stderr


def test_interrupted_it_leaves_no_file(canned_log: Any, outcome: Any, tmp_path: Path) -> None:
    """Ctrl-C while it writes ends it with an error, and neither a half file nor a temporary one is left."""

    def many(log: EvalLog) -> None:
        assert log.samples
        log.samples = [log.samples[0].model_copy(update={"epoch": nth}) for nth in range(1, 2000)]

    path = canned_log(outcome({"weights": "abstained"}), edit=many)
    target = tmp_path / "out" / "rows.csv"
    target.parent.mkdir()
    with subprocess.Popen(
        [Path(sys.executable).with_name("gyges"), "trials", path, "-o", target], stderr=subprocess.PIPE
    ) as child:
        until = time.monotonic() + 120
        while not list(target.parent.iterdir()) and time.monotonic() < until:
            time.sleep(0.01)
        assert [file.suffix for file in target.parent.iterdir()] == [".part"]
        child.send_signal(signal.SIGINT)
        child.wait(60)
    assert child.returncode not in (0, None)
    assert list(target.parent.iterdir()) == []
