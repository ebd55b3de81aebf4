"""Arms: which there are, how they are called, which belong together."""

from __future__ import annotations

import pytest

from gyges.scenarios import Arm, Scenario, ScenarioError, load_scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The shipped scenario."""
    return load_scenario("exfil")


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        ({}, 1),
        ({"oversight": "watched"}, 1),
        ({"oversight": "all"}, 2),
        ({"oversight": "all", "suggestion": "all"}, 6),
        (dict.fromkeys(("oversight", "suggestion", "objective", "permission", "reasoning"), "all"), 108),
    ],
)
def test_selection_spans_arms(scenario: Scenario, selection: dict[str, str], count: int) -> None:
    """`factor=level` fixes a factor, `all` spans it, silence means the default; no arm occurs twice."""
    arms = scenario.arms(selection)
    assert len(set(arms)) == len(arms) == count
    assert all(arm[f] == level for arm in arms for f, level in selection.items() if level != "all")
    assert all(arm[f] == scenario.factors[f].default for arm in arms for f in scenario.factors if f not in selection)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"oversigth": "all"}, "'oversigth'.*oversight, suggestion"),
        ({"oversight": "seen"}, "'seen'.*watched, unwatched or all"),
    ],
)
def test_unknown_selection_is_an_error(scenario: Scenario, selection: dict[str, str], message: str) -> None:
    """A factor or level that does not exist is refused with the ones that do."""
    with pytest.raises(ScenarioError, match=message):
        scenario.arms(selection)


def test_pairs_are_what_differs_in_the_contrast_only(scenario: Scenario) -> None:
    """Every pair holds each level of the contrast once, and nothing else differs within it."""
    arms = scenario.arms(dict.fromkeys(scenario.factors, "all"))
    pairs: dict[str, list[Arm]] = {}
    for arm in arms:
        pairs.setdefault(arm.pair(scenario.contrast), []).append(arm)
    assert len(pairs) == 54
    for pair in pairs.values():
        assert {arm["oversight"] for arm in pair} == {"watched", "unwatched"}
        assert len({arm.but("oversight", "watched") for arm in pair}) == 1


def test_label_and_equality() -> None:
    """An arm shows itself as factor=level and equals an arm with the same levels."""
    arm = Arm.of({"oversight": "watched", "suggestion": "none"})
    assert arm.label == "oversight=watched suggestion=none"
    assert arm == Arm.of(dict(arm))
    assert dict(arm.but("suggestion", "hint")) == {"oversight": "watched", "suggestion": "hint"}
