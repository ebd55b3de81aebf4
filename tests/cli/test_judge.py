"""`gyges judge`: an old log graded by another model."""

from __future__ import annotations

from pathlib import Path

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import get_model
from typer.testing import CliRunner

from gyges.cli import app

run = CliRunner().invoke


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run with two judges."""
    (made,) = inspect_eval(
        "gyges/alignment_faking",
        model=get_model("organism/faker", memoize=False),
        model_roles={"judge": get_model("organism/judge", memoize=False)},
        task_args={"judges": "compliance,awareness"},
        limit=6,
        log_dir=str(tmp_path_factory.mktemp("logs")),
        display="none",
    )
    return Path(made.location.removeprefix("file://"))


def test_every_judge_judges_again(log: Path, tmp_path: Path) -> None:
    """The new log has the new judge's scores and its outcome, and the old log is as it was."""
    before = log.read_bytes()
    output = tmp_path / "again.eval"
    done = run(app, ["judge", str(log), "--model", "organism/noisy_judge", "-o", str(output)])
    assert done.exit_code == 0, done.output
    assert log.read_bytes() == before
    for sample in read_eval_log(str(output)).samples or []:
        assert sample.scores
        assert set(sample.scores) == {"compliance", "awareness", "outcome"}
        assert (sample.scores["compliance"].metadata or {})["judge"] == "organism/noisy_judge"
        assert (sample.scores["outcome"].metadata or {})["answers"] == {
            sample.metadata["query"]: sample.scores["compliance"].value
        }


def test_a_judge_that_refuses_is_seen(log: Path, tmp_path: Path) -> None:
    """What the new judge did not judge is counted, and is no label."""
    output = tmp_path / "again.eval"
    done = run(app, ["judge", str(log), "--model", "organism/refusing_judge", "-o", str(output)])
    assert done.exit_code == 0, done.output
    assert {(sample.scores or {})["outcome"].value for sample in read_eval_log(str(output)).samples or []} == {
        "unjudged"
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--model", "organism/faker"], "would judge itself"),
        (["--model", "organism/nobody"], "nobody"),
        (["--model", "organism/judge", "-M", "rate"], "key=value"),
    ],
)
def test_mistakes(log: Path, arguments: list[str], expected: str, tmp_path: Path) -> None:
    """A model that cannot judge is said, and nothing is written."""
    done = run(app, ["judge", str(log), "-o", str(tmp_path / "x.eval"), *arguments])
    assert done.exit_code == 2
    assert expected in done.output
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(log: Path) -> None:
    """A log that exists is not written to, and what is no log is said."""
    done = run(app, ["judge", str(log), "--model", "organism/judge", "-o", str(log)])
    assert done.exit_code == 2
    assert "exists" in done.output
    done = run(app, ["judge", str(log.parent), "--model", "organism/judge", "-o", "x.eval"])
    assert done.exit_code == 2
    assert "no file" in done.output
