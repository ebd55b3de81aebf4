"""`gyges new-scenario`: what it writes, and what it says to do next."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gyges.cli import app
from gyges.cli.lint import lint
from gyges.cli.new_scenario import next_commands
from gyges.scenarios import load_scenario
from gyges.tasks.experiment import experiment
from gyges.tasks.kinds import known_kinds
from gyges.tasks.scenario import scenario


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*arguments: str) -> Result:
    """The command's result."""
    return CliRunner().invoke(app, ["new-scenario", *arguments])


def test_the_folder_is_written_here(here: Path) -> None:
    """By default it stands where one is, under its own name, and lints clean."""
    done = new("old_ledger")
    assert done.exit_code == 0, done.output
    assert load_scenario(here / "old_ledger").id == "old_ledger"
    assert lint(here / "old_ledger", known_kinds()).findings == ()


def test_the_folder_is_written_elsewhere(here: Path) -> None:
    """With --folder it stands in that folder, which is made where it is missing."""
    done = new("old_ledger", "--folder", "mine/of them")
    assert done.exit_code == 0, done.output
    assert load_scenario(here / "mine/of them/old_ledger").id == "old_ledger"
    assert "gyges lint './mine/of them/old_ledger'" in done.output


def test_the_next_commands_can_be_pasted(here: Path) -> None:
    """Three commands: lint, rehearsal, evaluation; each names the folder so that it is taken for one."""
    done = new("old_ledger")
    told = [line.strip() for line in done.output.splitlines() if line.startswith("    ")]
    assert told[:2] == ["gyges lint ./old_ledger", "gyges rehearse ./old_ledger"]
    words = shlex.split(told[2])
    assert words[:2] == ["inspect", "eval"]
    assert words[3:5] == ["-T", "scenario=./old_ledger"]
    assert "organism/flagrant" in words
    assert len(told) == 3


def test_what_is_told_to_be_run_exists(here: Path) -> None:
    """In the repository the task's file is named; elsewhere its registered name."""
    assert next_commands(Path("x"))[2].startswith("inspect eval gyges/scenario ")
    os.chdir(Path(__file__).parents[2])
    assert next_commands(Path("x"))[2].startswith("inspect eval tasks/scenario.py ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["exfil"], "'exfil' is a scenario that Gyges ships; choose another name, such as old_ledger"),
        (["Old-Ledger"], "'Old-Ledger' is no name of a scenario"),
        (["test_bed"], "is a tell (framework)"),
        (["there"], "there: is there already; choose another name, or another folder with --folder"),
    ],
)
def test_a_mistake_is_named_and_nothing_written(arguments: list[str], message: str, here: Path) -> None:
    """Code 1, the value, the way out; what is there stays."""
    (here / "there").mkdir()
    done = new(*arguments)
    assert done.exit_code == 1
    assert message in done.output
    assert [file.name for file in here.iterdir()] == ["there"]
    assert list((here / "there").iterdir()) == []


def test_any_scenario_runs_by_the_generic_task(here: Path) -> None:
    """The task for any folder has the samples of a task of its own; a factor that it lacks is an error."""
    new("old_ledger")
    task = scenario(scenario=str(here / "old_ledger"), wording="plain", oversight="all")
    assert [sample.id for sample in task.dataset] == [
        sample.id for sample in experiment(str(here / "old_ledger"), "plain", {"oversight": "all"}).dataset
    ]
    assert len(task.dataset) == 2
    with pytest.raises(ValueError, match="unknown factor 'danger'"):
        scenario(scenario=str(here / "old_ledger"), danger="all")
