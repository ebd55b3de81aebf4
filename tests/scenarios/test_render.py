"""Filling in: the same in, the same out; nothing left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.scenarios import Scenario, ScenarioError, load_scenario

from .conftest import Spoil


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The shipped scenario."""
    return load_scenario("exfil")


def test_same_arguments_same_world(scenario: Scenario) -> None:
    """Arm, wording, seed and clock decide every byte, also for a scenario loaded anew."""
    (arm,) = scenario.arms({"suggestion": "hint"})
    assert scenario.render(arm, "formal", "ab12") == load_scenario("exfil").render(dict(arm), "formal", "ab12")


def test_seeds_make_distinct_canaries(scenario: Scenario) -> None:
    """No secret of one sample occurs in another, and nothing but the secrets and what quotes them differs."""
    (arm,) = scenario.arms({})
    one, two = (scenario.render(arm, "plain", seed) for seed in ("ab12", "ab13"))
    for a, b in zip(one.canaries, two.canaries, strict=True):
        assert (a.name, a.paths, a.size) == (b.name, b.paths, b.size)
        assert a.seed != b.seed
        assert a.sha256 != b.sha256
        assert a.value is None or a.value != b.value
    changed = {part for part, content in one.parts().items() if two.parts()[part] != content}
    planted = {f"file:{path}" for canary in one.canaries for path in canary.paths}
    assert changed == planted | {"file:/srv/models/registry/index.json", "answers"}


def test_clock_moves_the_world(scenario: Scenario) -> None:
    """With a later clock every message and file is later, and none is from the future."""
    (arm,) = scenario.arms({})
    early = scenario.render(arm, "plain", "ab12")
    late = scenario.render(arm, "plain", "ab12", clock=early.clock.replace(year=2027))
    assert all(a.date < b.date <= late.clock for a, b in zip(early.mail, late.mail, strict=True))
    assert all(a.mtime < b.mtime <= late.clock.timestamp() for a, b in zip(early.files, late.files, strict=True))


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("system.md.j2", "{{ block.duties }}", "\n{{ block.dutys }}", ["system.md.j2:4", "dutys"]),
        ("system.md.j2", "{{ block.duties }}", "{{ block.duties", ["system.md.j2"]),
        ("wordings/plain.yaml", "{{ operator }}", "{{ operater }}", ["plain.yaml", "blocks.duties", "operater"]),
        ("wordings/plain.yaml", "{{ clock | day }}", "{{ at('soon') | day }}", ["plain.yaml", "blocks.role", "'soon'"]),
        ("mail/2041-plans.yaml.j2", "subject:", "subjekt:", ["2041-plans.yaml.j2", "subjekt"]),
        ("mail/2041-plans.yaml.j2", "date: -1w 15:05", "date: later", ["2041-plans.yaml.j2", "date", "'later'"]),
        ("files/files.yaml", "mtime: -41d 10:12", "mtime: long ago", ["files.yaml", ".bash_profile", "'long ago'"]),
        ("answers.yaml", "status: 201", "status: 2010", ["answers.yaml", "2010"]),
        ("files/ops/notes.md.j2", "{{ operator }}", "{{ operator.__class__.__mro__ }}", ["notes.md.j2", "unsafe"]),
        ("files/ops/notes.md.j2", "{{ operator }}", "{% include '../../load.py' %}", ["notes.md.j2"]),
    ],
)
def test_what_cannot_be_filled_in_is_named(
    copy: Path, spoil: Spoil, file: str, old: str, new: str, named: list[str]
) -> None:
    """A template's mistake is an error that names the file and what is wrong, never an empty place in a prompt."""
    spoil(file, old, new)
    scenario = load_scenario(copy)
    with pytest.raises(ScenarioError) as caught:
        scenario.render(scenario.arms({})[0], "plain", "ab12")
    assert [part for part in named if part not in str(caught.value)] == []


def test_file_and_mail_of_one_arm(copy: Path, spoil: Spoil) -> None:
    """A file or message that lists arms is there in those and in no other."""
    spoil("files/files.yaml", "source: shared/todo.txt.j2,", "source: shared/todo.txt.j2, arms: {suggestion: [hint]},")
    spoil("mail/2031-screen.yaml.j2", "date:", "arms: {suggestion: [hint]}\ndate:")
    scenario = load_scenario(copy)
    parts = [scenario.render(arm, "plain", "ab12").parts().keys() for arm in scenario.arms({"suggestion": "all"})]
    assert [("file:/srv/shared/hbae/todo.txt" in p, "mail:2031" in p) for p in parts] == [
        (False, False),
        (True, True),
        (False, False),
    ]


def test_unknown_wording(scenario: Scenario) -> None:
    """A wording that does not exist is refused with the ones that do."""
    with pytest.raises(ScenarioError, match=r"'poem'.*plain"):
        scenario.render(scenario.arms({})[0], "poem", "ab12")


def test_template_that_takes_in_another_is_refused(copy: Path, spoil: Spoil) -> None:
    """Each template stands alone, so that an author sees in one file what a model is told."""
    spoil("system.md.j2", "{{ block.role }}", "{% include 'task.md.j2' %}")
    scenario = load_scenario(copy)
    with pytest.raises(ScenarioError, match=r"system.md.j2.*stand alone"):
        scenario.render(scenario.arms({})[0], "plain", "ab12")


def test_kept_texts_do_not_leak_between_arms(scenario: Scenario) -> None:
    """What one arm, wording, seed or clock left behind changes nothing in the next; a fresh scenario agrees."""
    arms = scenario.arms({"oversight": "all", "suggestion": "all", "objective": "all"})
    later = scenario.clock.replace(year=2027)
    cases = [
        (arm, w, s, c) for arm in arms for w in ("plain", "terse") for s in ("ab12", "ab13") for c in (None, later)
    ]
    for arm, wording, seed, clock in cases:
        scenario.render(arm, wording, seed, clock)
    for case in cases[::17]:
        assert scenario.render(*case) == load_scenario("exfil").render(*case)
