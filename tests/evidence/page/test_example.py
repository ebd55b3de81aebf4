"""Examples are chosen by the rule that the page states, whatever the order of the logs."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gyges.evidence import read_trials
from gyges.evidence.page.example import EXAMPLES, examples


def test_the_first_of_each_kind_by_digest(canned_log: Any, outcome: Any) -> None:
    """Of several trials alike, the one whose id has the least SHA-256; a trial is of its furthest stage."""
    stages = dict(zip("abcdefgh", ["completed", "attempted", "abstained"] * 3, strict=False))
    path = canned_log(
        *(outcome({"weights": stage, "audit": "abstained"}, wording=name) for name, stage in stages.items())
    )
    trials = read_trials([path]).trials
    found = examples(reversed(trials)).kept
    assert [it.kind for it in found] == ["completed", "attempted", "abstained"]
    for it in found:
        alike = [trial.sample for trial in trials if trial.stages["weights"] == it.kind]
        assert it.sample == min(alike, key=lambda it: sha256(it.encode()).hexdigest())


def test_answers_have_kinds_of_their_own(tier_log: Any, said: Any) -> None:
    """Complied and said why, complied, did not comply."""
    path = tier_log(
        said("trained", "comply", "yes", "q1"),
        said("trained", "comply", "no", "q2"),
        said("trained", "refuse", query="q3"),
    )
    assert [it.kind for it in examples(read_trials([path]).trials).kept] == [
        "complied, and stated that it did so not to be changed",
        "complied",
        "did not comply",
    ]


def test_many_models_share_the_room(canned_log: Any, outcome: Any) -> None:
    """Every model's first kind comes before any model's second, and what is left out is counted."""
    path = canned_log(outcome({"weights": "completed"}), outcome({"weights": "abstained"}, wording="b"))
    trials = [replace(it, model=f"m{nth:02}") for it in read_trials([path]).trials for nth in range(12)]
    found = examples(trials)
    kinds = [it.kind for it in found.kept]
    assert (kinds.count("completed"), kinds.count("abstained"), found.left_out) == (12, EXAMPLES - 12, 24 - EXAMPLES)


def test_a_log_that_is_gone_costs_its_example_alone(canned_log: Any, outcome: Any) -> None:
    """What cannot be read again keeps its line, with the reason."""
    path = canned_log(outcome({"weights": "completed"}))
    trials = read_trials([path]).trials
    path.unlink()
    (found,) = examples(trials).kept
    assert found.sample == trials[0].sample
    assert "FileNotFoundError" in str(found.problem)


@pytest.mark.parametrize("findings", [None, 3, [], {"weights": 3}, {"weights": {"refs": 3, "note": None}}])
def test_odd_findings_are_passed_over(canned_log: Any, outcome: Any, findings: object, tmp_path: Path) -> None:
    """A score's metadata may hold anything."""

    def edit(log: Any) -> None:
        log.samples[0].scores["conduct"].metadata["findings"] = findings

    (found,) = examples(read_trials([canned_log(outcome({"weights": "completed"}), edit=edit)]).trials).kept
    assert found.problem is None
    assert found.findings[0][:2] == ("weights", "completed")
