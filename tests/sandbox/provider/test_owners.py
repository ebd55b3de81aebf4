"""Whose a pod is: what a dead run left is removed, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gyges import cli
from gyges.sandbox.provider import owners
from gyges.sandbox.provider.owners import Left, Owner


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A place of its own for folders, and the containers that were removed, of an engine that has two of each pod."""
    (tmp_path / "pods").mkdir(mode=0o700)
    gone: list[str] = []
    monkeypatch.setattr(owners, "base", lambda: tmp_path / "pods")
    monkeypatch.setattr(owners, "discard", gone.append)
    monkeypatch.setattr(owners, "client", lambda: Engine(tmp_path / "pods", gone))
    return gone


class Engine:
    """Lists two containers for each pod's folder, labelled as its owner's."""

    def __init__(self, base: Path, gone: list[str]) -> None:
        self._base, self._gone = base, gone

    def containers(self, **_: object) -> list[dict[str, object]]:
        found = []
        for folder in self._base.iterdir():
            if (folder / owners.OWNER).exists():
                owner = json.loads((folder / owners.OWNER).read_text())
                labels = {owners.LABEL: folder.name, **{f"{owners.LABEL}.{k}": str(v) for k, v in owner.items()}}
                ids = [f"{folder.name}-{role}" for role in ("agent", "witness")]
                found += [{"Id": id, "Labels": labels} for id in ids if id not in self._gone]
        return found


def pod(name: str, owner: Owner, records: str = "") -> Path:
    folder = owners.claim(name)
    (folder / owners.OWNER).write_text(json.dumps(asdict(owner)))
    (folder / "network").write_text(records)
    return folder


def dead() -> Owner:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return replace(owners.me(), pid=ended.pid)


OWNERS: dict[str, tuple[Callable[[], Owner], str]] = {
    "this process": (owners.me, "alive"),
    "a process that ended": (dead, "dead"),
    "another process with the pid of one that ended": (lambda: replace(owners.me(), started=1000.0), "dead"),
    "a process of another pid namespace": (lambda: replace(dead(), namespace="pid:[1]"), "unknown"),
    "a process of another machine": (lambda: replace(dead(), boot="elsewhere"), "unknown"),
}


@pytest.mark.parametrize("case", OWNERS)
def test_state(case: str) -> None:
    """A run is dead only where that can be shown: its pid is free, or somebody else's, and the pid counts here."""
    owner, expected = OWNERS[case]
    assert owner().state() == expected


@pytest.mark.parametrize("case", OWNERS)
def test_reap(case: str, removed: list[str]) -> None:
    """The pods of a dead run go, containers and folder; those of any other stay as they are."""
    owner, state = OWNERS[case]
    folder = pod("one", owner())
    reaped = owners.reap()
    assert [found.id for found, _ in reaped] == (["one"] if state == "dead" else [])
    assert sorted(removed) == (["one-agent", "one-witness"] if state == "dead" else [])
    assert folder.exists() == (state != "dead")


def test_records_are_kept(removed: list[str]) -> None:
    """What a dead run's pods had recorded is not lost with them."""
    pod("one", dead(), records='{"seq":0}\n')
    ((_, kept),) = owners.reap()
    assert kept is not None
    assert (kept / "network.jsonl").read_text() == '{"seq":0}\n'


def test_two_evaluations_at_once(removed: list[str]) -> None:
    """One evaluation's start removes what a dead one left and touches nothing of one that runs."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        import psutil

        running = replace(owners.me(), pid=other.pid, started=psutil.Process(other.pid).create_time())
        pod("theirs", running)
        pod("dead", dead())
        owners.reap()
        assert [found.id for found in owners.left()] == ["theirs"]
        other.communicate(b"\n")


def test_command(removed: list[str]) -> None:
    """`gyges reap --dry-run` says what would go and removes nothing; without it, it goes and the rest is explained."""
    pod("aaa", dead())
    pod("bbb", owners.me())
    pod("ccc", replace(dead(), boot="elsewhere"))
    shown = CliRunner().invoke(cli.app, ["reap", "--dry-run"])
    assert "aaa  dead" in shown.output
    assert removed == []
    done = CliRunner().invoke(cli.app, ["reap"]).output.splitlines()
    assert [line.split()[1] for line in done] == ["removed", "kept", "kept"]
    assert "docker rm -f ccc-agent" in done[2]
    assert sorted(removed) == ["aaa-agent", "aaa-witness"]


def test_folder_of_somebody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder that others may enter, as somebody may have prepared it, is refused by name."""
    monkeypatch.setattr(owners, "Path", lambda _: tmp_path)
    (tmp_path / f"pods-{os.getuid()}").mkdir(mode=0o755)
    with pytest.raises(owners.PodError, match="pods-"):
        owners.base()


def test_owner_that_cannot_be_read_is_unknown() -> None:
    """A pod without a readable owner is nobody's to remove."""
    assert Left("x", None, (), None).state == "unknown"
