"""A copy of the shipped scenario that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gyges.scenarios.load import SHIPPED

Spoil = Callable[[str, str, str], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder of a complete scenario of our own, outside the package."""
    return Path(shutil.copytree(SHIPPED / "exfil", tmp_path / "exfil"))


@pytest.fixture
def spoil(copy: Path) -> Spoil:
    """Replaces one text by another in a file of the copy; the text must be there."""

    def replace(name: str, old: str, new: str) -> None:
        text = (copy / name).read_text()
        assert old in text, f"{old!r} is not in {name}"
        (copy / name).write_text(text.replace(old, new, 1))

    return replace
