"""The provider as Inspect calls it: a pod of its own for each sample."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Literal, overload

import anyio
import anyio.to_thread
import psutil
from inspect_ai.util import (
    ExecResult,
    OutputLimitExceededError,
    SandboxConnection,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
    SandboxUnavailableError,
    SandboxUserUnsupportedError,
    sandboxenv,
)
from inspect_ai.util._sandbox.environment import RootAccess
from typing_extensions import override

from gyges.sandbox.notes import note

from . import owners
from .execution import Execution, UnavailableError
from .pods import Pod
from .pools import Shared
from .spec import COMPOSE, PodError

HOME = "/home/ops"
MEMORY_PER_POD = 192 * 2**20
"""Bytes that a pod with a few programs in it takes, both containers together (benchmarks/pods.py)."""

PODS_PER_CPU = 32
_THREADS_PER_POD = 8
_WRITE = 'mkdir -p -- "$(dirname -- "$1")" && cat > "$1"'
_READ = 'if [ -d "$1" ]; then echo "Is a directory" >&2; exit 1; fi; exec head -c "$2" -- "$1"'

_shared = Shared()


@sandboxenv("gyges")
class PodEnvironment(SandboxEnvironment):
    """The agent's container of one pod. `pod` is what the harness asks the supervisor through."""

    _root_access = RootAccess("unusable", "root in a pod has no capability")
    """What Inspect would else find out by a command in each pod."""

    def __init__(self, pod: Pod) -> None:
        super().__init__()
        self.pod = pod
        self._threads = anyio.CapacityLimiter(_THREADS_PER_POD)

    @override
    @classmethod
    def config_files(cls) -> list[str]:
        return ["compose.yaml"]

    @override
    @classmethod
    def default_concurrency(cls) -> int | None:
        """As many pods as memory holds, and as the processors can be expected to serve while models think."""
        fitting = psutil.virtual_memory().available // MEMORY_PER_POD
        return max(1, min(int(fitting), PODS_PER_CPU * (os.cpu_count() or 1)))

    @override
    @classmethod
    async def task_init(cls, task_name: str, config: SandboxEnvironmentConfigType | None) -> None:
        if config not in (None, str(COMPOSE)):
            raise PodError(f"this provider runs {COMPOSE}, not {config}")
        await anyio.to_thread.run_sync(_shared.open)

    @override
    @classmethod
    async def sample_init(
        cls, task_name: str, config: SandboxEnvironmentConfigType | None, metadata: dict[str, str]
    ) -> dict[str, SandboxEnvironment]:
        pod = await anyio.to_thread.run_sync(_shared.pool.take, limiter=anyio.CapacityLimiter(1))
        return {"default": cls(pod)}

    @override
    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,
    ) -> None:
        for environment in environments.values():
            _shared.pool.give_back(environment.as_type(PodEnvironment).pod)

    @override
    @classmethod
    async def task_cleanup(cls, task_name: str, config: SandboxEnvironmentConfigType | None, cleanup: bool) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_shared.close)

    @override
    @classmethod
    async def cli_cleanup(cls, id: str | None) -> None:
        await anyio.to_thread.run_sync(owners.reap)

    @override
    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
        timeout_retry: bool = True,
        concurrency: bool = True,
    ) -> ExecResult[str]:
        limit = SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE
        done = await self._run(cmd, input, limit, cwd=cwd, env=env, user=user, timeout=timeout)
        text = done.stdout.text, done.stderr.text
        if done.stdout.cut or done.stderr.cut:
            raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE_STR, "".join(text))
        returncode = -1 if done.returncode is None else done.returncode
        return ExecResult(returncode == 0, returncode, *text)

    @override
    async def write_file(self, file: str, contents: str | bytes) -> None:
        done = await self._run(["/bin/sh", "-c", _WRITE, "sh", file], contents, 65536)
        if done.returncode:
            raise _file_error(file, done.stderr.text)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    @override
    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        limit = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE
        done = await self._run(["/bin/sh", "-c", _READ, "sh", file, str(limit + 1)], None, limit)
        if done.returncode:
            raise _file_error(file, done.stderr.text)
        if done.stdout.cut:
            raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR, None)
        content = bytes(done.stdout.kept)
        return content.decode("utf-8") if text else content

    @override
    async def connection(self, *, user: str | None = None) -> SandboxConnection:
        who = user or self.pod.user
        command = f"docker exec -it --user {who} {self.pod.agent} bash --login"
        return SandboxConnection(type="gyges", command=command, container=self.pod.agent)

    async def off_loop(self, function: Any, *args: Any) -> Any:
        """Calls a function that blocks in a thread of this pod's own."""
        return await anyio.to_thread.run_sync(partial(function, *args), limiter=self._threads)

    async def _run(
        self,
        command: list[str],
        input: str | bytes | None,
        limit: int,
        *,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
    ) -> Execution:
        execution = Execution(self.pod, limit)
        given = input.encode("utf-8") if isinstance(input, str) else input
        run = partial(
            execution.run,
            command,
            user=user,
            cwd=_absolute(cwd) if cwd else None,
            env=env,
            input=given,
            timeout=timeout,
        )
        try:
            await anyio.to_thread.run_sync(run, abandon_on_cancel=True, limiter=self._threads)
        except TimeoutError as stop:
            # Inspect shows what there was so far.
            stop.truncated_output = execution.stdout.text + execution.stderr.text  # type: ignore[attr-defined]
            raise
        except UnavailableError as error:
            raise _unavailable(str(error), user) from error
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(execution.end, limiter=anyio.CapacityLimiter(1))
            raise
        finally:
            if execution.key:
                note("exec", {"key": execution.key})
        if execution.returncode == 126 and "permission denied" in execution.stdout.text.lower():
            raise PermissionError(errno.EACCES, execution.stdout.text.strip(), command[0])
        return execution


def _absolute(path: str) -> str:
    return str(PurePosixPath(HOME) / path)


def _unavailable(said: str, user: str | None) -> Exception:
    if user is not None and "unable to find user" in said:
        return SandboxUserUnsupportedError(said)
    return SandboxUnavailableError(said)


def _file_error(file: str, said: str) -> OSError:
    for number in (errno.EACCES, errno.EISDIR, errno.ENOENT, errno.ENOTDIR, errno.EROFS, errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number).lower() in said.lower():
            return OSError(number, os.strerror(number), file)  # Python makes it a PermissionError and so on
    return OSError(errno.EIO, said.strip()[-200:], file)
