"""The checks that `gyges doctor` prints."""

import pytest

from gyges.sandbox import engine
from gyges.sandbox.isolation import Isolation
from gyges.sandbox.provider.spec import PodError


@pytest.mark.parametrize(
    ("version", "minimum", "enough"),
    [
        ("24.0.6", "24.0.6", True),
        ("24.0.5", "24.0.6", False),
        ("26.1.5+dfsg1", "24.0.6", True),
        ("2.26.1-4", "2.21.0", True),
        ("v5.0.0", "2.21.0", True),
        ("2.9.0", "2.21.0", False),
        ("20.10.24+dfsg1", "24.0.6", False),
        ("", "24.0.6", False),
    ],
)
def test_versions_compare_as_numbers(version: str, minimum: str, enough: bool) -> None:
    """What a distribution appends to a version does not count, and 9 comes before 21."""
    assert engine._at_least(version, minimum) is enough


@pytest.mark.parametrize(
    ("found", "ok", "said"),
    [
        (Isolation(("192.0.2.1",), 0, ()), True, "all 2 attempts are on the record"),
        (Isolation(("192.0.2.1",), 1, ()), False, "1 attempts came OUT of a pod"),
        (Isolation(("192.0.2.1",), 0, ("udp 192.0.2.1",)), False, "not in the witness's records: udp 192.0.2.1"),
        (Isolation((), 0, ()), False, "no address"),
    ],
)
def test_live_pod(monkeypatch: pytest.MonkeyPatch, found: Isolation, ok: bool, said: str) -> None:
    """A pod passes if it was tried, nothing arrived, and every attempt is on the record."""
    monkeypatch.setattr(engine, "isolation", lambda _: found)
    check = engine.live_pod()
    assert check.ok is ok
    assert said in check.detail
    assert ok or check.remedy


def test_check_that_cannot_be_made_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod that does not start is a failed check with the reason, not an exception."""

    def fails(_: int) -> Isolation:
        raise PodError("no space left")

    monkeypatch.setattr(engine, "isolation", fails)
    check = engine._sturdy(engine.live_pod)
    assert (check.name, check.ok, check.detail) == ("Live pod", False, "no space left")


def test_no_engine_ends_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no engine answers, one line says so with the command to run, instead of a failure of everything else."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    *_, last = engine.checks()
    assert (last.name, last.ok) == ("Docker Engine", False)
    assert "engine.sh" in last.remedy
    assert [check.name for check in engine.ready()] == ["Docker Engine"]


@pytest.mark.pod
def test_this_machine() -> None:
    """Every check holds here: a real pod starts, and nothing that it sends at this machine's addresses arrives."""
    assert [check for check in engine.checks() if not check.ok] == []
