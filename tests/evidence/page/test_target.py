"""Where a page is written to, and where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.evidence.page.target import PageError, check_page, write_whole


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("there.html", "there.html exists; name another file, or add --overwrite"),
        ("nowhere/page.html", "nowhere is no folder; make it, or name another"),
        ("", "is a folder; name a file in it"),
    ],
)
def test_a_page_that_cannot_be_written_is_refused_first(tmp_path: Path, name: str, message: str) -> None:
    """The message names the file or folder, and the way out."""
    (tmp_path / "there.html").write_text("mine")
    with pytest.raises(PageError, match=message):
        check_page(tmp_path / name, overwrite=False)


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    """The new text is there, nothing is left beside it, and overwriting is allowed when asked for."""
    path = tmp_path / "page.html"
    for text in ("one", "two"):
        check_page(path, overwrite=True)
        write_whole(path, text)
    assert path.read_text() == "two"
    assert [it.name for it in tmp_path.iterdir()] == ["page.html"]


def test_a_failure_leaves_the_old_page(tmp_path: Path) -> None:
    """What cannot be encoded or put in place raises, and the old file and folder are as before."""
    (tmp_path / "page.html").mkdir()
    with pytest.raises(PageError, match="cannot be written"):
        write_whole(tmp_path / "page.html", "text")
    assert [it.name for it in tmp_path.iterdir()] == ["page.html"]
