"""Which capture level is used: the highest that works, unless less is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gyges.sandbox.provider import level as module
from gyges.sandbox.provider.level import VARIABLE, level
from gyges.sandbox.provider.spec import PodError


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[int, str]:
    """Why each level does not work, to be changed; the engine is made up, and nothing is remembered yet."""
    why: dict[int, str] = {3: "", 2: ""}
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(module, "_engine", lambda: "engine")
    monkeypatch.setattr(module, "user_cache_path", lambda _: tmp_path)
    monkeypatch.setattr(module, "works", lambda level: why[level])
    return why


@pytest.mark.parametrize(("broken", "expected"), [((), 3), ((3,), 2), ((3, 2), 1)])
def test_ladder(broken: tuple[int, ...], expected: int, tried: dict[int, str]) -> None:
    """The next lower level is taken where one does not work."""
    tried.update(dict.fromkeys(broken, "no listener"))
    assert level() == expected


def test_remembered(tried: dict[int, str], tmp_path: Path) -> None:
    """What was found is not tried again with the same engine, but for an old failure, whose cause may be gone."""
    tried.update({3: "busy", 2: "busy"})
    assert level() == 1
    tried[3] = ""
    assert level() == 1
    os.utime(tmp_path / "capture.json", (1, 1))
    assert level() == 3
    tried[3] = "never asked"
    assert level() == 3


@pytest.mark.parametrize("highest", [1, 2, 3])
def test_less_on_request(highest: int, tried: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variable bounds the level."""
    monkeypatch.setenv(VARIABLE, str(highest))
    assert level() == highest


def test_no_level(tried: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is no level is refused by name and value."""
    monkeypatch.setenv(VARIABLE, "high")
    with pytest.raises(PodError, match=r"GYGES_CAPTURE must be 1, 2 or 3, not 'high'"):
        level()
