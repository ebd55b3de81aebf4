"""Whose a pod is, and the removal of what a dead run left.

Every container and every folder of a pod names the process that started it: its pid, when it began, and the pid
namespace and boot of the machine that the two count in. Only what can be shown to be dead is removed.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import psutil
from docker.errors import NotFound

from .daemon import AT_A_TIME, client, patiently
from .spec import PodError

LABEL = "org.gyges"
OWNER = "owner.json"
RECOVERED = "recovered"
"""Folder for the records of pods whose run died before it had them."""

State = Literal["alive", "dead", "unknown"]


@dataclass(frozen=True)
class Owner:
    """A process, named so that no other one can be meant."""

    pid: int
    started: float
    """Seconds since 1970, as psutil has them."""

    namespace: str
    boot: str

    @staticmethod
    def read(data: Mapping[str, Any]) -> Owner:
        """An owner from its JSON form or its labels. Raises ValueError, KeyError or TypeError where it is none."""
        return Owner(int(data["pid"]), float(data["started"]), str(data["namespace"]), str(data["boot"]))

    def state(self) -> State:
        """Whether the process lives, as far as it can be known from here."""
        here = me()
        if (self.boot, self.namespace) != (here.boot, here.namespace):
            return "unknown"  # another machine, this one before it was started anew, or where its pids mean others
        with suppress(psutil.NoSuchProcess):
            return "alive" if abs(psutil.Process(self.pid).create_time() - self.started) < 2 else "dead"
        return "dead"


@dataclass(frozen=True)
class Left:
    """A pod that is there, by what is left of it."""

    id: str
    owner: Owner | None
    containers: tuple[str, ...]
    folder: Path | None

    @property
    def state(self) -> State:
        """Of its owner."""
        return self.owner.state() if self.owner else "unknown"


@cache
def me() -> Owner:
    """This process."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return Owner(os.getpid(), psutil.Process().create_time(), str(Path("/proc/self/ns/pid").readlink()), boot)


os.register_at_fork(after_in_child=me.cache_clear)


def labels(pod: str) -> dict[str, str]:
    """What a container of a pod is labelled with."""
    return {LABEL: pod, **{f"{LABEL}.{name}": str(value) for name, value in asdict(me()).items()}}


def base() -> Path:
    """Where the pods' folders are: a name that tells nobody in a pod whose machine it is, and nobody else may enter.

    Raises:
        PodError: Somebody else has made it.
    """
    folder = Path("/var/tmp") / f"pods-{os.getuid()}"  # noqa: S108  checked here
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PodError(f"{folder} must be a folder of this user that no other may enter. Remove it")
    return folder


def claim(pod: str) -> Path:
    """Makes the folder of a new pod."""
    folder = base() / pod
    folder.mkdir()
    (folder / OWNER).write_text(json.dumps(asdict(me())), encoding="utf-8")
    folder.chmod(0o777)  # the witness writes as another user; nobody else comes past the folder above
    return folder


def left() -> list[Left]:
    """Every pod of this user or on this engine."""
    found: dict[str, dict[str, Any]] = {}
    for container in patiently(lambda: client().containers(all=True, filters={"label": LABEL})):
        given = container["Labels"]
        owner = {name: given.get(f"{LABEL}.{name}") for name in ("pid", "started", "namespace", "boot")}
        entry = found.setdefault(given[LABEL], {"owner": _owner(owner), "containers": [], "folder": None})
        entry["containers"].append(container["Id"])
    for folder in _folders():
        with suppress(OSError, ValueError):
            owner = json.loads((folder / OWNER).read_text(encoding="utf-8"))
            entry = found.setdefault(folder.name, {"owner": _owner(owner), "containers": [], "folder": None})
            entry["folder"] = folder
    return [Left(id, e["owner"], tuple(e["containers"]), e["folder"]) for id, e in sorted(found.items())]


def _folders() -> Iterator[Path]:
    return (folder for folder in base().iterdir() if folder.is_dir() and folder.name != RECOVERED)


def _owner(given: Any) -> Owner | None:
    try:
        return Owner.read(given)
    except (ValueError, KeyError, TypeError):
        return None


def remove(pod: Left) -> Path | None:
    """Removes a pod's containers and its folder; where its records are now, if it had any."""
    for container in pod.containers:
        discard(container)
    if pod.folder is None:
        return None
    kept = None
    records = [file for file in pod.folder.iterdir() if file.suffix == "" and file.is_file() and file.stat().st_size]
    if records:
        kept = base() / RECOVERED / pod.id
        kept.mkdir(parents=True, exist_ok=True)
        for file in records:
            file.replace(kept / f"{file.name}.jsonl")
    shutil.rmtree(pod.folder, ignore_errors=True)
    return kept


def discard(container: str) -> None:
    """Removes a container, running or not; one that is gone already is no error."""
    with AT_A_TIME, suppress(NotFound):
        patiently(lambda: client().remove_container(container, force=True, v=True))


def reap() -> list[tuple[Left, Path | None]]:
    """Removes every pod whose run is dead, and says which, with where its records are now."""
    return [(pod, remove(pod)) for pod in left() if pod.state == "dead"]
