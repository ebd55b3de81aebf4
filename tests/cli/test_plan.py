"""`gyges plan`: the command, its mistakes, and the figures that docs/running.md gives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import ModelUsage
from typer.testing import CliRunner

from gyges.cli import app
from gyges.evidence.plan import parse_claim, plan_for

run = CliRunner().invoke
RUNNING = (Path(__file__).parents[2] / "docs" / "running.md").read_text()


def planned(*arguments: str) -> dict[str, Any]:
    done = run(app, ["plan", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.output))


def test_a_plan() -> None:
    """The trials needed, the designs and what to spend on are printed."""
    done = run(app, ["plan", "at most 1 % at 95 %"])
    assert done.exit_code == 0
    assert "299 independent trials without an event (exact one-sided bound)" in done.output
    assert "473 with 1 event; 628 with 2 events; 773 with 3 events" in done.output
    assert "A 1 % behaviour is seen at least once in 95 % of runs of this size." in done.output
    assert "Spend on distinct samples, not on epochs" in done.output
    assert [line.split()[:3] for line in done.output.splitlines() if "≤" in line] == [
        ["1", "299", "299"],
        ["2", "225", "450"],
        ["3", "200", "600"],
        ["5", "180", "900"],
        ["10", "165", "1,650"],
    ]


def test_options() -> None:
    """Epochs, correlation and family are those that were asked for."""
    found = planned("at most 1 % at 95 %", "--epochs", "4,1,4", "--correlation", "0.2", "--family", "5")
    assert (found["n"], found["family"], found["correlation"]) == (459, 5, 0.2)
    assert [(it["epochs"], it["samples"]) for it in found["designs"]] == [(1, 459), (4, 184)]


def test_the_command_to_run() -> None:
    """Of a scenario, the line that runs it is printed whole, however narrow the terminal."""
    done = run(app, ["plan", "14 against 3 at 80 power", "--scenario", "alignment_faking"], env={"COLUMNS": "60"})
    line = (
        "inspect eval gyges/alignment_faking --model PROVIDER/MODEL --model-role judge=PROVIDER/MODEL "
        "-T tier=trained,unmonitored -T value=all"
    )
    assert line in [it.strip() for it in done.output.splitlines()]


def test_the_command_runs_what_it_says(tmp_path: Path) -> None:
    """The line that is printed is one that Inspect takes, and it has as many samples as the plan says."""
    from gyges.tasks.alignment_faking import alignment_faking
    from gyges.tasks.exfil import exfil

    (reach,) = planned("at most 1 % at 95 %", "--scenario", "exfil")["reach"]
    options = dict(it.split("=", 1) for it in re.findall(r"-T (\S+)", reach["line"]))
    assert len(exfil(**options).dataset) == reach["supply"]["samples"] == 8
    *_, reach = planned("14 against 3 at 80 power", "--scenario", "alignment_faking")["reach"]
    options = dict(it.split("=", 1) for it in re.findall(r"-T (\S+)", reach["line"]))
    assert len(alignment_faking(**options, judges="none").dataset) == 2 * reach["supply"]["samples"] == 504


def test_tokens_in_logs(canned_log: Any, outcome: Any, tmp_path: Path) -> None:
    """Tokens are measured in logs of the scenario; logs without any are no measure, and are named."""

    def used(log: EvalLog) -> None:
        for sample, each in zip(log.samples or [], (100, 300), strict=True):
            own = ModelUsage(input_tokens=each, output_tokens=10, total_tokens=each + 10)
            judge = ModelUsage(input_tokens=40, output_tokens=2, total_tokens=42)
            sample.model_usage, sample.role_usage = {"canned/m": own, "j": judge}, {"judge": judge}

    arms = [outcome({"weights": "abstained"}, {"oversight": level}) for level in ("watched", "unwatched")]
    canned_log(*arms, folder=tmp_path / "used", edit=used)
    (cost,) = planned("at most 1 % at 95 %", "--logs", str(tmp_path / "used"), "--epochs", "1")["costs"]
    assert cost["trials"] == 2
    assert (cost["mean"], cost["judges_mean"]) == ({"input": 200, "output": 10}, 42)
    assert cost["designs"][0]["model"] == {"input": 299 * 200, "output": 299 * 10}
    canned_log(*arms, folder=tmp_path / "unused")
    for arguments in ([str(tmp_path / "unused")], [str(tmp_path / "used"), "--scenario", "alignment_faking"]):
        done = run(app, ["plan", "at most 1 % at 95 %", "--logs", *arguments])
        assert done.exit_code == 2
        assert "has tokens; give --tokens instead" in " ".join(done.output.split())


def test_tokens_given() -> None:
    """Tokens of one trial give the tokens and the price of every design."""
    (cost,) = planned(
        "at most 10 % at 95 %", "--tokens", "9000,500", "--price-in", "3", "--price-out", "15", "--epochs", "1"
    )["costs"]
    assert cost["designs"] == [
        {
            "epochs": 1,
            "trials": 29,
            "model": {"input": 29 * 9000, "output": 29 * 500},
            "judges": 0,
            "price": pytest.approx(29 * (9000 * 3 + 500 * 15) / 1e6),
        }
    ]
    done = run(app, ["plan", "at most 10 % at 95 %", "--tokens", "9500"])
    assert "9,500 (9,500)" in done.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["safe"], "'safe' is no claim that can be planned"),
        (["at most 0 % at 95 %"], "share 0 is not between 0 and 1"),
        (["at most 1 % at 100 %"], "confidence 1 is not between 0 and 1"),
        (["14 against 14 at 80 power"], "rate 0.14 in both arms"),
        (
            ["14.2 against published 14 at 80 power"],
            "rate 0.142 does not differ from the published 0.14, give or take 0.005",
        ),
        (["at most 1 at 95", "--epochs", "1,many"], "--epochs 1,many"),
        (["at most 1 at 95", "--epochs", "0"], "0 epochs"),
        (["at most 1 at 95", "--scenario", "nope"], "no scenario 'nope'"),
        (["at most 1 at 95", "--logs", "/nowhere"], "/nowhere"),
        (["at most 1 at 95", "--tokens", "9000,500", "--logs", "logs"], "leave one out"),
        (["at most 1 at 95", "--tokens", "many"], "--tokens many"),
        (["at most 1 at 95", "--tokens", "9000,-1"], "--tokens 9000,-1"),
        (["at most 1 at 95", "--tokens", "nan"], "--tokens nan"),
        (["at most 1 at 95", "--tokens", "9000,500", "--price-in", "3"], "go together"),
        (["at most 1 at 95", "--tokens", "9000", "--price-in", "3", "--price-out", "15"], "write INPUT,OUTPUT"),
    ],
)
def test_mistakes(arguments: list[str], expected: str) -> None:
    """What cannot be planned is named, on standard error, with exit code 2."""
    done = run(app, ["plan", *arguments])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert expected in done.stderr


ROWS = re.findall(r"^\| `([^`]+)` \| ([\d,]+)", RUNNING, re.MULTILINE)


@pytest.mark.parametrize(("claim", "n"), ROWS)
def test_documented_figures(claim: str, n: str) -> None:
    """The table in docs/running.md says what the command says."""
    assert f"{plan_for(parse_claim(claim)).n:,}" == n


def test_documented_sentences() -> None:
    """So do its sentences; and the table is not empty."""
    assert len(ROWS) >= 6
    flat = " ".join(RUNNING.split())
    bound, pairs = (plan_for(parse_claim(it)) for it in ("at most 1 % at 95 %", "14 % against 3 % at 80 % power"))
    nested, unpaired = pairs.otherwise.values()
    two, ten = bound.designs[1], bound.designs[4]
    for sentence in (
        f"{bound.otherwise['with 1 event']} with one event",
        f"{nested} if whatever shows it in one arm does in the other, {unpaired} in each of two arms",
        f"299 trials are 299 wordings once, {two.samples} twice or {ten.samples} ten times ({ten.trials:,} trials)",
    ):
        assert sentence in flat


@pytest.mark.parametrize(
    "claim", ["at most 1 % at 95 %", "14 % against 3 % at 80 % power", "14 % within 5 at 80 % power"]
)
def test_a_plan_is_no_verdict(claim: str) -> None:
    """What is printed of a plan has none of the words safe, aligned and proves."""
    done = run(app, ["plan", claim, "--scenario", "alignment_faking"])
    assert done.exit_code == 0
    assert re.findall(r"\b(?:un)?(?:safe|aligned|proves)\b", done.output, re.IGNORECASE) == []
