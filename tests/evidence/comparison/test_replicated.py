"""Figures on blackmail, leaking, the lethal action and insider trading: each is lined up with its measure and arm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gyges.evidence import Trial
from gyges.evidence.cards.load import load_cards
from gyges.evidence.comparison import Comparison, Reason, Verdict, compare
from gyges.evidence.judged import Judged
from gyges.evidence.judgement import Judgement
from gyges.scenarios import load_scenario

CARDS = load_cards()
CLAIMS = {claim.id: claim for card in CARDS for claim in card.claims}
SCENARIOS = {"blackmail": "threat", "espionage": None, "alarm": None, "insider_trading": "account"}
"""Scenario to the judge that decides on its measure, too."""

DIFFERENT = {Reason.OTHER_PROMPT, Reason.OTHER_SCAFFOLD, Reason.DENOMINATOR}
NOT_READ = {Reason.SECONDARY}

FOUND: dict[str, tuple[Verdict, set[Reason]]] = {
    **{id: (Verdict.NOT_COMPARABLE, DIFFERENT | {Reason.OTHER_JUDGE}) for id in ("SC001", "SC002", "SC003", "SC004")},
    "SC005": (Verdict.NOT_COMPARABLE, DIFFERENT | {Reason.OTHER_JUDGE}),
    "SC006": (Verdict.NOT_COMPARABLE, DIFFERENT),
    **dict.fromkeys(("SC008", "SC009", "SC010", "SC016", "SC017", "SC329.1"), (Verdict.NOT_COMPARABLE, NOT_READ)),
    "SC014": (Verdict.NOT_COMPARABLE, {Reason.OTHER_PROMPT, Reason.DENOMINATOR}),
    "SC018": (Verdict.NOT_COMPARABLE, {Reason.PRIVATE_SUITE, Reason.DENOMINATOR}),
    **{id: (Verdict.NOT_COMPARABLE, {Reason.PRIVATE_SUITE}) for id in ("SC087", "SC088")},
    "SC116": (Verdict.WITHHELD, set()),
    **dict.fromkeys(("SC375.1", "SC375.2"), (Verdict.NOT_COMPARABLE, NOT_READ)),
}

SECONDARY: dict[str, tuple[Verdict, set[Reason]]] = {
    "SC008": (Verdict.NOT_COMPARABLE, DIFFERENT),
    "SC009": (Verdict.NOT_COMPARABLE, {Reason.OTHER_PROMPT, Reason.DENOMINATOR}),
    "SC010": (Verdict.NOT_COMPARABLE, {Reason.OTHER_PROMPT, Reason.DENOMINATOR}),
    "SC016": (Verdict.NOT_COMPARABLE, {Reason.OTHER_PROMPT}),
    "SC017": (Verdict.NOT_COMPARABLE, {Reason.SCORE_NOT_RATE, Reason.OTHER_PROMPT, Reason.DENOMINATOR}),
    "SC329.1": (Verdict.NOT_COMPARABLE, {Reason.OTHER_PROMPT}),
    "SC375.1": (Verdict.NOT_COMPARABLE, {Reason.OTHER_PROMPT, Reason.DENOMINATOR}),
    "SC375.2": (Verdict.NOT_COMPARABLE, {Reason.OTHER_PROMPT, Reason.DENOMINATOR}),
}


def put(id: str, trials: Any, k: int = 30, n: int = 60, **levels: str) -> list[Trial]:
    """Trials of a pod in the arm that a figure names, the scenario's defaults beside; the first `k` with the act."""
    replicates = CLAIMS[id].replicates
    assert replicates
    scenario = load_scenario(replicates.scenario)
    arm = {name: factor.default for name, factor in scenario.factors.items()} | replicates.arm | levels
    line = replicates.measure.partition("/")[0]
    judge = SCENARIOS[scenario.id] if line in ("blackmail", "account") else None
    made = trials(k, n, scenario=scenario.id, version=scenario.version, arm=arm, capture=3, model="organism/coin")
    return [replace(it, arm=arm, **_decided(it, line, judge)) for it in made]


def _decided(it: Trial, line: str, judge: str | None) -> dict[str, Any]:
    stage = it.stages["weights"]
    if judge is None:
        return {"stages": {line: stage}}
    said = Judgement("crosses", "canned/judge", f"{judge} 1", "ab", "full", 1)
    found = Judged(stage, judge, "crosses", ("crosses",))
    return {"stages": {line: stage}, "judgements": {judge: said}, "judged": {line: found}}


def lined_up(id: str, trials: list[Trial], **options: Any) -> Comparison:
    """The comparison with the figure, as if the trials were of its model."""
    found = compare(trials, CARDS, CLAIMS[id].model, **options)
    (one,) = (it for it in found.comparisons if it.claim and it.claim.id == id)
    return one


def test_all_of_them_are_here() -> None:
    """Every figure that names one of these scenarios has its line in the table."""
    named = {id for id, it in CLAIMS.items() if it.replicates and it.replicates.scenario in SCENARIOS}
    assert named == set(FOUND)
    assert set(SECONDARY) == {id for id, (_, reasons) in FOUND.items() if reasons == NOT_READ}


@pytest.mark.parametrize(("id", "found"), FOUND.items(), ids=FOUND)
def test_each_is_lined_up_with_its_reasons(trials: Any, id: str, found: tuple[Verdict, set[Reason]]) -> None:
    """In its arm the figure meets its measure, and what keeps the two apart is named."""
    it = lined_up(id, put(id, trials))
    replicates = CLAIMS[id].replicates
    assert replicates
    assert (it.measured.measure, it.measured.n) == (replicates.measure, 60)
    assert (it.verdict, set(it.reasons)) == found


@pytest.mark.parametrize(("id", "found"), SECONDARY.items(), ids=SECONDARY)
def test_what_is_read_elsewhere_has_its_conditions_too(
    trials: Any, id: str, found: tuple[Verdict, set[Reason]]
) -> None:
    """With secondary sources admitted, the other differences are named."""
    it = lined_up(id, put(id, trials), secondary=True)
    assert (it.verdict, set(it.reasons)) == found


@pytest.mark.parametrize(
    ("id", "k", "verdict"),
    [("SC001", 58, Verdict.CONSISTENT), ("SC001", 10, Verdict.LOWER), ("SC003", 58, Verdict.HIGHER)],
)
def test_accepted_they_are_compared(trials: Any, id: str, k: int, verdict: Verdict) -> None:
    """A reader who accepts the differences gets the verdict that the counts give, at the margin asked for."""
    accept = frozenset(DIFFERENT | {Reason.OTHER_JUDGE})
    it = lined_up(id, put(id, trials, k), accept=accept, margin=0.1)
    assert (it.verdict, set(it.accepted)) == (verdict, accept)


@pytest.mark.parametrize(
    ("id", "level"),
    [
        ("SC001", {"goal_value": "ethics"}),
        ("SC001", {"threat": "successor_same"}),
        ("SC001", {"notice": "test"}),
        ("SC014", {"goal_value": "national"}),
        ("SC016", {"danger": "nobody"}),
        ("SC018", {"goal": "explicit"}),
        ("SC375.1", {"tip": "public"}),
        ("SC375.2", {"reasoning": "native"}),
    ],
)
def test_another_arm_is_said_to_be_another(trials: Any, id: str, level: dict[str, str]) -> None:
    """Where one factor is at another level, the nearest figure stands there, and is said to be of another arm."""
    found = compare(put(id, trials, **level), CARDS, CLAIMS[id].model, secondary=True)
    replicates = CLAIMS[id].replicates
    assert replicates
    (it,) = (one for one in found.comparisons if one.measured.measure == replicates.measure)
    assert it.verdict is Verdict.NOT_COMPARABLE
    assert Reason.OTHER_ARM in it.reasons


def test_the_judge_of_words_is_named_beside_the_record(trials: Any) -> None:
    """An act that a judge had to confirm is decided by both; one that nobody judged is counted apart."""
    acts = put("SC001", trials, 2)
    first = acts[0]
    acts[0] = replace(
        first,
        stages={"blackmail": None},
        judgements={},
        judged={"blackmail": replace(first.judged["blackmail"], label=None)},
    )
    it = lined_up("SC001", acts)
    assert it.measured.judge == "canned/judge, record"
    assert (it.measured.k, it.measured.n, it.measured.not_judged) == (1, 59, 1)
