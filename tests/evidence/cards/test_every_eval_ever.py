"""Documents of Every Eval Ever on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.evidence.cards.every_eval_ever import Document, slug, write_eee


def document(name: str = "a", rows: int = 0) -> Document:
    """A document of no content, told from others by its name."""
    return Document("set", "maker/model", (name,), {"n": "ü"}, tuple({"row": row} for row in range(rows)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("claude-opus-4", "claude-opus-4"),
        ("Llama-3.1-8B", "Llama-3.1-8B"),
        ("a/b\\c: d", "a-b-c-d"),
        ("../..", "unnamed"),
        ("", "unnamed"),
        ("ü" * 3, "unnamed"),
        (".hidden.", "hidden"),
        ("data", "x-data"),
        ("Unknown", "x-Unknown"),
        ("con.txt", "x-con.txt"),
        ("console", "console"),
        ("x" * 300, "x" * 100),
    ],
)
def test_any_name_becomes_one_part_of_a_path(text: str, expected: str) -> None:
    """No name of a model or a developer leaves the folder, or is one that a file system keeps for itself."""
    assert slug(text) == expected


def test_the_same_document_has_the_same_name_and_bytes(tmp_path: Path) -> None:
    """Writing twice gives equal files; documents that differ in their key have names of their own."""
    first = write_eee(tmp_path / "1", [document(rows=2), document("b")])
    second = write_eee(tmp_path / "2", [document(rows=2), document("b")])
    assert [path.relative_to(tmp_path / "1") for path in first] == [path.relative_to(tmp_path / "2") for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert [path.suffix for path in first] == [".json", ".json", ".jsonl"]
    assert first[2].read_text() == '{"row": 0}\n{"row": 1}\n'


@pytest.mark.parametrize("rows", [0, 1])
def test_nothing_is_overwritten(tmp_path: Path, rows: int) -> None:
    """Where one file is there already none is written, and the error names it."""
    (there,) = write_eee(tmp_path, [document("b")])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileExistsError, match=f"{there} is there already"):
        write_eee(tmp_path, [document(rows=rows), document("b")])
    assert sorted(tmp_path.rglob("*")) == before


def test_one_document_is_not_written_twice(tmp_path: Path) -> None:
    """Two documents of one name are a fault, even in an empty folder."""
    with pytest.raises(FileExistsError, match="is there already"):
        write_eee(tmp_path, [document(), document()])
    assert list(tmp_path.iterdir()) == []
