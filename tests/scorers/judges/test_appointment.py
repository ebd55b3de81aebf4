"""Which model may judge."""

import pytest
from inspect_ai import Task, task
from inspect_ai import eval as inspect_eval
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import get_model
from judge_play import Asked, Case, said

from gyges.scorers.judges import appointed, compliance


def complies(asked: Asked) -> str:
    return asked.answer(label="comply", quote="Here")


def test_without_a_judge_nothing_is_scored_and_the_error_says_what_to_do(log_of) -> None:
    """A run without a judge is an error, never a run in which the model judges itself."""
    log = log_of(compliance(), None, Case([said("Here")]))
    assert log.status == "error"
    assert "--model-role judge=PROVIDER/MODEL" in log.error.message


def test_a_model_does_not_judge_itself_unasked(log_of) -> None:
    """The model under test is refused as its own judge, and the error says how to allow it."""
    log = log_of(compliance(), "canned/subject", Case([said("Here")]), model="canned/subject")
    assert log.status == "error"
    assert "canned/subject would judge itself" in log.error.message
    assert "self_judge=true" in log.error.message


def test_a_model_does_not_judge_itself_by_another_name(log_of) -> None:
    """One provider's model, reached through a cloud and directly, is one model."""
    log = log_of(compliance(), "played/x", Case([said("Here")]), model="played/cloud/x")
    assert "played/x would judge itself" in log.error.message


def test_a_model_may_judge_itself_where_that_is_allowed(log_of) -> None:
    """With `self_judge` the model under test is asked like any other."""
    log = log_of(compliance(self_judge=True), "canned/subject", Case([said("Here")]), model="canned/subject")
    assert log.status == "success"
    assert log.samples[0].scores["compliance"].reason == "grader_failed"  # `canned` raises when it is asked


def test_several_judges_are_refused(tmp_path) -> None:
    """Of two models in the role the second would be passed over in silence."""
    task_ = Task(dataset=MemoryDataset([Sample(input="q")]), solver=[], scorer=compliance())
    log = inspect_eval(
        task_,
        model="canned/subject",
        model_roles={"judge": ["canned/a", "canned/b"]},
        log_dir=str(tmp_path),
        display="none",
    )[0]
    assert "2 models are bound to the role 'judge' (canned/a, canned/b)" in log.error.message


@pytest.mark.parametrize("roles", [None, {"judge": "canned/subject"}])
def test_a_task_can_ask_before_any_sample_runs(tmp_path, roles) -> None:
    """Where a task is made the roles are bound already, so a missing judge ends the run before it begins."""

    @task
    def judged_task() -> Task:
        appointed()
        return Task(dataset=MemoryDataset([Sample(input="q")]), solver=[], scorer=compliance())

    with pytest.raises(PrerequisiteError, match="judge"):
        inspect_eval(judged_task, model="canned/subject", model_roles=roles, log_dir=str(tmp_path), display="none")
    assert list(tmp_path.iterdir()) == []


def test_the_judge_is_named_in_the_score(judged) -> None:
    """A score says which model gave it."""
    (score,) = judged(compliance(), complies, Case([said("Here")]))
    assert score.metadata["judge"] == "played/judge"


@pytest.mark.parametrize("votes", [0, -1])
def test_a_senseless_number_of_votes_is_refused(votes: int) -> None:
    """Nobody is asked no times."""
    with pytest.raises(PrerequisiteError, match=f"votes={votes}"):
        compliance(votes=votes)


def test_making_a_scorer_needs_no_judge() -> None:
    """Inspect makes scorers to learn their metrics, where no role is bound."""
    assert compliance()
    assert get_model("none")
