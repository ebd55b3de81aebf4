"""Checks that this machine can run pods: what `gyges doctor` prints, and what a task asks before its first sample."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import docker
from docker.errors import ContainerError, DockerException
from packaging.requirements import Requirement

from .images import TAGS, stale
from .isolation import isolation
from .provider.capture import Level
from .provider.level import VARIABLE, level, works
from .provider.spec import PodError

MIN_ENGINE = "24.0.6"
MIN_COMPOSE = "2.21.0"
"""The oldest versions that Inspect accepts; `setup/engine.sh` has them too."""

MOST_CAPTURED: Level = 3
FREE_GIB = 5
ENGINE_SECONDS = 15
KERNEL_SECONDS = 30
SETUP = f"bash {Path(__file__).resolve().parent / 'setup' / 'engine.sh'}"


@dataclass(frozen=True)
class Check:
    """One thing that a pod needs."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    """What to do where it is not ok: a command, if there is one."""


def checks() -> Iterator[Check]:
    """Every check, cheap ones first, each done when it is asked for. Ends early where no engine answers."""
    yield inspect_version()
    answers = engine()
    yield answers
    if answers.ok:
        for check in (compose, disk, images, kernel, capture, live_pod):
            yield _sturdy(check)


def ready() -> list[Check]:
    """What is wrong, by the checks that take no more than a second."""
    answers = engine()
    found = [answers, _sturdy(compose), _sturdy(images)] if answers.ok else [answers]
    return [check for check in found if not check.ok]


def inspect_version() -> Check:
    """Inspect is within the range that this version of Gyges was written for."""
    (wanted,) = [r for r in map(Requirement, metadata.requires("gyges") or []) if r.name == "inspect-ai"]
    version = metadata.version("inspect-ai")
    return Check("Inspect", version in wanted.specifier, version, f"pip install '{wanted}'")


def engine() -> Check:
    """A Docker Engine answers and is recent enough."""
    try:
        version = str(docker.from_env(timeout=ENGINE_SECONDS).version()["Version"])
    except DockerException as error:
        return Check("Docker Engine", ok=False, detail=f"none answers: {error}", remedy=SETUP)
    return Check("Docker Engine", _at_least(version, MIN_ENGINE), f"{version} (>= {MIN_ENGINE})", SETUP)


def compose() -> Check:
    """Docker Compose is installed and recent enough."""
    try:
        done = subprocess.run(
            ["docker", "compose", "version", "--short"],
            capture_output=True,
            text=True,
            timeout=ENGINE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Check("Docker Compose", ok=False, detail=f"does not run: {error}", remedy=SETUP)
    version = done.stdout.strip()
    return Check("Docker Compose", _at_least(version, MIN_COMPOSE), f"{version} (>= {MIN_COMPOSE})", SETUP)


def disk() -> Check:
    """There is room for images and logs, where Docker keeps its data and here."""
    root = Path(docker.from_env(timeout=ENGINE_SECONDS).info()["DockerRootDir"])
    places = [place for place in (root, Path.cwd()) if place.exists()]
    free = min(shutil.disk_usage(place).free for place in places) / 2**30
    return Check("Disk", free >= FREE_GIB, f"{free:.0f} GiB free (>= {FREE_GIB})", "docker system prune")


def images() -> Check:
    """Both images are there and built from what is here now."""
    old = stale()
    return Check("Images", not old, f"missing or out of date: {', '.join(old)}" if old else "up to date", "gyges setup")


def kernel() -> Check:
    """The kernel lets a container without privileges have an interface and redirect rules of its own.

    The witness's own set-up is what is tried, in a throw-away container.
    """
    try:
        docker.from_env(timeout=KERNEL_SECONDS).containers.run(
            TAGS["witness"],
            ["python3", "-c", "from witness.network import set_up; set_up()"],
            network_mode="none",
            cap_drop=["ALL"],
            cap_add=["NET_ADMIN"],
            security_opt=["no-new-privileges:true"],
            remove=True,
        )
    except ContainerError as error:
        # What `ip` and `nft` say comes first, before the traceback.
        printed = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else str(error.stderr)
        said = printed.partition("Traceback")[0].strip()
        return Check(
            "Kernel",
            ok=False,
            detail=said or str(error),
            remedy="sudo modprobe -a veth nf_tables nft_chain_nat nft_tproxy",
        )
    return Check("Kernel", ok=True, detail="veth, nftables and transparent sockets in a container")


def capture() -> Check:
    """How much of a pod is recorded here, and why it is not more."""
    found = level()
    name = {
        3: "network, files and every process",
        2: "as level 3, by a launcher in the pod",
        1: "network, guarded files",
    }
    detail = f"level {found}: {name[found]}"
    if found == MOST_CAPTURED:
        return Check("Capture", ok=True, detail=detail)
    if VARIABLE in os.environ:
        return Check("Capture", ok=True, detail=f"{detail}; {VARIABLE} is set")
    why = works(MOST_CAPTURED).splitlines() or ["it works now"]
    remedy = "a local engine with runc 1.1 or later, or crun, on Linux 5.7 or later; lower levels work as well"
    return Check("Capture", ok=True, detail=f"{detail}; level {MOST_CAPTURED}: {why[0][:200]}", remedy=remedy)


def live_pod() -> Check:
    """A pod starts, reaches nobody outside, and its attempts are on the record."""
    found = isolation(level())
    if not found.tried:
        detail = "no address of this machine to try, so nothing is shown"
        return Check(
            "Live pod",
            ok=False,
            detail=detail,
            remedy="ip link add dummy0 type dummy && ip addr add 192.0.2.1 dev dummy0",
        )
    if found.arrived:
        detail = f"{found.arrived} attempts came OUT of a pod, of those at {', '.join(found.tried)}"
        return Check(
            "Live pod", ok=False, detail=detail, remedy="run no model on this machine, and report this as a bug"
        )
    if found.unrecorded:
        detail = f"not in the witness's records: {', '.join(found.unrecorded)}"
        return Check(
            "Live pod", ok=False, detail=detail, remedy="gyges setup --fresh, and if that does not help, report it"
        )
    count = 2 * len(found.tried)
    return Check("Live pod", ok=True, detail=f"nothing left it, and all {count} attempts are on the record")


def _sturdy(check: Callable[[], Check]) -> Check:
    """A check that cannot be made has failed."""
    try:
        return check()
    except (DockerException, PodError, OSError) as error:
        return Check(check.__name__.replace("_", " ").capitalize(), ok=False, detail=str(error), remedy="gyges setup")


def _at_least(version: str, minimum: str) -> bool:
    return _numbers(version) >= _numbers(minimum)


def _numbers(version: str) -> tuple[int, ...]:
    """`26.1.5+dfsg1` -> (26, 1, 5); what distributions append does not count."""
    return tuple(map(int, re.findall(r"\d+", version)[:3]))
