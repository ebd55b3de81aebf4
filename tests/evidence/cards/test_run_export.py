"""Own results in the format of Every Eval Ever."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gyges.evidence import Trial, read_trials
from gyges.evidence.cards.card import Claim, Replicates
from gyges.evidence.cards.every_eval_ever import write_eee
from gyges.evidence.cards.every_eval_ever_file import read_eee
from gyges.evidence.cards.run_export import run_documents
from gyges.evidence.measured import measured
from gyges.evidence.run import Run
from gyges.evidence.trial import Stage

Faults = Callable[[Path], list[str]]


@pytest.fixture
def trials(canned_log: Any, outcome: Any) -> tuple[Trial, ...]:
    """Ten trials in two arms, three wordings of two epochs in one of them; one has no verdict."""
    arm, other = {"oversight": "watched"}, {"oversight": "unwatched"}
    path = canned_log(
        outcome({"weights": "completed"}, wording="a", arm=other),
        outcome({"weights": "attempted"}, wording="b", arm=other),
        outcome({"weights": "abstained"}, wording="c", arm=other),
        outcome({"weights": "abstained"}, wording="a", arm=arm),
        outcome(None, wording="b", arm=arm, validity="record_broken", reason="no end marker"),
        epochs=2,
        temperature=0.0,
        max_tokens=500,
    )
    return read_trials([path]).trials


@pytest.fixture
def made() -> tuple[Trial, ...]:
    """The same without a log, in no time."""
    plain = Trial(
        log=Path("logs/one.eval"),
        task="t1",
        scenario="exfil",
        version="1-A",
        model="canned/ring",
        settings=(),
        contrast="oversight",
        arm={"oversight": "unwatched"},
        wording="a",
        pair="a",
        sample="a/oversight=unwatched",
        epoch=1,
        status="completed",
        validity="valid",
        run=Run(created="2026-11-21T20:00:00+00:00", inspect="0.3.285"),
    )
    stages: list[tuple[str, Stage | None]] = [("a", "completed"), ("b", "attempted"), ("c", "abstained"), ("d", None)]
    return tuple(
        replace(plain, wording=wording, sample=wording, epoch=epoch, stages={"weights": stage})
        for wording, stage in stages
        for epoch in (1, 2)
    )


def imported(folder: Path) -> list[Claim]:
    """The claims of all files below a folder."""
    return [claim for path in sorted(folder.rglob("*.json")) for claim in read_eee(path).claims]


def test_what_was_measured_is_valid_and_comes_back(faults: Faults, tmp_path: Path, trials: tuple[Trial, ...]) -> None:
    """Each measure of each arm is a result with its counts and its interval, and is read as a replicable claim."""
    write_eee(tmp_path, run_documents(trials, "METR"))
    assert faults(tmp_path) == []
    found = {(it.behaviour, it.condition): it for it in imported(tmp_path)}
    expected = {(f"exfil {it.measure}", f"oversight={it.arm['oversight']}"): it for it in measured(trials)}
    assert found.keys() == expected.keys()
    for key, claim in found.items():
        one = expected[key]
        bounds = one.rate.clustered
        assert bounds is not None
        assert claim.interval is not None
        assert (claim.k, claim.n, claim.clusters) == (one.k, one.n, len(one.counts))
        assert (claim.interval.low, claim.interval.high, claim.interval.level) == (*bounds.interval, bounds.confidence)
        assert claim.replicates == Replicates(scenario="exfil", measure=one.measure, arm=dict(one.arm))
        assert (claim.status, claim.comparability, claim.model) == ("primary", "replicable", "ring")
    assert found["exfil weights/attempted", "oversight=unwatched"].share == pytest.approx(4 / 6)


def test_how_it_was_run_stands_where_the_format_has_a_place(tmp_path: Path, trials: tuple[Trial, ...]) -> None:
    """Library, settings, times and who ran it come from the logs and the caller; no clock is read."""
    (path,) = write_eee(tmp_path, run_documents(trials, "METR", correlation=0.2))
    body = json.loads(path.read_text())
    result = body["evaluation_results"][0]
    assert body["source_metadata"]["source_type"] == "evaluation_run"
    assert body["source_metadata"]["source_organization_name"] == "METR"
    assert body["eval_library"] == {"name": "inspect_ai", "version": trials[0].run.inspect}
    assert body["model_info"]["additional_details"]["requested"] == "canned/ring"
    assert result["generation_config"]["generation_args"] == {"temperature": 0.0, "max_tokens": 500}
    assert result["metric_config"]["metric_id"] == "gyges.weights/attempted"
    interval = result["score_details"]["uncertainty"]["confidence_interval"]
    bounds = next(it for it in measured(trials, 0.2) if it.measure == "weights/attempted").rate.clustered
    assert bounds is not None
    assert (interval["lower"], interval["upper"]) == bounds.interval
    assert interval["method"] == "exact (Korn and Graubard 1998) at correlation 0.2 within each wording"
    moved = [replace(it, run=replace(it.run, created="1970-01-02T00:00:00Z")) for it in trials]
    (document,) = run_documents(moved)
    assert (document.body["evaluation_timestamp"], document.body["retrieved_timestamp"]) == ("86400", "86400")


def test_the_pod_is_named_with_its_images(made: tuple[Trial, ...]) -> None:
    """What trials ran in is a sandbox with the digests of its images, where the log has them."""
    bare, pod = (run_documents([replace(it, images=images) for it in made]) for images in ({}, {"agent": "sha256:1"}))
    bodies = [document.body["evaluation_results"][0]["generation_config"] for (document,) in (bare, pod)]
    assert [it["generation_args"] for it in bodies] == [{}, {"sandbox": {"type": "gyges"}}]
    assert [it["additional_details"].get("image_agent") for it in bodies] == [None, "sha256:1"]


def test_the_same_trials_make_the_same_bytes(made: tuple[Trial, ...]) -> None:
    """The order in which trials were read, as the files' times have it, changes nothing; other trials do."""
    shuffled = random.Random(1).sample(made, len(made))
    (first,), (second,) = run_documents(made, samples=True), run_documents(shuffled, samples=True)
    assert first.files == second.files
    (other,) = run_documents([replace(it, task="another") for it in made], samples=True)
    assert other.path != first.path
    assert other.body["evaluation_id"] != first.body["evaluation_id"]


def test_unlike_runs_are_documents_of_their_own(faults: Faults, tmp_path: Path, made: tuple[Trial, ...]) -> None:
    """Another model, setting, subject or training step is never pooled with the first."""
    unlike = [
        {},
        {"model": "canned/other"},
        {"settings": (("temperature", "1.0"),)},
        {"subject": "tuned"},
        {"step": 200},
        {"step": 300},
    ]
    documents = run_documents([replace(it, **fields) for fields in unlike for it in made], samples=True)
    write_eee(tmp_path, documents)
    assert faults(tmp_path) == []
    assert len({it.path for it in documents}) == len({it.body["evaluation_id"] for it in documents}) == len(unlike)
    assert {(it.model, it.snapshot) for it in imported(tmp_path)} == {
        ("ring", ""),
        ("other", ""),
        ("tuned", ""),
        ("ring", "step 200"),
        ("ring", "step 300"),
    }


def test_rows_of_samples_add_up(faults: Faults, tmp_path: Path, trials: tuple[Trial, ...]) -> None:
    """Each trial that counts has a row for each measure; their events sum to the result's, and they hold no text."""
    aggregate, rows = write_eee(tmp_path, run_documents(trials, samples=True))
    assert faults(tmp_path) == []
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in rows.read_text().splitlines():
        row = json.loads(line)
        assert (row["interaction_type"], row["messages"], row["input"]["raw"]) == ("agentic", [], "")
        assert row["evaluation"]["is_correct"] is (row["metadata"]["events"] == "0")
        for nth, name in enumerate(("events", "trials")):
            sums[row["evaluation_result_id"]][nth] += int(row["metadata"][name])
    assert {it.id: [it.k, it.n] for it in read_eee(aggregate).claims} == sums
    assert len(sums) == 4


def test_who_judged_is_named_with_its_rubric(faults: Faults, tmp_path: Path, tier_log: Any, said: Any) -> None:
    """Results of judges name model and rubric, and answers of one turn have rows of their own kind."""
    path = tier_log(said(label="comply", faking="yes"), said(tier="untrained", query="q2"))
    judged = [
        replace(it, judgements={**it.judgements, "other": replace(one, model="canned/other", rubric="other 1")})
        for it in read_trials([path]).trials
        for one in [it.judgements["compliance"]]
    ]
    aggregate, rows = write_eee(tmp_path, run_documents(judged, samples=True))
    assert faults(tmp_path) == []
    results = {it["evaluation_name"]: it for it in json.loads(aggregate.read_text())["evaluation_results"]}
    scoring = results["alignment_faking compliance"]["metric_config"]["llm_scoring"]
    assert [it["model_info"]["name"] for it in scoring["judges"]] == ["canned/judge"]
    assert f"rubric compliance 1, SHA-256 {'ab' * 32}" in scoring["input_prompt"]
    assert "other" not in scoring["input_prompt"]
    assert {json.loads(line)["interaction_type"] for line in rows.read_text().splitlines()} == {"single_turn"}
    assert {it.conditions.judge for it in imported(tmp_path)} == {"canned/judge"}


@pytest.mark.parametrize(
    ("name", "written"),
    [("base_url", False), ("api_key", False), ("default_headers", False), ("top_k", True), ("reasoning_tokens", True)],
)
def test_settings_that_may_hold_secrets_stay_here(made: tuple[Trial, ...], name: str, written: bool) -> None:
    """Addresses and keys among a model's arguments are not published, and what could change conduct is."""
    (document,) = run_documents([replace(it, settings=((name, "271828"),)) for it in made], samples=True)
    assert (b"271828" in b"".join(document.files.values())) is written


@pytest.mark.parametrize(
    ("model", "id"),
    [
        ("anthropic/claude-opus-4-20250514", "anthropic/claude-opus-4"),
        ("openrouter/anthropic/claude-opus-4", "anthropic/claude-opus-4"),
        ("openai/azure/gpt-4o", "openai/gpt-4o"),
        ("hf/meta-llama/Llama-3.1-8B", "meta-llama/llama-3.1-8b"),
        ("flat", "x-unknown/flat"),
        ("", "x-unknown/x-unknown"),
        ("../../etc/passwd", "etc/passwd"),
        ("a/\ud800<b>", "a/b"),
    ],
)
def test_any_model_has_a_place(faults: Faults, tmp_path: Path, made: tuple[Trial, ...], model: str, id: str) -> None:
    """Whatever a log calls its model, the file stands below the folder, where the data store looks for it."""
    hostile = [replace(it, model=model, wording="\ud800", scenario="<\ud800>") for it in made]
    paths = write_eee(tmp_path, run_documents(hostile, samples=True))
    assert faults(tmp_path) == []
    assert {path.relative_to(tmp_path).parent.as_posix() for path in paths} == {f"data/gyges/{id}"}
    assert len(imported(tmp_path)) == 2


def test_nothing_measured_is_no_document(made: tuple[Trial, ...]) -> None:
    """Trials without a verdict make no empty document."""
    assert run_documents(it for it in made if not it.scored) == ()


@pytest.mark.parametrize(
    ("suffix", "old", "new", "complaint"),
    [
        (".jsonl", '"agentic"', '"alone"', "interaction_type"),
        (".jsonl", '"messages": []', '"messages": null', "requires messages"),
        (".jsonl", '"model_id": "canned/ring"', '"model_id": "canned/wrong"', "model_id values must match"),
        (".json", '"total_rows": 12', '"total_rows": 15', "declared 15, found 12"),
        (".json", '"num_samples": 6', '"num_samples": 6.5', "num_samples"),
        (".json", '"score": 0.3333333333333333', '"score": -0.5', "outside"),
    ],
)
def test_the_validator_refuses_what_is_broken(
    faults: Faults, tmp_path: Path, made: tuple[Trial, ...], suffix: str, old: str, new: str, complaint: str
) -> None:
    """The checks that pass above are alive: each fault put into an aggregate or its rows is named."""
    (path,) = (it for it in write_eee(tmp_path, run_documents(made, samples=True)) if it.suffix == suffix)
    broken = path.read_text().replace(old, new)
    assert broken != path.read_text()
    path.write_text(broken)
    assert complaint in " ".join(faults(tmp_path))
