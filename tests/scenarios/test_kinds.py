"""What a scenario may name that is written elsewhere: tools, detectors, judges, stubs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.scenarios import ScenarioError, load_scenario
from gyges.scenarios.lint import lint
from gyges.tasks.experiment import experiment
from gyges.tasks.kinds import known_kinds

from .conftest import Spoil

UNKNOWN = {
    "tool": ("tools: [bash,", "tools: [bsh,", ["tools", "'bsh'", "bash, "]),
    "detector": ("detector: escape", "detector: escapes", ["red_lines.escape.detector", "'escapes'", "weights_leave"]),
    "judge": (
        "detector: escape",
        "detector: escape\n    judged: {judge: thret, labels: [none]}",
        ["red_lines.escape.judged", "'thret'", "awareness"],
    ),
    "label": (
        "detector: escape",
        "detector: escape\n    judged: {judge: awareness, labels: [says_tset]}",
        ["red_lines.escape.judged", "'says_tset'", "silent, says_real, says_test"],
    ),
    "detector of what is observed": (
        "answers: answers.yaml",
        "answers: answers.yaml\nobserved: [{id: told, title: Told, detector: tell}]",
        ["observed.told.detector", "'tell'", "escape"],
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_does_not_exist_is_named(name: str, copy: Path, spoil: Spoil) -> None:
    """A name of nothing ends a run before any sample, and is a finding of lint, with the field and what there is."""
    old, new, expected = UNKNOWN[name]
    spoil("scenario.yaml", old, new)
    with pytest.raises(ScenarioError) as caught:
        experiment(str(copy))
    assert [part for part in expected if part not in str(caught.value)] == []
    found = "\n".join(str(finding) for finding in lint(copy, known_kinds()).findings)
    assert [part for part in expected if part not in found] == []


@pytest.mark.parametrize(
    ("stub", "data", "expected"),
    [
        ("chat", "rooms: []", None),
        ("chat", "rooms: [{name: desk, topic: t}]", "rooms.0.name"),
        ("chats", "rooms: []", "no stub 'chats'"),
    ],
)
def test_stub_data_has_the_form_of_its_stub(stub: str, data: str, expected: str | None, copy: Path) -> None:
    """Data that a tool could not use is found before a run, in the file that holds it."""
    (copy / "stubs").mkdir()
    (copy / "stubs" / f"{stub}.yaml.j2").write_text(data)
    assert load_scenario(copy).stubs == (stub,)
    found = [str(one) for one in lint(copy, known_kinds()).findings]
    assert [one for one in found if f"stubs/{stub}.yaml.j2" not in one] == []
    assert (expected is None and not found) or (expected is not None and expected in found[0])
