"""One command in a pod's agent container, over the Engine API: its input, its bounded output, its end."""

from __future__ import annotations

import secrets
import selectors
import socket
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.errors import APIError

from .capture import launcher_filter
from .daemon import AT_A_TIME, client, patiently
from .pods import ENGINE_ERRORS, Pod

STDERR = 2
"""Number of the stream in the engine's frames (Engine API, "Stream format")."""

LAUNCHER = Path(__file__).parent / "launch.py"
NOT_STARTED, NOT_FOUND = 126, 127
"""Exit statuses of what the runtime could not start; the second as a shell has it."""

COMMANDS_FAULT = 'exec: "'
"""What the runtime says before the name of a program that cannot be run."""

_HEADER = struct.Struct(">BxxxI")
_CHUNK = 1 << 20
_AFTERWARDS = 5.0
"""Seconds that what was still on its way may take after a command was ended."""


@dataclass
class Output:
    """What a command wrote on one stream: the front of it, and how much there was."""

    limit: int
    size: int = 0
    kept: bytearray = field(default_factory=bytearray)

    def add(self, data: bytes | bytearray) -> None:
        """Takes what was written next."""
        self.size += len(data)
        self.kept += data[: max(0, self.limit - len(self.kept))]

    @property
    def cut(self) -> bool:
        """Whether there was more than is kept."""
        return self.size > self.limit

    @property
    def text(self) -> str:
        """What is kept, as text; what is not UTF-8 is replaced."""
        return self.kept.decode("utf-8", "replace")


class UnavailableError(Exception):
    """The engine could not start the command at all."""


class Execution:
    """A command that runs. `run` blocks; `end` may be called from another thread meanwhile."""

    def __init__(self, pod: Pod, limit: int) -> None:
        self.stdout, self.stderr = Output(limit), Output(limit)
        self.returncode: int | None = None
        self.key = ""
        """Names the command's session in the record; empty where it never started."""

        self._pod = pod
        self._id = ""
        self._ended = threading.Event()
        self._pending = bytearray()

    def run(
        self,
        command: Sequence[str],
        *,
        user: str | None = None,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        input: bytes | None = None,
        timeout: float | None = None,
    ) -> None:
        """Runs a command to its end, as the pod's own user and in that user's home unless said otherwise.

        Raises:
            TimeoutError: It was ended, with every process that it started, after `timeout` seconds.
            UnavailableError: It could not be started.
        """
        wire: socket.socket | None = None
        if self._pod.level == 2:
            self.key = secrets.token_hex(8)
            command = ["python3", "-I", "-c", LAUNCHER.read_text(), launcher_filter(), self.key, *command]
        try:
            with AT_A_TIME:
                self._id = patiently(
                    lambda: self._created(command, user or self._pod.user, cwd, env, tells=input is not None)
                )
                wire, early = _wire(client().exec_start(self._id, socket=True))
            self._pending += early
            in_time = self._exchange(wire, input or b"", timeout)
            if not in_time:
                self.end()
                self._exchange(wire, b"", _AFTERWARDS)
            self._inspect()
            self._check_started()
        except APIError as error:
            raise UnavailableError(error.explanation or str(error)) from error
        except ENGINE_ERRORS as error:
            raise UnavailableError(str(error)) from error
        finally:
            if wire is not None:
                wire.close()
        if not in_time:
            raise TimeoutError(f"Command timed out after {timeout} seconds")

    def _created(
        self, command: Sequence[str], user: str, cwd: str | None, env: Mapping[str, str] | None, *, tells: bool
    ) -> str:
        created = client().exec_create(
            self._pod.agent, list(command), stdin=tells, user=user, workdir=cwd, environment=dict(env or {})
        )
        return str(created["Id"])

    def _check_started(self) -> None:
        """Tells a program that does not exist, the command's own fault, from a container without room for it."""
        if self.key or self.returncode != NOT_STARTED:
            return
        if COMMANDS_FAULT not in self.stdout.text:
            raise UnavailableError(self.stdout.text.strip())
        if "not found" in self.stdout.text or "no such file" in self.stdout.text:
            self.returncode = NOT_FOUND

    def end(self) -> None:
        """Ends every process that the command started and that still runs."""
        if self._id and not self._ended.is_set():
            self._inspect()
            self._ended.set()
            with suppress(OSError, ValueError):
                self._pod.ask("end", self.key)

    def _inspect(self) -> None:
        found: dict[str, Any] = patiently(lambda: client().exec_inspect(self._id))
        self.key = self.key or (str(found["Pid"]) if found["Pid"] else "")
        self.returncode = found["ExitCode"]

    def _exchange(self, wire: socket.socket, input: bytes, timeout: float | None) -> bool:
        """Writes input and reads output until both are at their end; False if time was up before."""
        deadline = None if timeout is None else time.monotonic() + timeout
        waiting = memoryview(input)
        wire.setblocking(False)
        with selectors.DefaultSelector() as selector:
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            selector.register(wire, both if waiting else selectors.EVENT_READ)
            if not waiting:
                _close_input(wire)
            while True:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                for _, ready in selector.select(left):
                    if ready & selectors.EVENT_WRITE:
                        waiting = waiting[_send(wire, waiting) :]
                        if not waiting:
                            _close_input(wire)
                            selector.modify(wire, selectors.EVENT_READ)
                    if ready & selectors.EVENT_READ and not self._receive(wire):
                        return True

    def _receive(self, wire: socket.socket) -> bool:
        """Takes what is there; False at the end."""
        try:
            data = wire.recv(_CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._pending += data
        self._take_frames()
        return bool(data)

    def _take_frames(self) -> None:
        at = 0
        while len(self._pending) - at >= _HEADER.size:
            stream, size = _HEADER.unpack_from(self._pending, at)
            if len(self._pending) - at - _HEADER.size < size:
                break
            at += _HEADER.size
            (self.stderr if stream == STDERR else self.stdout).add(self._pending[at : at + size])
            at += size
        del self._pending[:at]


def _wire(answer: Any) -> tuple[socket.socket, bytes]:
    """The connection that an answer of the engine has become, and what was read of it together with the answer.

    The client reads the answer's head through a buffer, and hands out the socket behind that buffer: on a busy machine
    a command may have written into it by then.
    """
    answer._sock.setblocking(False)  # noqa: SLF001
    wire: socket.socket = answer._sock.dup()  # noqa: SLF001
    buffer = answer._response.raw._fp.fp  # noqa: SLF001
    early = buffer.peek() or b""
    answer.close()
    return wire, early


def _send(wire: socket.socket, data: memoryview) -> int:
    try:
        return wire.send(data[:_CHUNK])
    except BlockingIOError:
        return 0
    except OSError:
        return len(data)  # nobody reads any more


def _close_input(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_WR)
