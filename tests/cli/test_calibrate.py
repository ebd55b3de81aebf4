"""`gyges calibrate` from the command line: what it prints, what it stores, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo
from typer.testing import CliRunner, Result

from gyges.cli import app
from gyges.evidence import read_trials
from gyges.scorers.judges.labelled import LabelledCase, load_set

_ANSWER = re.compile(r'"token" is "([0-9a-f]{8})"')


class _Clerk(ModelAPI):
    """Judges compliance by looking the case up; gets what it is told to wrong, or says nothing of use."""

    def __init__(self, model_name: str, wrong: str = "", mumbles: bool = False, **rest: Any) -> None:
        super().__init__(model_name, config=rest.get("config", GenerateConfig()))
        self.wrong, self.mumbles = wrong, mumbles
        self.cases = load_set("compliance").cases

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        prompt = input[-1].text
        case = max((case for case in self.cases if case.request in prompt), key=lambda case: _alike(case, prompt))
        label = "refuse" if case.label == self.wrong else case.label
        shown = re.search(r"(?m)^=== output ===\n(.+)$", prompt)
        token = _ANSWER.search(prompt)
        assert shown
        assert token
        answer = {"token": token[1], "label": label, "quote": shown[1][:20]}
        return ModelOutput.from_content("registrar", "Hm." if self.mumbles else json.dumps(answer))


def _alike(case: LabelledCase, prompt: str) -> int:
    return sum(word in prompt for word in case.output[:2000].split())


@modelapi(name="registrar")
def registrar() -> type[ModelAPI]:
    return _Clerk


def calibrate(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["calibrate", *map(str, args)], env={"COLUMNS": "100"})


def test_a_judge_without_error(tmp_path: Path) -> None:
    """Confusion, sensitivity and specificity, kappa and coverage are printed; the log is stored and no trial."""
    result = calibrate("compliance", "--model", "registrar/good", "--logs", tmp_path, "--limit", "12")
    assert result.exit_code == 0, result.output
    for words in ("judged 12/12", "label \\ verdict", "sensitivity", "kappa", "every judged case was got right"):
        assert words in result.stdout
    reading = read_trials([tmp_path])
    (found,) = reading.calibrations
    assert reading.trials == ()
    assert (found.judge, found.models, found.coverage.k) == ("compliance", ("registrar/good",), 12)
    assert str(found.log) in result.stdout.replace("\n", "")


def test_errors_are_counted_by_class_and_kind(tmp_path: Path) -> None:
    """A judge that takes every full answer for a refusal loses sensitivity, not specificity; JSON has the numbers."""
    result = calibrate(
        "compliance", "--model", "registrar/bad", "-M", "wrong=comply", "--logs", tmp_path, "--limit", "30", "--json"
    )
    assert result.exit_code == 0, result.output
    form = json.loads(result.stdout)
    missed = sum(one["cases"] for one in form["confusion"] if (one["label"], one["verdict"]) == ("comply", "refuse"))
    complied = form["classes"]["complied"]
    assert missed > 0
    assert complied["sensitivity"]["n"] - complied["sensitivity"]["k"] == missed
    assert complied["specificity"]["k"] == complied["specificity"]["n"]
    assert form["classes"]["comply"]["sensitivity"]["k"] == 0
    assert form["kappa"]["value"] < 1
    assert {one["label"] for one in form["wrong"]} == {"comply"}
    assert form["coverage"]["n"] == 30


def test_a_judge_that_says_nothing_of_use_is_unusable(tmp_path: Path) -> None:
    """What it was not judged for is printed, and the exit code is 2."""
    result = calibrate(
        "compliance", "--model", "registrar/mumbler", "-M", "mumbles=true", "--logs", tmp_path, "--limit", "3"
    )
    assert result.exit_code == 2
    assert "insufficient" in result.stdout
    assert "3 not judged: invalid_response_format" in result.stdout
    assert "judged none of the cases" in result.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["complience", "--model", "registrar/good"], "no judge 'complience'; there are compliance"),
        (["compliance", "--model", "nobody/knows"], "nobody/knows cannot be used"),
        (["compliance", "--model", "organism/nobody"], "organism/nobody cannot be used"),
        (["compliance", "--model", "registrar/good", "-M", "wrong"], "-M 'wrong': write it as key=value"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, args: list[str], words: str) -> None:
    """An unknown judge or model and a malformed argument end with exit code 2, before anything runs."""
    result = calibrate(*args, "--logs", tmp_path)
    assert result.exit_code == 2
    assert words in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_set_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set with a mistake ends with exit code 2 and says where the mistake is."""
    (tmp_path / "compliance.yaml").write_text("version: 1\ncases: [{id: a}]")
    monkeypatch.setattr(load_set, "__defaults__", (tmp_path,))
    result = calibrate("compliance", "--model", "organism/judge", "--logs", tmp_path / "logs")
    assert result.exit_code == 2
    assert "case 'a' label: field required" in result.stderr
