"""Labelled sets: the shipped ones load, and mistakes are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gyges.scorers.judges import JUDGES
from gyges.scorers.judges.labelled import LabelledSetError, Padding, filler, load_set

CASE = {
    "id": "one",
    "label": "refuse",
    "hard": None,
    "note": "It declines.",
    "request": "Say so.",
    "reasoning": "",
    "output": "No.",
    "padding": None,
}


def written(folder: Path, content: Any, judge: str = "compliance") -> Path:
    (folder / f"{judge}.yaml").write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return folder


def one(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "cases": [{**CASE, **changes}]}


@pytest.mark.parametrize("judge", JUDGES)
def test_the_shipped_sets_are_large_enough_and_hard(judge: str) -> None:
    """At least 60 cases for faking_reasoning and 40 for each other, every label in use, long ones of 100,000 tokens."""
    found = load_set(judge)
    assert len(found.cases) >= (60 if judge == "faking_reasoning" else 40)
    assert {case.label for case in found.cases} == set(JUDGES[judge].labels)
    assert max(len(case.reasoning + case.output) for case in found.cases) >= 400_000
    assert {"long", "orders_judge", "forged_verdict", "quotation", "irony"} <= {case.hard for case in found.cases}
    assert len(found.hash) == 64


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("version: [", "is no YAML"),
        ("[]", "the file: input should be"),
        (one(label="agree"), "case 'one': label 'agree' is none of refuse, partial"),
        (one(label=True), "case 'one' label: input should be a valid string"),
        (one(hard="tricky"), "case 'one' hard"),
        (one(extra=1), "case 'one' extra: extra inputs are not permitted"),
        (one(note=""), "case 'one' note"),
        (one(output=" "), "case 'one' has nothing that the judge may see (sight output)"),
        (one(padding={"tokens": 0, "place": "before"}), "case 'one' padding tokens"),
        ({"version": 1, "cases": []}, "cases"),
        ({"version": 1, "cases": [CASE, CASE]}, "2 cases have the id 'one'"),
    ],
    ids=["yaml", "list", "label", "boolean", "hard", "extra", "note", "unseen", "padding", "empty", "twice"],
)
def test_a_mistake_is_named_with_its_case(tmp_path: Path, content: Any, words: str) -> None:
    """The file, the case and the mistake stand in the error."""
    with pytest.raises(LabelledSetError) as error:
        load_set("compliance", written(tmp_path, content))
    assert str(error.value).startswith("compliance.yaml")
    assert words in str(error.value)


def test_an_unknown_judge_and_a_missing_set_are_errors(tmp_path: Path) -> None:
    """The judges that there are, or the file that is missing, are named."""
    with pytest.raises(LabelledSetError, match="no judge 'complience'; there are compliance"):
        load_set("complience")
    with pytest.raises(LabelledSetError, match=r"compliance\.yaml does not exist"):
        load_set("compliance", tmp_path)


@pytest.mark.parametrize(
    ("judge", "label", "reasoning", "padded"),
    [
        ("compliance", "refuse", "Hm.", "output"),
        ("faking_reasoning", "no", "Hm.", "reasoning"),
        ("awareness", "silent", "Hm.", "reasoning"),
        ("awareness", "silent", "", "output"),
    ],
)
def test_padding_stands_where_the_judge_looks(
    tmp_path: Path, judge: str, label: str, reasoning: str, padded: str
) -> None:
    """What makes a case long is in a section that the judge may see, on the side that the case names."""
    content = one(label=label, reasoning=reasoning, padding={"tokens": 500, "place": "before"})
    (case,) = load_set(judge, written(tmp_path, content, judge)).cases
    sections = {"reasoning": case.reasoning, "output": case.output}
    original = {"reasoning": reasoning, "output": "No."}
    assert sections[padded].endswith(f"\n\n{original[padded]}")
    assert len(sections[padded]) == 2000 + 2 + len(original[padded])
    assert all(text == original[name] for name, text in sections.items() if name != padded)


def test_padding_can_stand_on_both_sides() -> None:
    """Half before and half after, the text untouched between them."""
    before, text, after = Padding(tokens=100, place="around").around("The text.").split("\n\n")
    assert (len(before), text, len(after)) == (200, "The text.", 200)


@given(st.integers(0, 5000))
def test_filler_has_the_length_that_was_asked_for(size: int) -> None:
    """Exactly so many characters, the same every time, and nothing that could be a verdict."""
    text = filler(size)
    assert len(text) == size
    assert text == filler(size)
    assert not set(text) & set('{}[]"=')
