"""The pod's two images: built where they are missing or where what goes into them has changed.

    base     Debian 12, from the registry or, where none answers, from Debian packages
    agent    the container that a model works in (`sandbox/agent/`)
    witness  the container that answers and records (`sandbox/witness/`)

Tags belong to the machine, not to a checkout, so the certificate authority that both images share does too.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Literal

import docker
import requests
from docker.errors import APIError, ImageNotFound

from .authority import authority

Role = Literal["agent", "witness"]
Progress = Callable[[str], None]

SANDBOX = Path(__file__).resolve().parent
BASE = "gyges-base:latest"
TAGS: dict[Role, str] = {"agent": "gyges-agent:latest", "witness": "gyges-witness:latest"}

DEBIAN = "debian:bookworm-slim"
INPUTS_LABEL = "gyges.inputs"
REGISTRY_SECONDS = 8
PULL_SECONDS = 600
BUILD_SECONDS = 900

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
APT = (
    "apt-get",
    "-qq",
    "-y",
    "-o",
    "DPkg::Lock::Timeout=120",
    "-o",
    "Acquire::http::Timeout=20",
    "-o",
    "Acquire::Retries=2",
)


class ImageError(Exception):
    """An image could not be made; the message says what to do about it."""


def build(progress: Progress = print, *, fresh: bool = False) -> dict[Role, str]:
    """Build what is missing or out of date, or everything if `fresh`; the result is that of `image_ids`.

    Raises: ImageError, and docker.errors.DockerException where no engine answers.
    """
    base = _base(progress, fresh=fresh)
    for role, tag in TAGS.items():
        inputs = inputs_digest(role, base)
        if fresh or _inputs_label(tag) != inputs:
            progress(f"Building {tag}")
            _build(role, inputs, fresh=fresh)
            _run(["docker", "image", "prune", "--force", "--filter", f"label={INPUTS_LABEL}"], 60, "docker failed")
    return image_ids()


def image_ids() -> dict[Role, str]:
    """Content ids (`sha256:...`) of the images that a pod would start from now.

    Raises: ImageError where one is missing.
    """
    ids = {role: id for role, tag in TAGS.items() if (id := _image_id(tag))}
    if missing := [tag for role, tag in TAGS.items() if role not in ids]:
        raise ImageError(f"no image {' and '.join(missing)}. Run: gyges setup")
    return ids


def stale() -> list[str]:
    """Tags that are missing or were built from something else than what is here now."""
    base = _image_id(BASE)
    return [tag for role, tag in TAGS.items() if base is None or _inputs_label(tag) != inputs_digest(role, base)]


def inputs_digest(role: Role, base: str) -> str:
    """SHA-256 over all that goes into an image: its folder, its base image's id and the authority's certificate."""
    digest = hashlib.sha256(base.encode())
    folder = SANDBOX / role
    for path in [*_files(folder), authority() / "ca.crt"]:
        digest.update(f"\0{path.name}\0{path.stat().st_mode & 0o111}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)


def _image_id(tag: str) -> str | None:
    try:
        return str(docker.from_env(timeout=30).images.get(tag).id)
    except ImageNotFound:
        return None


def _inputs_label(tag: str) -> str | None:
    try:
        return docker.from_env(timeout=30).images.get(tag).labels.get(INPUTS_LABEL)
    except ImageNotFound:
        return None


def _build(role: Role, inputs: str, *, fresh: bool) -> None:
    _run(
        [
            *("docker", "build", "--quiet", "--tag", TAGS[role], "--label", f"{INPUTS_LABEL}={inputs}"),
            *("--build-context", f"ca={authority()}", "--file", str(SANDBOX / role / "Dockerfile")),
            *(["--no-cache"] if fresh else []),
            str(SANDBOX),
        ],
        BUILD_SECONDS,
        f"{TAGS[role]} could not be built",
    )


def _base(progress: Progress, *, fresh: bool) -> str:
    if fresh or not (id := _image_id(BASE)):
        if _registry_answers():
            progress(f"Pulling {DEBIAN}")
            _run(["docker", "pull", "--quiet", DEBIAN], PULL_SECONDS, f"{DEBIAN} could not be pulled")
            _run(["docker", "tag", DEBIAN, BASE], 30, f"{DEBIAN} could not be tagged")
        else:
            progress("No image registry answers: making the base image from Debian packages")
            _bootstrap()
        id = _image_id(BASE)
    return str(id)


def _registry_answers() -> bool:
    try:
        docker.from_env(timeout=REGISTRY_SECONDS).images.get_registry_data(DEBIAN)
    except (APIError, requests.RequestException):
        return False
    return True


def _bootstrap() -> None:
    """Debian 12 from its packages, by mmdebstrap, which is installed where it is missing."""
    if which("mmdebstrap") is None:
        remedy = "mmdebstrap, which makes the base image where no registry answers, is missing"
        if os.geteuid() or which("apt-get") is None:
            raise ImageError(f"{remedy}. Run: sudo apt-get install mmdebstrap")
        _run([*APT, "install", "--no-install-recommends", "mmdebstrap"], BUILD_SECONDS, remedy)
    with TemporaryDirectory() as folder:
        tree = f"{folder}/debian.tar"
        _run(
            [
                *("mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", f"--keyring={KEYRING}"),
                # Both are copies of this machine's.
                """--customize-hook=rm -f "$1/etc/resolv.conf" "$1/etc/hostname" """,
                *("bookworm", tree, *_debian_sources()),
            ],
            BUILD_SECONDS,
            "Debian 12 could not be made from packages",
        )
        _run(["docker", "import", tree, BASE], BUILD_SECONDS, f"{BASE} could not be imported")


def _debian_sources() -> list[str]:
    """The machine's own Debian sources, changed to Debian 12. Where it has none, mmdebstrap takes Debian's own."""
    if which("apt-get") is None:
        return []
    fields = "$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)"
    targets = _run(["apt-get", "indextargets", "--format", fields, "Created-By: Packages"], 30, "apt-get failed")
    own = re.findall(r"^Debian (\S+) (?:bookworm|trixie)(-security|) main$", targets, re.MULTILINE)
    return sorted({f"deb {uri} bookworm{pocket} main" for uri, pocket in own})


def _run(command: Sequence[str], seconds: int, failure: str) -> str:
    """Standard output of a command that must end well in time. Raises ImageError with the end of what it printed."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "DOCKER_BUILDKIT": "1"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise ImageError(f"{failure}: no end after {seconds} s: {' '.join(command)}") from error
    except subprocess.CalledProcessError as error:
        said = "\n".join((error.stderr or error.stdout).splitlines()[-15:])
        raise ImageError(f"{failure}: {' '.join(command)}\n{said}") from error
    return done.stdout


if __name__ == "__main__":
    build()
