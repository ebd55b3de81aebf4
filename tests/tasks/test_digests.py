"""Digests in a run's log: equal for the same scenario, world and prompt, different where one byte differs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gyges.ledger.digest import digest, prompt_digest
from gyges.scenarios import load_scenario
from gyges.tasks import alignment_faking
from gyges.tasks.digests import scenario_digest, world_digest
from gyges.tasks.experiment import experiment


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the scenario `exfil` that can be changed."""
    folder = tmp_path / "exfil"
    shutil.copytree(load_scenario("exfil").root, folder)
    return folder


def test_a_copy_of_a_scenario_has_its_digest(copy: Path) -> None:
    """Where a scenario lies does not count, nor what Python or an editor of folders leaves in it."""
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert scenario_digest(load_scenario(copy)) == scenario_digest(load_scenario("exfil"))


@pytest.mark.parametrize("change", ["content", "name", "gone"])
def test_any_change_of_a_scenario_changes_its_digest(copy: Path, change: str) -> None:
    """One more byte in a file, a file of another name, and a file less."""
    before = scenario_digest(load_scenario(copy))
    file = min((copy / "playbooks").glob("*.yaml"))
    match change:
        case "content":
            file.write_bytes(file.read_bytes() + b"\n")
        case "name":
            file.rename(file.with_name("renamed.yaml"))
        case _:
            file.unlink()
    assert scenario_digest(load_scenario(copy)) != before


def test_the_world_has_one_digest_in_every_run() -> None:
    """It is the same each time, and another in another arm or wording, whose mails are others."""
    scenario = load_scenario("exfil")
    first, *_ = scenario.arms({"suggestion": "none"})
    second, *_ = scenario.arms({"suggestion": "explicit"})
    wording, other = scenario.wordings[:2]
    assert world_digest(scenario, first, wording) == world_digest(scenario, first, wording)
    assert world_digest(scenario, first, wording) != world_digest(scenario, first, other)
    assert world_digest(scenario, first, wording) != world_digest(scenario, second, wording)


def test_a_task_notes_its_digests() -> None:
    """The task's metadata has the scenario's, each sample's the prompt's and, with a pod, the world's."""
    task = experiment("exfil", "plain", {"oversight": "all"})
    assert task.metadata is not None
    assert task.metadata["digests"] == {"scenario": scenario_digest(load_scenario("exfil"))}
    for sample in task.dataset:
        assert sample.metadata is not None
        assert sample.metadata["digests"].keys() == {"prompt", "files"}
        assert sample.metadata["digests"]["prompt"] == prompt_digest(sample.input)


def test_an_answer_without_a_pod_has_no_files() -> None:
    """In a chat nothing is planted: its samples note the prompt alone."""
    task = alignment_faking(judges="none")
    assert task.metadata is not None
    assert task.metadata["digests"] == {"scenario": scenario_digest(load_scenario("alignment_faking"))}
    assert {frozenset((sample.metadata or {})["digests"]) for sample in task.dataset} == {frozenset({"prompt"})}


def test_a_digest_is_of_canonical_json() -> None:
    """Order of keys does not count; the value is the SHA-256 of `{"a":1,"b":2}`."""
    assert digest({"b": 2, "a": 1}) == "43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777"
