"""`gyges compare` from the command line: what it prints, its options, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai.log import EvalLog
from typer.testing import CliRunner, Result

from gyges.cli import app
from gyges.scenarios import load_scenario

CARD = {
    "card": "a-card",
    "publisher": "Lab",
    "document": "Ring system card",
    "date": "2026-01",
    "url": "https://lab.example/card",
    "as_of": "2026-11-22",
    "claims": [
        {
            "id": "RING",
            "model": "ring",
            "developer": "Lab",
            "behaviour": "self-exfiltration",
            "trait": "propensity",
            "metric": "attempt rate",
            "kind": "rate",
            "value": "14%",
            "low": 0.135,
            "high": 0.145,
            "status": "secondary",
            "comparability": "replicable",
            "conditions": {"prompt": "as published"},
            "replicates": {"scenario": "exfil", "measure": "weights/attempted"},
        }
    ],
}


def compare(*args: str | Path, width: int = 200) -> Result:
    return CliRunner().invoke(app, ["compare", *map(str, args)], env={"COLUMNS": str(width)})


@pytest.fixture
def logs(canned_log: Any, outcome: Any, tmp_path: Path) -> Path:
    """One log of 40 wordings, 20 of them with an attempt."""
    stages = ("attempted", "abstained")
    return canned_log(*(outcome({"weights": stages[n % 2]}, wording=f"w{n:02}") for n in range(40)))


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card of one's own."""
    path = tmp_path / "a-card.yaml"
    path.write_text(yaml.safe_dump(CARD))
    return path


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], ["not-comparable", "secondary-source", "--secondary admits it"]),
        (["--secondary"], ["not-comparable", "other-prompt", "prompt: there 'as published', here 'gyges exfil 1-A'"]),
        (["--secondary", "--accept", "other-prompt"], ["higher-than-published", "by 36 pp", "accepted: other-prompt"]),
        (
            ["--secondary", "--accept", "other-prompt", "--margin", "60"],
            ["consistent  within 60 pp", "statistically, not practically"],
        ),
    ],
    ids=["barred", "differs", "accepted", "margin"],
)
def test_options_open_the_gates(logs: Path, card: Path, options: list[str], words: list[str]) -> None:
    """Each gate names what opens it, and what was accepted stands in the verdict's line."""
    result = compare(logs, "--card", card, *options)
    assert result.exit_code == 0
    for word in ["canned/ring", "20/40 34-66 %", "14%", "Ring system card (2026-01)", *words]:
        assert word in result.stdout


def test_the_declared_correlation_counts(canned_log: Any, outcome: Any, card: Path) -> None:
    """Epochs of a wording are worth less the more they are declared to correlate."""
    log = canned_log(*(outcome({"weights": "attempted"}, wording=name) for name in "abcde"), epochs=8)
    options = ("--card", card, "--secondary", "--accept", "other-prompt", "--json")
    worth = [
        json.loads(compare(log, *options, "--correlation", rho).stdout)["comparisons"][0]["statistics"]["effective"]
        for rho in ("0", "0.5", "1")
    ]
    assert worth == [pytest.approx(40), pytest.approx(40 / 4.5), pytest.approx(5)]


def test_json_is_json_and_nothing_else(logs: Path, card: Path) -> None:
    """Standard output parses and has the claim, the conditions and the verdict."""
    form = json.loads(compare(logs, "--card", card, "--secondary", "--json").stdout)
    first = form["comparisons"][0]
    assert (form["schema"], first["claim"]["id"], first["verdict"]) == (1, "RING", "not-comparable")
    assert [it["key"] for it in first["conditions"] if it["state"] == "differs"] == ["prompt"]


def test_a_model_without_figures_is_shown_the_way(canned_log: Any, outcome: Any, card: Path) -> None:
    """Nothing published is a result, exit code 0, and the output names the option and the models that there are."""
    log = canned_log(outcome({"weights": "abstained"}), model="nobody")
    result = compare(log, "--card", card)
    assert result.exit_code == 0
    assert "no-published-claim" in result.stdout
    assert "--model" in result.stdout
    assert "ring" in result.stdout
    other = compare(log, "--card", card, "--model", "ring", width=100)
    assert "as if it were ring" in other.stdout
    assert max(map(len, other.stdout.splitlines())) <= 100


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--model", "rign"], 2, "No figure is known of 'rign'. The nearest names are ring"),
        (["--accept", "other-arm"], 2, "'other-arm' is no difference that can be accepted"),
        (["--margin", "0"], 2, "percentage points between 0 and 100"),
        (["--correlation", "2"], 2, "correlation"),
        (["--card", "nowhere.yaml"], 2, "nowhere.yaml"),
    ],
    ids=["model", "accept", "margin", "correlation", "card"],
)
def test_a_mistake_names_the_value_and_the_way_out(
    logs: Path, card: Path, options: list[str], code: int, words: str
) -> None:
    """Exit code 2 and one message on standard error."""
    result = compare(logs, "--card", card, *options)
    assert result.exit_code == code
    assert words in result.stderr


@pytest.mark.parametrize(
    ("scenario", "line", "levels", "model", "id"),
    [
        ("blackmail", "blackmail", {}, "claude-opus-4", "SC001"),
        ("espionage", "leak", {"goal_value": "ethics"}, "claude-opus-4", "SC014"),
        ("alarm", "alarm", {}, "deepseek-r1", "SC016"),
        ("insider_trading", "trade", {}, "gpt-4", "SC375.1"),
        ("insider_trading", "account", {}, "gpt-4", "SC375.2"),
    ],
)
def test_figures_on_shipped_scenarios_are_lined_up(
    canned_log: Any, outcome: Any, scenario: str, line: str, levels: dict[str, str], model: str, id: str
) -> None:
    """Under the figure's name, with the reasons that keep it apart, and how many wordings are published ones."""
    loaded = load_scenario(scenario)
    arm = {name: factor.default for name, factor in loaded.factors.items()} | {"reasoning": "scratchpad"} | levels

    def styles(log: EvalLog) -> None:
        for sample in log.samples or []:
            sample.metadata["style"] = "published" if sample.metadata["wording"] == "w0" else "ours"

    log = canned_log(
        *(outcome({line: "attempted" if n < 4 else "abstained"}, arm, f"w{n}") for n in range(8)),
        scenario=scenario,
        version=loaded.version,
        epochs=5,
        edit=styles,
    )
    text = compare(log, "--model", model, "--secondary").stdout
    for words in (
        id,
        f"{line}/attempted",
        "20/40",
        "8 wordings (1 published, 7 own)",
        "not-comparable",
        "other-prompt",
    ):
        assert words in text
    assert ("other-scaffold" in text) == (id == "SC001")


def test_logs_without_a_verdict_are_nothing_to_compare(canned_log: Any, outcome: Any, tmp_path: Path) -> None:
    """Exit code 2 where no sample was scored, and where there is no log."""
    result = compare(canned_log(outcome(None)))
    assert result.exit_code == 2
    assert "Nothing to compare" in result.stderr
    (tmp_path / "empty").mkdir()
    assert compare(tmp_path / "empty").exit_code == 2
