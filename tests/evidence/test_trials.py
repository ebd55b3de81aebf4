"""Logs of every kind, good and broken, read into trials."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
from inspect_ai.log import (
    EvalLog,
    ProvenanceData,
    invalidate_samples,
    read_eval_log,
    read_eval_log_sample_summaries,
    write_eval_log,
)
from inspect_ai.model import ChatMessageUser
from inspect_ai.scorer import Score

from gyges.evidence import NoLogsError, read_log, read_trials
from gyges.evidence.summary import Summary
from gyges.evidence.trials import _stored, detailed, whole_samples

UNWATCHED = {"oversight": "unwatched"}


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive `path` with its members changed."""
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_sample_becomes_a_trial(canned_log: Any, outcome: Any) -> None:
    """Every field of a trial comes from the log: arm, wording, stages, validity, head, model options."""
    path = canned_log(
        outcome(
            {"weights": "completed", "audit": "abstained"}, UNWATCHED, escalated="yes", validity="limit", head="ab"
        ),
        temperature=0.5,
        max_connections=3,
    )
    (trial,), problem = read_log(path)
    assert problem is None
    assert (trial.scenario, trial.version, trial.model) == ("exfil", "1-A", "canned/ring")
    assert (trial.arm, trial.wording, trial.epoch, trial.status) == (UNWATCHED, "memo", 1, "completed")
    assert trial.stages == {"weights": "completed", "audit": "abstained"}
    assert (trial.escalated, trial.validity, trial.head, trial.capture) == (True, "limit", "ab", 3)
    assert trial.settings == (("temperature", "0.5"),)


@pytest.mark.parametrize("format", ["eval", "json"])
def test_both_formats_read_alike(canned_log: Any, outcome: Any, format: str) -> None:
    """A log in Inspect's JSON format gives the same trials as one in its archive format."""
    path = canned_log(outcome({"weights": "attempted"}), outcome({"weights": "abstained"}, UNWATCHED), format=format)
    trials, problem = read_log(path)
    assert problem is None
    assert [trial.stages["weights"] for trial in trials] == ["attempted", "abstained"]


@pytest.mark.parametrize(
    ("case", "validity", "reason"),
    [
        ({"stages": None, "validity": "record_broken", "reason": "no end marker"}, "record_broken", "no end marker"),
        ({"stages": {"weights": "abstained"}, "error": "no room"}, "error", "no room"),
        ({"stages": {"weights": float("nan")}, "validity": "valid", "reason": "undecidable"}, "valid", "undecidable"),
        ({"stages": {"weights": "excellent"}, "validity": "valid", "reason": "off the menu"}, "valid", "off the menu"),
    ],
)
def test_what_has_no_verdict_is_not_scored(
    canned_log: Any, outcome: Any, case: dict[str, Any], validity: str, reason: str
) -> None:
    """A sample that broke, or whose stage is no known one, has no stage and says why; it is never `abstained`."""
    (trial,), _ = read_log(canned_log(outcome(**case)))
    assert not trial.scored
    assert trial.validity == validity
    assert reason in str(trial.reason)


def test_one_red_line_can_lack_a_stage(canned_log: Any, outcome: Any) -> None:
    """An undecidable red line is None and leaves the others as they are."""
    (trial,), _ = read_log(canned_log(outcome({"weights": "attempted", "audit": float("nan")})))
    assert trial.stages == {"weights": "attempted", "audit": None}


def test_planned_samples_that_never_ran_are_trials_too(canned_log: Any, outcome: Any) -> None:
    """Ids and epochs of the header without a record come out as not run, with the arm and wording that the id names."""

    def drop(log: EvalLog) -> None:
        assert log.samples
        log.samples = log.samples[:1]
        log.status = "cancelled"

    path = canned_log(
        outcome({"weights": "abstained"}), outcome({"weights": "abstained"}, UNWATCHED), epochs=2, edit=drop
    )
    trials, problem = read_log(path)
    assert problem is not None
    assert "cancelled" in problem.reason
    assert [trial.status for trial in trials] == ["completed", "not_run", "not_run", "not_run"]
    assert [trial.arm["oversight"] for trial in trials].count("unwatched") == 2
    assert {trial.wording for trial in trials} == {"memo"}


def test_a_half_written_log_is_named_and_counted(canned_log: Any, outcome: Any) -> None:
    """An archive that the run never closed gives the samples that were flushed, and says that it is half-written."""
    path = canned_log(outcome({"weights": "abstained"}), outcome({"weights": "abstained"}, UNWATCHED))

    def unclose(members: dict[str, bytes]) -> None:
        for name in [name for name in members if "/" not in name]:
            del members[name]

    trials, problem = read_log(rewritten(path, unclose))
    assert problem is not None
    assert "half-written" in problem.reason
    assert problem.counted == 2
    assert [trial.scored for trial in trials] == [True, True]


def newer(path: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        members["header.json"] = re.sub(rb'"version": *2', b'"version": 3', members["header.json"], count=1)

    rewritten(path, change)


def strange(path: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        members["header.json"] = re.sub(rb'"eval":', rb'"\\u001b[2Jlave":', members["header.json"], count=1)

    rewritten(path, change)


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-400]), "cut off or damaged"),
    "noise": (lambda path: path.write_bytes(bytes(range(256)) * 9), "cut off or damaged"),
    "another archive": (lambda path: rewritten(path, dict.clear), "no Inspect log"),
    "newer format": (newer, "has log format 3"),
    "no such fields": (strange, "cannot be read: ValidationError"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_log_is_named_with_the_reason(canned_log: Any, outcome: Any, kind: str) -> None:
    """Each way in which a log can be unreadable has its own words, and none of them raises."""
    damage, reason = BROKEN[kind]
    path = canned_log(outcome({"weights": "abstained"}))
    damage(path)
    trials, problem = read_log(path)
    assert trials == []
    assert problem is not None
    assert reason in problem.reason


@pytest.mark.parametrize("text", ['{"a": 1}', "[]", "not json", '{"version": 2, "status":', '{"version": 2}'])
def test_a_json_file_that_is_no_log_is_named(tmp_path: Path, text: str) -> None:
    """A JSON file of another kind, or one that stops in the middle, is unreadable with a reason."""
    (tmp_path / "run.json").write_text(text)
    reading = read_trials([tmp_path])
    assert reading.trials == ()
    assert len(reading.unreadable) == 1


def test_a_foreign_log_is_named(canned_log: Any, outcome: Any) -> None:
    """An Inspect log of a task that is no scenario gives no trial, and the line names the task."""
    trials, problem = read_log(canned_log(outcome({"weights": "abstained"}), scenario=None))
    assert trials == []
    assert problem is not None
    assert "log of exfil" in problem.reason


def test_one_broken_log_costs_that_log_alone(canned_log: Any, outcome: Any, tmp_path: Path) -> None:
    """Beside a damaged log, in folders at any depth, the good ones are read in full."""
    canned_log(outcome({"weights": "abstained"}), folder=tmp_path / "a" / "b")
    bad = canned_log(outcome({"weights": "abstained"}), folder=tmp_path / "a")
    bad.write_bytes(b"PK")
    reading = read_trials([tmp_path])
    assert len(reading.trials) == 1
    assert [item.path for item in reading.unreadable] == [bad]


def test_a_copy_is_counted_once(canned_log: Any, outcome: Any, tmp_path: Path) -> None:
    """The same log under two names, and a file that is also in a given folder, count once."""
    path = canned_log(outcome({"weights": "attempted"}))
    (path.parent / "copy.eval").write_bytes(path.read_bytes())
    reading = read_trials([path.parent, path])
    assert (len(reading.trials), reading.repeated, reading.disputed, reading.files) == (1, 1, 0, 2)


def test_of_two_verdicts_the_newest_file_counts_and_it_is_said(canned_log: Any, outcome: Any) -> None:
    """A rescored copy replaces the older verdict, and the disagreement is counted."""
    path = canned_log(outcome({"weights": "attempted"}))
    log = read_eval_log(path)
    assert log.samples
    assert log.samples[0].scores
    log.samples[0].scores["conduct"].value = {"weights": "completed", "escalated": "no"}
    write_eval_log(log, path.parent / "scored.eval")
    reading = read_trials([path.parent])
    assert reading.trials[0].stages == {"weights": "completed"}
    assert (reading.repeated, reading.disputed) == (1, 1)


def test_an_appended_score_replaces_the_first(canned_log: Any, outcome: Any) -> None:
    """After `inspect score --action append` the last verdict of the scorer counts, also past the tenth."""

    def append(log: EvalLog) -> None:
        assert log.samples
        assert log.samples[0].scores is not None
        for nth, stage in ((2, "abstained"), (10, "completed")):
            log.samples[0].scores[f"conduct{nth}"] = Score(value={"weights": stage, "escalated": "no"})
        log.samples[0].scores["other"] = Score(value=1)

    (trial,), _ = read_log(canned_log(outcome({"weights": "attempted"}), edit=append))
    assert trial.stages == {"weights": "completed"}


def test_an_invalidated_sample_has_no_verdict(canned_log: Any, outcome: Any) -> None:
    """What a reviewer marked as invalid is run but not valid, with the reviewer's reason."""
    path = canned_log(outcome({"weights": "completed"}), outcome({"weights": "abstained"}, UNWATCHED))
    log = read_eval_log(path)
    assert log.samples
    why = ProvenanceData(author="reviewer", reason="wrong image")
    watched = [str(sample.uuid) for sample in log.samples if sample.id == "memo/oversight=watched"]
    write_eval_log(invalidate_samples(log, watched, why), path)
    first, second = read_log(path)[0]
    assert (first.scored, first.validity, first.reason) == (False, "invalidated", "wrong image")
    assert second.scored


@pytest.mark.parametrize(("name", "words"), [("gone", "does not exist"), ("", "inspect eval")])
def test_no_log_at_all_is_an_error_that_helps(tmp_path: Path, name: str, words: str) -> None:
    """A path that is not there, and a folder without logs, are named with the way to make a log."""
    with pytest.raises(NoLogsError, match=words) as error:
        read_trials([tmp_path / name])
    assert str(tmp_path / name) in str(error.value)


def test_files_that_inspect_writes_beside_logs_are_no_logs(canned_log: Any, outcome: Any) -> None:
    """The manifest of a log folder is passed over without a word."""
    path = canned_log(outcome({"weights": "abstained"}))
    for name in ("logs.json", "listing.json", "eval-set.json"):
        (path.parent / name).write_text("{}")
    assert read_trials([path.parent]).unreadable == ()


def peak(act: Callable[[], object]) -> int:
    """The most memory, in bytes, that Python held while it ran the second time."""
    act()
    tracemalloc.start()
    act()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


@pytest.mark.parametrize("how", ["summaries", "details", "rows of actions"])
def test_memory_does_not_grow_with_the_transcripts(canned_log: Any, outcome: Any, how: str) -> None:
    """Transcripts fifty times as long take no more memory; whole samples, which do, show that it is measured."""

    def act(path: Path) -> object:
        trials, _ = read_log(path)
        match how:
            case "summaries":
                return None
            case "details":
                return deque(detailed(trials), maxlen=0)
        return deque(whole_samples(trials), maxlen=0)

    def of(records: int) -> int:
        arms = ({"oversight": "watched", "case": str(nth)} for nth in range(4))
        events = [("test", {"body": noise.randbytes(3000).hex()}) for _ in range(records)]
        path = canned_log(*(outcome({"weights": "abstained"}, arm, events=events) for arm in arms), model=str(records))
        return peak(lambda: act(path))

    noise = Random(1)  # text that a log cannot pack away
    short, long = of(10), of(500)
    if how == "rows of actions":
        assert long > 2 * short
    else:
        assert long < 1.2 * short + 100_000


def test_whole_samples_are_read_a_few_at_a_time(canned_log: Any, outcome: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of samples that fill the allowance each is read alone; small ones are read together."""
    arms = [{"oversight": "watched", "case": str(nth)} for nth in range(6)]
    events = [("test", {"body": f"{nth:06}" * 1000}) for nth in range(300)]
    found = read_log(canned_log(*(outcome({"weights": "abstained"}, arm, events=events) for arm in arms)))[0]
    together = peak(lambda: deque(whole_samples(found), maxlen=0))
    monkeypatch.setattr("gyges.evidence.trials._WHOLE_AT_ONCE", 1)
    alone = peak(lambda: deque(whole_samples(found), maxlen=0))
    assert alone < 0.5 * together


def test_a_trial_takes_little_memory(canned_log: Any, outcome: Any) -> None:
    """Each more trial takes a few kilobytes, whatever its prompt and its scorer's notes take."""
    noise = Random(1)

    def of(count: int) -> int:
        def many(log: EvalLog) -> None:
            assert log.samples
            (one,) = log.samples
            log.samples = [
                one.model_copy(
                    update={
                        "id": f"memo/case={nth}",
                        "input": [ChatMessageUser(content=noise.randbytes(10_000).hex()[:5000])] * 4,
                        "scores": {
                            **(one.scores or {}),
                            "other": Score(value=1, explanation=noise.randbytes(500).hex()),
                        },
                    }
                )
                for nth in range(count)
            ]
            log.eval.dataset.sample_ids = [sample.id for sample in log.samples]

        path = canned_log(outcome({"weights": "abstained"}), edit=many, model=str(count))
        return peak(lambda: read_log(path))

    assert (of(500) - of(250)) / 250 < 6000


def test_what_is_read_is_what_inspect_reads(canned_log: Any, tier_log: Any, outcome: Any, said: Any) -> None:
    """The summaries that are read one at a time have the values of Inspect's own."""
    paths = [
        canned_log(
            outcome({"weights": float("nan"), "audit": "abstained"}), outcome({"weights": "completed"}, UNWATCHED)
        ),
        canned_log(outcome({"weights": "abstained"}, error="broke"), model="other", epochs=2),
        tier_log(said(label=None), said(tier="unmonitored", faking="yes"), epochs=2),
    ]
    for path in paths:
        theirs = [Summary.model_validate(one) for one in read_eval_log_sample_summaries(path)]
        assert [repr(one) for one in _stored(path)] == [repr(one) for one in theirs]


def test_progress_reaches_the_end(canned_log: Any, outcome: Any) -> None:
    """It is told in logs, never goes back, and ends with all of them, the unreadable ones too."""
    path = canned_log(outcome({"weights": "abstained"}), epochs=220)
    (path.parent / "bad.eval").write_bytes(b"PK")
    told: list[tuple[float, int]] = []
    read_trials([path.parent], lambda done, of: told.append((done, of)))
    done = [one for one, _ in told]
    assert done == sorted(done)
    assert told[-1] == (2, 2)
    assert any(0 < one % 1 < 1 for one in done)


def test_of_a_sample_recorded_twice_the_last_counts(canned_log: Any, outcome: Any) -> None:
    """As in Inspect's own reading, where a run was requeued."""
    path = canned_log(outcome({"weights": "abstained"}))

    def twice(members: dict[str, bytes]) -> None:
        (first,) = json.loads(members["summaries.json"])
        second = json.loads(json.dumps(first).replace("abstained", "completed"))
        members["summaries.json"] = json.dumps([first, second]).encode()

    (trial,), _ = read_log(rewritten(path, twice))
    assert trial.stages == {"weights": "completed"}


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'[{"id": ' + b"[" * 100_000])
def test_deep_json_costs_its_log_alone(canned_log: Any, outcome: Any, deep: bytes) -> None:
    """Summaries nested beyond what Python parses make the log unreadable, and nothing else."""

    def nest(members: dict[str, bytes]) -> None:
        members["summaries.json"] = deep

    trials, problem = read_log(rewritten(canned_log(outcome({"weights": "abstained"})), nest))
    assert trials == []
    assert problem is not None
    assert "cannot be read" in problem.reason


def test_an_invalidated_log_of_many_is_read_in_batches(canned_log: Any, outcome: Any) -> None:
    """More samples than one batch holds come out complete, each with its own verdict."""
    path = canned_log(outcome({"weights": "completed"}), outcome({"weights": "abstained"}, UNWATCHED), epochs=40)
    log = read_eval_log(path)
    assert log.samples
    watched = [str(one.uuid) for one in log.samples if one.id == "memo/oversight=watched" and one.epoch > 20]
    write_eval_log(invalidate_samples(log, watched, ProvenanceData(author="reviewer", reason="wrong")), path)
    trials = read_log(path)[0]
    assert len(trials) == 80
    assert {(trial.arm["oversight"], trial.epoch) for trial in trials if trial.validity == "invalidated"} == {
        ("watched", epoch) for epoch in range(21, 41)
    }
