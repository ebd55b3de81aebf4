"""Files that a command writes: where to, where not, and whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.evidence.output import OutputError, check_output, whole_file


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("there.html", "there.html exists; name another file, or add --overwrite"),
        ("nowhere/page.html", "nowhere is no folder; make it, or name another"),
        ("", "is a folder; name a file in it"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_first(tmp_path: Path, name: str, message: str) -> None:
    """The message names the file or folder, and the way out."""
    (tmp_path / "there.html").write_text("mine")
    with pytest.raises(OutputError, match=message):
        check_output(tmp_path / name, overwrite=False)


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """The new text is there, nothing is left beside it, and overwriting is allowed when asked for."""
    path = tmp_path / "page.html"
    for text in ("one", "two"):
        check_output(path, overwrite=True)
        with whole_file(path) as file:
            file.write(text.encode())
    assert path.read_text() == "two"
    assert [it.name for it in tmp_path.iterdir()] == ["page.html"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """What cannot be put in place raises, and the folder is as before."""
    (tmp_path / "page.html").mkdir()
    with pytest.raises(OutputError, match="cannot be written"), whole_file(tmp_path / "page.html") as file:
        file.write(b"text")
    assert [it.name for it in tmp_path.iterdir()] == ["page.html"]
