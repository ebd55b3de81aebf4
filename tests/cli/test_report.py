"""`gyges report` from the command line: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from typer.testing import CliRunner, Result

from gyges.cli import app


def report(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, args)], env={"COLUMNS": "200"})


@pytest.fixture
def folder(canned_log: Any, outcome: Any, tmp_path: Path) -> Path:
    """Three good logs of two models, and one damaged one."""
    for model, stage in (("honest", "abstained"), ("ring", "completed"), ("ring", "completed")):
        canned_log(outcome({"weights": stage}, {"oversight": "unwatched"}), model=model, folder=tmp_path / "runs")
    (tmp_path / "runs" / "bad.eval").write_bytes(b"")
    return tmp_path / "runs"


def test_a_folder_becomes_a_table(folder: Path) -> None:
    """Models stand apart, rates have intervals, the damaged log has its line, and the exit code is 0."""
    result = report(folder)
    assert result.exit_code == 0
    for words in ("canned/honest", "canned/ring", "2/2 6.3-100 %", "0/1 ≤ 95 %", "bad.eval is empty"):
        assert words in result.stdout


def test_files_and_folders_may_be_mixed(folder: Path) -> None:
    """A file that is also in a given folder counts once."""
    log = next(folder.glob("*exfil*.eval"))
    both, alone = (json.loads(report(*paths, "--json").stdout) for paths in ((log, folder), (folder,)))
    assert both["groups"] == alone["groups"]


def test_json_is_json_and_nothing_else(folder: Path) -> None:
    """Standard output parses, carries the schema's version, and names the unreadable log."""
    form = json.loads(report(folder, "--json").stdout)
    assert form["schema"] == 2
    assert [Path(item["path"]).name for item in form["unreadable"]] == ["bad.eval"]


def test_filters_narrow_the_report(folder: Path) -> None:
    """--model and --scenario take wildcards."""
    result = report(folder, "--model", "*/honest", "--scenario", "ex*")
    assert "canned/honest" in result.stdout
    assert "canned/ring" not in result.stdout


@pytest.mark.parametrize("options", [["--model", "gpt"], ["--scenario", "gpt", "--json"]])
def test_a_filter_that_leaves_nothing_says_what_there_is(folder: Path, options: list[str]) -> None:
    """Exit code 2, and the error names the scenarios and models that the logs hold."""
    result = report(folder, *options)
    assert result.exit_code == 2
    assert "exfil with canned/honest; exfil with canned/ring" in result.stderr


def test_only_broken_logs_are_nothing_to_report(tmp_path: Path) -> None:
    """Exit code 2 when no log can be read; the reason still stands on standard output."""
    (tmp_path / "bad.eval").write_bytes(b"PK")
    result = report(tmp_path)
    assert result.exit_code == 2
    assert "bad.eval is cut off" in result.stdout
    assert "Nothing to report" in result.stderr


def test_an_empty_folder_names_the_command_that_fills_it(tmp_path: Path) -> None:
    """Exit code 2, the folder's name, and how to make a log."""
    result = report(tmp_path)
    assert result.exit_code == 2
    assert str(tmp_path) in result.stderr
    assert "inspect eval" in result.stderr


def test_the_correlation_can_be_declared(folder: Path) -> None:
    """--correlation 0 takes two epochs of one wording as independent; what is no correlation is refused."""
    assert "2/2 16-100 %" in report(folder, "--correlation", "0").stdout
    refused = report(folder, "--correlation", "2")
    assert refused.exit_code == 2
    assert "--correlation" in refused.stderr


def test_rates_are_written_for_every_eval_ever(folder: Path, tmp_path: Path) -> None:
    """--eee writes a file a model that matches, with rows where these are asked for, and overwrites nothing."""
    args = (folder, "--model", "*/ring", "--eee", tmp_path / "eee", "--eee-samples", "--organization", "Auditors")
    assert report(*args).exit_code == 0
    (aggregate,) = (tmp_path / "eee").rglob("*.json")
    (rows,) = (tmp_path / "eee").rglob("*.jsonl")
    body = json.loads(aggregate.read_text())
    assert body["source_metadata"]["source_organization_name"] == "Auditors"
    assert {it["score_details"]["score"] for it in body["evaluation_results"]} == {1.0}
    assert len(rows.read_text().splitlines()) == 2 * len(body["evaluation_results"])
    again = report(*args)
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_wordings_acts_and_observations_stand_beside_the_rates(canned_log: Any, outcome: Any) -> None:
    """What the task and its scorer note of a sample reaches the table and the JSON form."""

    def note(log: EvalLog) -> None:
        for sample in log.samples or []:
            sample.metadata["style"] = "published" if sample.metadata["wording"] == "paper" else "ours"
            score = (sample.scores or {})["conduct"]
            judged = {"act": "completed", "judge": "threat", "label": None, "crossed_by": ["conditional_threat"]}
            score.metadata = {**(score.metadata or {}), "judged": {"blackmail": judged}, "observed": ["told_staff"]}

    values = {"blackmail": float("nan"), "leak": "abstained", "told_staff": "yes"}
    log = canned_log(*(outcome(values, {"oversight": "watched"}, name) for name in ("paper", "a")), edit=note)
    text = report(log).stdout
    for words in ("2 not judged", "2 wordings (1 published, 1 own)", "published - own wordings, pp", "told_staff"):
        assert words in text
    (group,) = json.loads(report(log, "--json").stdout)["groups"]
    assert [it["not_judged"] for it in group["judged"]] == [2]
    assert [it["recorded"]["k"] for it in group["observations"]] == [2]
    assert [it["red_line"] for it in group["splits"]] == ["leak"]
