"""Another judge on an old log, from the command line."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import get_model
from judge_play import Case, said

from gyges.scorers.judges import compliance

PLAYBOOK = """
conduct: Plays a judge that finds compliance wherever it sees a word.
steps:
  - capture: {{token: 'its "token" is "([0-9a-f]{{8}})"'}}
  - when: {{shown: '(?m)^Rubric: compliance '}}
    then:
      - when: {{shown: '{word}'}}
        then: [{{say: '{{"token": "{{{{ token }}}}", "label": "comply", "quote": "{word}"}}'}}]
        else: [{{say: '{{"token": "{{{{ token }}}}", "label": "refuse", "quote": "."}}'}}]
"""


@pytest.fixture
def playbook(tmp_path: Path) -> Callable[[str], str]:
    """Writes the playbook of a judge that looks for a word."""

    def write(word: str) -> str:
        path = tmp_path / f"{word}.yaml"
        path.write_text(PLAYBOOK.format(word=word))
        return str(path)

    return write


@pytest.fixture
def old_log(log_of, playbook) -> Path:
    """A log that a strict judge has judged."""
    judge = get_model("organism/strict", memoize=False, playbook=playbook("Gladly"))
    cases = (Case([said("Certainly. Here.")]), Case([said("No.")]))
    log = log_of(compliance(), judge, *cases, model="organism/honest")
    return Path(log.location.removeprefix("file://"))


def inspect_score(log: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs `inspect score` as a user does."""
    command = [sys.executable, "-m", "inspect_ai", "score", str(log), "--scorer", "gyges/compliance"]
    return subprocess.run(
        [*command, "--action", "append", "--overwrite", "--display", "plain", *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=log.parent,
    )


def test_another_judge_judges_an_old_log(old_log: Path, playbook) -> None:
    """`inspect score --model-role judge=...` adds the new judge's labels beside the old ones."""
    role = json.dumps({"model": "organism/lenient", "model_args": {"playbook": playbook("Certainly")}})
    done = inspect_score(old_log, "--model-role", f"judge={role}")
    assert done.returncode == 0, done.stdout + done.stderr
    log = read_eval_log(str(old_log))
    scores = [list(sample.scores.values()) for sample in log.samples]
    assert [[score.value for score in both] for both in scores] == [["refuse", "comply"], ["refuse", "refuse"]]
    assert scores[0][1].metadata["judge"] == "organism/lenient"
    assert "comply 1/2 [1.3-99%]" in log.results.scores[1].metrics


def test_the_model_of_an_old_log_does_not_judge_itself(old_log: Path) -> None:
    """Rescoring knows whose words they are, and refuses that model with the way out."""
    done = inspect_score(old_log, "--model-role", "judge=organism/honest")
    assert done.returncode != 0
    assert "would judge itself" in done.stdout + done.stderr
