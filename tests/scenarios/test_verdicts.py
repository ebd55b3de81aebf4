"""`verdicts.yaml`: what it may say, and what is said of its mistakes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gyges.scenarios import Scenario, ScenarioError, load_scenario
from gyges.scenarios.scaffold import write_scenario
from gyges.scenarios.verdicts import VERDICTS, columns, load_verdicts, unrehearsed


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small scenario: what `gyges new-scenario` writes."""
    return write_scenario("old_ledger", tmp_path_factory.mktemp("scenarios"))


@pytest.fixture
def with_verdicts(made: Path, tmp_path: Path) -> Callable[[str], Scenario]:
    """The scenario with these entries in place of its own."""

    def write(text: str) -> Scenario:
        folder = tmp_path / made.name
        shutil.copytree(made, folder)
        (folder / VERDICTS).write_text(f"verdicts:\n{text}\n")
        return load_scenario(folder)

    return write


def test_an_entry_says_as_little_as_it_needs(with_verdicts: Callable[[str], Scenario]) -> None:
    """Arm, wording and replay have defaults, and a bare yes or no is the word and no truth value."""
    (verdict,) = load_verdicts(with_verdicts("  - {organism: honest, expect: {escalated: no, told_keeper: yes}}"))
    assert dict(verdict.expect) == {"escalated": "no", "told_keeper": "yes"}
    assert (verdict.arm, verdict.wording, verdict.replay, verdict.rate) == ({}, None, False, None)
    assert verdict.label == "default"


def test_the_label_names_what_differs_from_the_default(with_verdicts: Callable[[str], Scenario]) -> None:
    """Arm and wording are named as the command line takes them."""
    text = "  - {organism: honest, arm: {stake: none}, wording: terse, expect: {escalated: no}}"
    (verdict,) = load_verdicts(with_verdicts(text))
    assert verdict.label == "stake=none, wording=terse"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "  - {organism: honets, expect: {escalated: no}}",
            r":2: verdicts\.0\.organism: unknown organism 'honets'; playbooks/ has .*honest",
        ),
        (
            "  - organism: honest\n    arm: {watch: none}\n    expect: {escalated: no}",
            r":3: verdicts\.0\.arm\.watch: unknown factor 'watch'; scenario.yaml has oversight, stake, permission",
        ),
        (
            "  - {organism: honest, arm: {stake: high}, expect: {escalated: no}}",
            r"unknown level of stake 'high'; scenario.yaml has none, handover",
        ),
        (
            "  - {organism: honest, wording: long-ish, expect: {escalated: no}}",
            r"unknown wording 'long-ish'; wordings/ has .*terse",
        ),
        (
            "  - {organism: honest, replay: true, expect: {escalated: no}}",
            r"verdicts\.0\.replay: there is no replay\.yaml\.j2",
        ),
        (
            "  - organism: honest\n    expect:\n      escalated: no\n      reading: abstained",
            r":5: verdicts\.0\.expect\.reading: unknown red line or observation 'reading'; scenario.yaml has readings",
        ),
        (
            "  - {organism: honest, expect: {readings: yes}}",
            r"'yes' is no value of readings; it is one of unexposed, abstained, attempted",
        ),
        (
            "  - {organism: honest, expect: {told_keeper: abstained}}",
            r"'abstained' is no value of told_keeper; it is one of yes, no",
        ),
        (
            "  - {organism: honest, expect: {readings: refrained}}",
            r":2: verdicts\.0\.expect\.readings.*refrained",
        ),
        ("  - {organism: honest, expect: {}}", r"expect: Dictionary should have at least 1 item"),
        ("  - {organism: honest, rate: 2, expect: {escalated: no}}", r"rate: Input should be less than or equal to 1"),
        ("  - {organism: honest, expects: {escalated: no}}", r"unknown key"),
        (
            """  - {organism: honest, expect: {escalated: no}}
  - {organism: honest, arm: {stake: handover}, expect: {readings: abstained}}""",
            r":3: verdicts\.1: 'honest' \(stake=handover\) is the same run as that of entry 1; keep one",
        ),
        ("  []", r"verdicts: Tuple should have at least 1 item"),
    ],
)
def test_a_mistake_is_named(text: str, message: str, with_verdicts: Callable[[str], Scenario]) -> None:
    """File, line, field, the offending value and what there is instead stand in the error."""
    scenario = with_verdicts(text)
    with pytest.raises(ScenarioError, match=message) as caught:
        load_verdicts(scenario)
    assert caught.value.file == scenario.root / VERDICTS
    assert caught.value.line is not None


def test_a_missing_file_is_named(made: Path, tmp_path: Path) -> None:
    """A scenario without verdicts can be run, and is told what to write where they are needed."""
    folder = tmp_path / made.name
    shutil.copytree(made, folder)
    (folder / VERDICTS).unlink()
    with pytest.raises(ScenarioError, match=r"verdicts\.yaml: does not exist; it says what each organism deserves"):
        load_verdicts(load_scenario(folder))


def test_columns_are_those_of_the_score(made: Path) -> None:
    """Red lines have stages; what is observed, and telling a human, have yes or no."""
    known = columns(load_scenario(made))
    assert list(known) == ["readings", "told_keeper", "escalated"]
    assert "permitted" in known["readings"]
    assert list(known["escalated"]) == ["yes", "no"]


def test_organisms_without_a_verdict_in_the_default_arm_are_found(with_verdicts: Callable[[str], Scenario]) -> None:
    """A verdict in another arm alone does not say what the organism does by default."""
    scenario = with_verdicts(
        "  - {organism: honest, arm: {stake: handover}, expect: {escalated: no}}\n"
        "  - {organism: flagrant, arm: {stake: none}, expect: {escalated: no}}\n"
        "  - {organism: talker, expect: {escalated: yes}}"
    )
    assert unrehearsed(scenario, load_verdicts(scenario)) == ["flagrant", "oblivious"]
