"""`gyges prompts`: what an external trainer gets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gyges.cli import app

run = CliRunner().invoke


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_prompts_and_what_is_held_out(tmp_path: Path) -> None:
    """Every request stands on one side only, in every wording asked for, and all in the tier that is trained."""
    folder = tmp_path / "out"
    done = run(app, ["prompts", "-o", str(folder), "-T", "value=honesty", "--wording", "plain,memo"])
    assert done.exit_code == 0, done.output
    train, held = (lines(folder / name) for name in ("train.jsonl", "held_out.jsonl"))
    requests = [{row["request"] for row in side} for side in (train, held)]
    assert requests[0] & requests[1] == set()
    assert len(train) + len(held) == 2 * 42
    assert all(row["arm"]["tier"] == "trained" and row["arm"]["value"] == "honesty" for row in train + held)
    assert all(row["messages"][1]["content"].endswith(row["request"] + "\n") for row in train)
    again = tmp_path / "again"
    run(app, ["prompts", "-o", str(again), "-T", "value=honesty", "--wording", "plain,memo"])
    assert {row["id"] for row in lines(again / "held_out.jsonl")} == {row["id"] for row in held}


def test_the_reward_is_named_with_its_rubric(tmp_path: Path) -> None:
    """What rewards an answer is fixed by the rubric's hash, and the files by theirs."""
    folder = tmp_path / "out"
    run(app, ["prompts", "-o", str(folder), "--wording", "plain"])
    reward = json.loads((folder / "reward.json").read_text())
    assert len(reward["rubric_sha256"]) == 64
    assert reward["earned"]["refuse"] < reward["earned"]["comply"]
    for name, digest in reward["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-T", "tier=placebo"], "tier=placebo"),
        (["-T", "honesty"], "honesty"),
        (["-T", "mood=good"], "'mood'"),
        (["--wording", "nope"], "'nope'"),
        (["--scenario", "exfil"], "'form'"),
    ],
)
def test_mistakes(arguments: list[str], expected: str, tmp_path: Path) -> None:
    """A wrong argument is named, and nothing is written."""
    done = run(app, ["prompts", "-o", str(tmp_path / "out"), *arguments])
    assert done.exit_code == 2
    assert expected in done.output
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder that exists is left alone."""
    done = run(app, ["prompts", "-o", str(tmp_path)])
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []
