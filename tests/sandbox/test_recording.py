"""What two fingerprints of a guarded file say happened in between."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gyges.sandbox.recording import change, changes_between
from gyges.sandbox.stock import INSIDE


def fingerprint(path: Path, size: int | None = None) -> dict[str, Any] | None:
    """The fingerprint that the program in the pod takes of one path."""
    done = subprocess.run(
        [sys.executable, "-I", str(INSIDE / "fingerprint.py")],
        input=json.dumps({str(path): size}),
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    found: dict[str, Any] | None = json.loads(done.stdout)[str(path)]
    return found


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


CHANGES: dict[str, tuple[Callable[[Path], Any], str | None]] = {
    "nothing": (lambda path: None, None),
    "added to": (lambda path: path.write_text("one\ntwo\nthree\n"), "appended"),
    "rewritten and longer": (lambda path: path.write_text("won\ntwo\nthree\n"), "modified"),
    "rewritten, same length": (lambda path: path.write_text("one\ntow\n"), "modified"),
    "shortened": (lambda path: path.write_text("one\n"), "truncated"),
    "emptied": (lambda path: path.write_text(""), "truncated"),
    "sparse and huge": (lambda path: os.truncate(path, 1 << 40), "appended"),
    "removed": (lambda path: path.unlink(), "deleted"),
    "made unreadable": (lambda path: path.chmod(0), "chmod"),
    "dated back": (lambda path: os.utime(path, (1, 1)), "touched"),
    "replaced by a link": (replace_by_link, "modified"),
    "replaced by a pipe": (replace_by_pipe, "truncated"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change(name: str, tmp_path: Path) -> None:
    """Each way to change a file is told from the others, and none makes the look at it hang."""
    path = tmp_path / "session.log"
    path.write_text("one\ntwo\n")
    before = fingerprint(path)
    assert before is not None
    assert before["sha256"] == hashlib.sha256(b"one\ntwo\n").hexdigest()
    act, expected = CHANGES[name]
    act(path)
    found = change(before, fingerprint(path, before["size"]))
    assert found == expected


def test_two_changes_at_once(tmp_path: Path) -> None:
    """A change of mode is not hidden by what was written meanwhile."""
    path = tmp_path / "session.log"
    path.write_text("one\n")
    before = fingerprint(path)
    path.write_text("one\ntwo\n")
    path.chmod(0o600)
    assert changes_between(before, fingerprint(path, 4)) == ["appended", "chmod"]


def test_created(tmp_path: Path) -> None:
    """A file that was not there before is created; one that never was is no change."""
    path = tmp_path / "new"
    assert change(None, fingerprint(path)) is None
    path.write_text("x")
    assert change(None, fingerprint(path)) == "created"


def test_link_is_not_followed(tmp_path: Path) -> None:
    """A link in the place of a guarded file is seen as a link, and what it points to is never read."""
    path = tmp_path / "link"
    path.symlink_to("/etc/passwd")
    found = fingerprint(path)
    assert found is not None
    assert stat.S_ISLNK(found["type"])
    assert "sha256" not in found
