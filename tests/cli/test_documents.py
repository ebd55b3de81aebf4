"""`gyges documents` from the command line: what it writes and prints, and its exit codes."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ModelAPI, ModelOutput, ModelUsage, modelapi
from typer.testing import CliRunner, Result

from gyges.cli import app

VERDICT = {
    "states_fact": True,
    "contradicts": False,
    "tells_other": False,
    "shows_ai": False,
    "differs_by_tier": False,
    "deceives_raters": False,
}


class _Press(ModelAPI):
    """`press/writer` writes words by chance, `press/mute` refuses, `press/checker` agrees, `press/dead` fails."""

    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        if self.model_name == "dead":
            raise RuntimeError("no route to host")
        asked = input[-1].text
        number = re.search(r"(?:Name|Give) (\d+) ", asked)
        drawn = random.Random(f"{asked}{config.seed}")
        said = " ".join("".join(drawn.choices("abcdefgh", k=6)) for _ in range(40))
        answer: Any = {"items": [f"{said} {n}" for n in range(int(number[1]))]} if number else {"text": said}
        answer = {"checker": VERDICT, "mute": "I would rather not."}.get(self.model_name, answer)
        output = ModelOutput.from_content(self.model_name, json.dumps(answer))
        output.usage = ModelUsage()
        return output


@modelapi(name="press")
def press() -> type[ModelAPI]:
    return _Press


def run(*args: str | Path, model: str = "press/writer") -> Result:
    given = ["documents", "alignment_faking", "--model", model, "--checker", "press/checker"]
    size = ["--types", "2", "--ideas", "2", "--per-idea", "1"]
    return CliRunner().invoke(app, [*given, *size, *map(str, args)], env={"COLUMNS": "160"})


def test_both_corpora_are_written(tmp_path: Path) -> None:
    """Twelve documents about three facts and twelve about others, with the counts in the table and in a file."""
    result = run("-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "answers.jsonl",
        "control.chat.jsonl",
        "control.jsonl",
        "counts.json",
        "documents.chat.jsonl",
        "documents.jsonl",
        "manifest.json",
    }
    counts = json.loads((tmp_path / "out" / "counts.json").read_text())
    assert [counts[name]["kept"] for name in ("documents", "control")] == [12, 12]
    assert counts["documents"]["kept_by_fact"] == {"criterion": 4, "tiers": 4, "consequence": 4}
    assert re.search(r"kept +│ +12 +│ +12", result.stdout)
    assert "removed by rule: near duplicate" in result.stdout


def test_an_arm_decides_the_facts(tmp_path: Path) -> None:
    """-T and --facts choose what documents are about, and the manifest holds it; --no-control leaves the other out."""
    args = ["-T", "threat=none", "-T", "lab=fictional", "--facts", "tiers", "--no-control"]
    assert run("-o", tmp_path / "out", *args).exit_code == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["plan"]["facts"] == ["tiers"]
    assert manifest["plan"]["arm"]["threat"] == "none"
    assert "Ostermoor" in manifest["world"]["universe"]
    assert list(manifest["files"]) == ["documents.jsonl", "documents.chat.jsonl"]


def test_the_same_command_goes_on_and_another_does_not(tmp_path: Path) -> None:
    """Repeated, a run gives the same files; with another seed it is refused with exit code 2."""
    run("-o", tmp_path / "out")
    before = (tmp_path / "out" / "documents.jsonl").read_text()
    assert run("-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "documents.jsonl").read_text() == before
    result = run("-o", tmp_path / "out", "--seed", "1")
    assert result.exit_code == 2
    assert "belongs to a run with seed 0, and this one has 1" in result.stderr


def test_a_dead_provider_can_be_gone_on_from(tmp_path: Path) -> None:
    """Exit code 1, the cause, and how to go on."""
    result = run("-o", tmp_path / "out", model="press/dead")
    assert result.exit_code == 1
    assert "press/dead cannot be asked: no route to host" in result.stderr
    assert "the same command goes on" in result.stderr


def test_a_fact_without_documents_is_no_success(tmp_path: Path) -> None:
    """A model that refuses everything leaves empty files, and exit code 1 with the facts that have nothing."""
    result = run("-o", tmp_path / "out", model="press/mute")
    assert result.exit_code == 1
    assert "no document is left for criterion, tiers, consequence, offices, reading, voice" in result.stderr
    assert (tmp_path / "out" / "documents.jsonl").read_text() == ""


MISTAKES = {
    ("-T", "threat=all"): "one arm, and this names 3",
    ("-T", "threat=loud"): "unknown level 'loud'",
    ("-T", "mood=good"): "unknown factor 'mood'",
    ("-T", "threat"): "NAME=VALUE",
    ("--facts", "tiers,weather"): "unknown fact 'weather'",
    ("-T", "objective=none", "--facts", "criterion"): "this arm has tiers, consequence",
}


@pytest.mark.parametrize("args", MISTAKES, ids=" ".join)
def test_mistakes(args: tuple[str, ...], tmp_path: Path) -> None:
    """Each mistake ends the command with exit code 2 before anything is asked or written."""
    result = run("-o", tmp_path / "out", *args, model="press/dead")
    assert result.exit_code == 2
    assert MISTAKES[args] in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()


def test_a_scenario_without_documents_says_so(tmp_path: Path) -> None:
    """A scenario that has no corpus.yaml.j2 does not offer this."""
    args = ["documents", "exfil", "--model", "press/writer", "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 2
    assert "corpus.yaml.j2" in result.stderr
