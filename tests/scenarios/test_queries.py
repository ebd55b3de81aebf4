"""Requests from a file or a public set: what is read, and what its author is told."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from gyges.scenarios import ScenarioError
from gyges.scenarios.queries import PUBLIC, load_queries


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"id": "one", "text": "Do this."}\n\n{"id": "two", "text": "Do that."}\n'),
        ("a.json", '[{"id": "one", "text": "Do this."}, {"id": "two", "text": "Do that."}]'),
        ("a.yaml", "value: honesty\nqueries:\n- {id: one, text: Do this.}\n- {id: two, text: Do that.}\n"),
        ("a.csv", "id,text\none,Do this.\ntwo,Do that.\n"),
    ],
)
def test_formats(tmp_path: Path, name: str, text: str) -> None:
    """Each format gives the same queries."""
    (tmp_path / name).write_text(text)
    assert [(query.id, query.text) for query in load_queries(str(tmp_path / name))] == [
        ("one", "Do this."),
        ("two", "Do that."),
    ]


def test_ids_are_made_up_where_there_are_none(tmp_path: Path) -> None:
    """Rows without an id are numbered."""
    (tmp_path / "a.csv").write_text("text\nDo this.\nDo that.\n")
    assert [query.id for query in load_queries(str(tmp_path / "a.csv"))] == ["query-001", "query-002"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.jsonl", "{no json", "cannot be read"),
        ("a.jsonl", '{"id": "one"}', "no `text`"),
        ("a.jsonl", '["one"]', "no `text`"),
        ("a.jsonl", '{"id": "One!", "text": "x"}', "'One!'"),
        ("a.jsonl", '{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', "'a' occurs twice"),
        ("a.jsonl", "", "holds no query"),
        ("a.yaml", "value: honesty\n", "cannot be read"),
        ("a.yaml", "just words", "no `text`"),
        ("a.txt", "Do this.", "cannot read .txt"),
    ],
)
def test_mistakes(tmp_path: Path, name: str, text: str, expected: str) -> None:
    """A mistake is named with its value."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ScenarioError, match=expected):
        load_queries(str(tmp_path / name))


def test_no_such_set() -> None:
    """A name that is neither file nor public set lists the sets."""
    with pytest.raises(ScenarioError, match="strong_reject"):
        load_queries("strong_rejects")


def test_a_public_set_is_fetched_only_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its requests come from the address, by the column that holds them, and no copy is shipped."""
    copy = tmp_path / "set.csv"
    copy.write_text('category,source,forbidden_prompt\n"a","b","First, with a comma"\n"a","b","Second"\n')
    monkeypatch.setitem(PUBLIC, "strong_reject", (copy.as_uri(), "forbidden_prompt"))  # type: ignore[call-overload]
    found = load_queries("strong_reject")
    assert [(query.id, query.text) for query in found] == [
        ("strong-reject-001", "First, with a comma"),
        ("strong-reject-002", "Second"),
    ]


def test_a_set_out_of_reach_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network the error names the address and the way out."""

    def unreachable(*_: object, **__: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", unreachable)
    with pytest.raises(ScenarioError, match=r"githubusercontent.*no route.*name the file"):
        load_queries("strong_reject")
