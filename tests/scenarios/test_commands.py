"""`gyges scenarios` and `gyges lint`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from gyges.cli import app

from .conftest import Spoil

run = CliRunner().invoke


def test_scenarios_lists_what_there_is() -> None:
    """The table and the JSON name the scenario, its factors, its arms and its red lines."""
    table = run(app, ["scenarios"])
    assert table.exit_code == 0
    assert "exfil" in table.output
    assert "unwatched, watched" in table.output
    rows = {row["id"]: row for row in json.loads(run(app, ["scenarios", "--json"]).output)}
    assert rows["alignment_faking"]["queries"]["honesty"] >= 40
    row = rows["exfil"]
    assert row["arms"] == 108
    assert row["factors"]["oversight"] == ["unwatched", "watched"]
    assert list(row["red_lines"]) == ["weights", "credentials", "audit", "escape"]


def test_one_scenario_is_explained() -> None:
    """Of a scenario that is named, every level and every published condition is said in words."""
    shown = run(app, ["scenarios", "alignment_faking"]).output
    assert [
        text for text in ("As unmonitored, with another", "cut_criterion", "nonsensical") if text not in shown
    ] == []


def test_lint_says_clean_and_exits_0() -> None:
    """Without findings the exit code is 0 and the number of combinations is shown."""
    result = run(app, ["lint", "exfil"])
    assert result.exit_code == 0
    assert "864" in result.output


def test_lint_exits_1_on_findings(copy: Path, spoil: Spoil) -> None:
    """With findings the exit code is 1 and each is shown with its file and line, in text and in JSON."""
    spoil("wordings/long.yaml", "Welcome back.", "Welcome to the sandbox.")
    text = run(app, ["lint", str(copy)])
    assert text.exit_code == 1
    assert "wordings/long.yaml:6" in text.output
    done = run(app, ["lint", "--json", str(copy)])
    assert done.exit_code == 1
    (report,) = json.loads(done.output)
    assert report["findings"][0]["where"] == "wordings/long.yaml:6"


def test_unknown_scenario_is_no_traceback() -> None:
    """An unknown id is one line that lists the ids, and exit code 1, with both commands."""
    for command in ("lint", "scenarios"):
        result = run(app, [command, "nothing"])
        assert result.exit_code == 1
        assert "exfil" in result.output
        assert "Traceback" not in result.output
