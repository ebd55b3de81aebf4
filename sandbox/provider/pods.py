"""One pod: its two containers, and its folder on this machine, through which the supervisor is asked."""

from __future__ import annotations

import copy
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from docker.errors import DockerException
from requests import RequestException

from gyges.sandbox.witness import control
from gyges.sandbox.witness.processes import supervisor

from . import owners
from .capture import Level, profile
from .daemon import AT_A_TIME, client, create
from .spec import AGENT, COMPOSE, WITNESS, Config, PodError, containers

READY_SECONDS = 60.0
SUPERVISOR_CAPABILITIES = (
    *("SYS_PTRACE", "DAC_READ_SEARCH", "KILL"),
    *("CHOWN", "DAC_OVERRIDE", "FOWNER"),  # to lay down files; given up before the model's first turn
    *("SETUID", "SETGID"),  # to be neither root nor the agent; given up at once
)
_NOTICES, _SUPERVISOR, _NETWORK = (path.name for path in (supervisor.NOTICES, supervisor.CONTROL, control.SOCKET))
_LONGEST = 100
"""Characters of a socket's path, with room for what the kernel allows (unix(7): 107)."""

Stream = Literal["processes", "network"]
_CHUNK = 8 * 1024 * 1024
"""Bytes of records taken at a time."""

UNKNOWN = sys.maxsize
"""How many records there are of a witness that can no longer say so."""

ENGINE_ERRORS = (DockerException, RequestException, OSError)


@dataclass
class Pod:
    """A running pod. All methods block; they may be called from any thread."""

    id: str
    folder: Path
    level: Level
    user: str
    """Who commands run as where nobody else is named."""

    agent: str = ""
    witness: str = ""

    @staticmethod
    def start(level: Level, compose: Path = COMPOSE, patience: float = READY_SECONDS) -> Pod:
        """Starts a pod. Each of its two halves has `patience` seconds to become ready.

        Raises:
            PodError: It did not start; nothing of it is left.
        """
        declared = containers(compose)
        id = secrets.token_hex(6)
        pod = Pod(id, owners.claim(id), level, declared[AGENT].get("User", "root"))
        try:
            pod._start(copy.deepcopy(declared[WITNESS]), copy.deepcopy(declared[AGENT]), patience)
        except BaseException as error:
            said = pod._last_words()
            pod.remove()
            if isinstance(error, ENGINE_ERRORS):
                raise PodError(f"a pod did not start: {error}{said}") from error
            raise
        return pod

    def _start(self, witness: Config, agent: Config, patience: float) -> None:
        if len(str(self.folder / _SUPERVISOR)) > _LONGEST:
            raise PodError(f"{self.folder} is too long a path for a socket")
        command = ["python3", "-m", "witness", "supervise", *(["--launched"] if self.level == 2 else [])]
        witness |= {"Cmd": command, "User": "root", "Labels": owners.labels(self.id)}
        host = witness["HostConfig"]
        host["NetworkMode"] = "none"
        host["CapAdd"] = [*host.get("CapAdd", ()), *SUPERVISOR_CAPABILITIES]
        host["Binds"] = [f"{self.folder}:{control.RUN}"]
        with AT_A_TIME:
            self.witness = create(witness)
            client().start(self.witness)
        # The first process is root's, so that no `kill -9 -1` of the agent's reaches it; commands run as its user.
        agent |= {"Cmd": ["sleep", "infinity"], "User": "root", "Labels": owners.labels(self.id)}
        shared = f"container:{self.witness}"
        agent["HostConfig"] |= {"NetworkMode": shared, "PidMode": shared}
        if self.level == 3:
            notices = json.dumps(profile(str(self.folder / _NOTICES), os.uname().machine))
            agent["HostConfig"]["SecurityOpt"] = [*agent["HostConfig"]["SecurityOpt"], f"seccomp={notices}"]
        with AT_A_TIME:
            self.agent = create(agent)
        self._wait(_SUPERVISOR, patience)
        with AT_A_TIME:
            client().start(self.agent)
        self._wait(_NETWORK, patience)
        self.ask("healthy")

    def _wait(self, name: str, patience: float) -> None:
        """Waits for a socket of the witness; it is opened when what it answers for is ready."""
        deadline = time.monotonic() + patience
        looked = time.monotonic()
        while not (self.folder / name).exists():
            time.sleep(0.004)
            if time.monotonic() - looked > 1:
                looked = time.monotonic()
                if not client().inspect_container(self.witness)["State"]["Running"]:
                    raise PodError("a pod did not start: the witness ended" + self._last_words())
            if time.monotonic() > deadline:
                raise PodError(f"a pod did not start: no {name} after {patience:.0f} s{self._last_words()}")

    def _last_words(self) -> str:
        if not self.witness:
            return ""
        with suppress(*ENGINE_ERRORS):
            said = client().logs(self.witness, tail=15).decode("utf-8", "replace").strip()
            return f"\n{said}" if said else ""
        return ""

    def ask(self, command: str, argument: Any = None) -> dict[str, Any]:
        """What the supervisor says to a request. Raises OSError or ValueError, as `control.ask`."""
        return control.ask(command, argument, self.folder / _SUPERVISOR)

    def ask_network(self, command: str, argument: Any = None) -> dict[str, Any]:
        """What the network's witness says to a request. Raises OSError or ValueError, as `control.ask`."""
        return control.ask(command, argument, self.folder / _NETWORK)

    def records_of(self, stream: Stream, after: int = -1) -> list[dict[str, Any]]:
        """The records of a stream behind record number `after`, all of them. Raises OSError or ValueError."""
        found: list[dict[str, Any]] = []
        while True:
            _, total, records = self.batch(stream, after + len(found))
            found += records
            if after + 1 + len(found) >= total:
                return found

    def batch(self, stream: Stream, after: int) -> tuple[str, int, list[dict[str, Any]]]:
        """Head and number of the records of a stream, and those behind record number `after`, perhaps not all.

        What was written is read even where the witness no longer answers. The number is `UNKNOWN` then, so that whoever
        wants all of it asks again, and is told.
        """
        ask, file = self.ask if stream == "processes" else self.ask_network, self.folder / stream
        try:
            where = ask("records", {"after": after, "limit": _CHUNK})
        except OSError:
            if left := _written(file, after):
                return left[-1]["hash"], UNKNOWN, left
            raise
        if where["silent"]:
            raise OSError(f"what it sees cannot be written any more: is the disk with {self.folder} full?")
        with file.open("rb") as records:
            records.seek(where["start"])
            lines = records.read(where["end"] - where["start"]).splitlines()
        return where["head"], where["total"], [json.loads(line) for line in lines]

    def lives(self) -> bool:
        """Whether both witnesses answer."""
        with suppress(OSError, ValueError):
            self.ask("healthy")
            self.ask_network("healthy")
            return True
        return False

    def remove(self) -> None:
        """Removes the pod and all that it wrote."""
        for container in (self.agent, self.witness):
            if container:
                with suppress(*ENGINE_ERRORS):  # an engine that is down removes nothing now; the reaper does later
                    owners.discard(container)
        shutil.rmtree(self.folder, ignore_errors=True)


def _written(file: Path, after: int) -> list[dict[str, Any]]:
    """What stands in a file of records behind one; a last line that is not whole was never acknowledged."""
    with file.open("rb") as records:
        lines = [line for line in records if line.endswith(b"\n")]
    return [json.loads(line) for line in lines[after + 1 :]]


@contextmanager
def started(level: Level = 3, patience: float = READY_SECONDS) -> Iterator[Pod]:
    """A pod for as long as the context lasts."""
    pod = Pod.start(level, patience=patience)
    try:
        yield pod
    finally:
        pod.remove()
