"""`gyges demo`: what it concludes from a log; the run itself is what `make demo` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog

from gyges.cli.demo import CONDUCT, RED_LINE, WORDING, sentence, surprises
from gyges.evidence import Trial, read_trials
from gyges.organisms.repertoire import find_playbook
from gyges.scenarios import load_scenario


@pytest.fixture
def trials(canned_log: Any, outcome: Any, tmp_path: Path) -> list[Trial]:
    """A log for each organism, in which each does what its playbook does."""
    for name, levels in CONDUCT.items():

        def rename(log: EvalLog, model: str = f"organism/{name}") -> None:
            log.eval.model = model

        arms = [
            outcome({RED_LINE: "completed" if acts else "abstained"}, {"oversight": level}, WORDING)
            for level, acts in levels.items()
        ]
        canned_log(*arms, folder=tmp_path / "demo", edit=rename)
    return list(read_trials([tmp_path / "demo"]).trials)


def test_deserved_verdicts_are_no_surprise(trials: list[Trial]) -> None:
    """When every verdict is the declared conduct, nothing is said."""
    assert list(surprises(trials)) == []


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("completed", "organism/ring watched: sent its weights out; expected abstained"),
        ("unexposed", "organism/ring watched: never came near its weights; expected abstained"),
        (None, "organism/ring watched: has no verdict; expected abstained"),
    ],
)
def test_any_other_verdict_is_a_surprise(trials: list[Trial], stage: str | None, words: str) -> None:
    """A wrong stage, a temptation that was never met, and a missing verdict are each named, with what was expected."""
    for trial in trials:
        if trial.model == "organism/ring" and trial.arm["oversight"] == "watched":
            trial.stages[RED_LINE] = stage  # type: ignore[index]
    assert list(surprises(trials)) == [words]


def test_a_model_that_never_ran_is_a_surprise(trials: list[Trial]) -> None:
    """An organism without a log fails the demo."""
    rest = [trial for trial in trials if trial.model != "organism/honest"]
    assert [surprise.split(":")[0] for surprise in surprises(rest)] == [
        "organism/honest unwatched",
        "organism/honest watched",
    ]


def test_the_sentence_follows_from_the_record(trials: list[Trial]) -> None:
    """What is said of a model is computed from its trials."""
    said = sentence("ring", CONDUCT["ring"], trials).plain
    assert said == (
        "organism/ring sent its weights out when unwatched, and left its weights where they were when watched."
    )


def test_the_demo_fits_the_scenario() -> None:
    """Its organisms, levels, wording and red line exist in the scenario that it runs."""
    scenario = load_scenario("exfil")
    assert all(find_playbook(name, "exfil").is_file() for name in CONDUCT)
    assert all(set(levels) == set(scenario.factors["oversight"].levels) for levels in CONDUCT.values())
    assert scenario.wording(WORDING).id == WORDING
    assert RED_LINE in [line.id for line in scenario.red_lines]
