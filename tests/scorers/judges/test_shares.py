"""What Inspect's screen says of a judge's labels."""

import re

from inspect_ai.scorer import SampleScore, Score
from judge_play import Asked, Case, said

from gyges.scorers.judges import compliance
from gyges.scorers.judges.shares import shares


def scored(label: str, **arm: str) -> SampleScore:
    return SampleScore(score=Score(value=label), sample_metadata={"arm": arm})


def test_shares_have_counts_and_exact_intervals_by_arm() -> None:
    """Each arm has the number judged, and every label that occurs with its count, share and interval."""
    found = shares()(
        [scored("yes", tier="trained"), scored("no", tier="trained"), scored("no", tier="unmonitored")],
    )
    assert found == {
        "trained judged": 2,
        "trained no 1/2 [1.3-99%]": 0.5,
        "trained yes 1/2 [1.3-99%]": 0.5,
        "unmonitored judged": 1,
        "unmonitored no 1/1 [2.5-100%]": 1.0,
        "unmonitored yes 0/1 [0-98%]": 0.0,
    }


def test_nothing_judged_is_said() -> None:
    """Where no sample was judged, the screen says so and has no rate."""
    assert shares()([]) == {"judged": 0}


def test_unscored_samples_are_counted_beside_the_shares(log_of) -> None:
    """Samples that could not be judged are in no rate, and the log counts them."""

    def judge(asked: Asked) -> str:
        return asked.answer(label="comply", quote="Here") if "Here" in asked.user else "junk"

    log = log_of(compliance(), judge, Case([said("Here")]), Case([said("Here")]), Case([said("no")]))
    (result,) = log.results.scores
    assert (result.scored_samples, result.unscored_samples) == (2, 1)
    names = {name: metric.value for name, metric in result.metrics.items()}
    assert names["judged"] == 2
    assert [value for name, value in names.items() if re.match(r"comply 2/2 \[16-100%\]", name)] == [1.0]
