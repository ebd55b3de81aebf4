"""Pods kept ready: started while models think, each used once."""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from . import owners
from .capture import Level
from .level import level
from .pods import Pod
from .spec import PodError

WARM = 2
"""Pods that are kept ready once a run has shown that it takes more than one; so many are started in vain at its end."""

STARTERS = 2 * (os.cpu_count() or 1)
"""Pods that are started or removed at a time."""


class Pool:
    """The pods of one evaluation. Methods may be called from any thread."""

    def __init__(self, level: Level, starters: int) -> None:
        self.level = level
        self._workers = ThreadPoolExecutor(starters, thread_name_prefix="pod")
        self._lock = threading.Lock()
        self._ready: deque[Future[Pod]] = deque()
        self._taken = 0
        self._closed = False
        self._start()

    def take(self) -> Pod:
        """A fresh pod.

        Raises:
            PodError: None could be started.
        """
        while True:
            with self._lock:
                if not self._ready:
                    self._start()
                future = self._ready.popleft()
                self._taken += 1
                for _ in range(min(WARM, self._taken - 1) - len(self._ready)):
                    self._start()
            pod = future.result()
            if pod.lives():  # one that waited may have been killed meanwhile
                return pod
            self.give_back(pod)

    def give_back(self, pod: Pod) -> None:
        """Removes a pod, in its own time."""
        with self._lock:
            if not self._closed:
                self._workers.submit(pod.remove)
                return
        pod.remove()

    def close(self) -> None:
        """Removes what nobody took, and waits until all is removed."""
        with self._lock:
            self._closed = True
            unused, self._ready = list(self._ready), deque()
        for future in unused:
            if not future.cancel():
                with suppress(PodError):
                    future.result().remove()
        self._workers.shutdown()

    def _start(self) -> None:
        self._ready.append(self._workers.submit(Pod.start, self.level))


class Shared:
    """The pool of this process, which all of its tasks share: from the first that begins to the last that ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._users = 0

    @property
    def pool(self) -> Pool:
        """The pool. Raises PodError where none is open."""
        if self._pool is None:
            raise PodError("no pool of pods is open: Inspect calls `task_init` before the first sample")
        return self._pool

    def open(self) -> None:
        """Opens the pool, or joins those who have. Raises PodError where this machine runs no such pods."""
        with self._lock:
            if self._pool is None:
                owners.reap()
                if (highest := level()) == 1:
                    raise PodError("no process can be recorded here, so use `--sandbox docker`. Run: gyges doctor")
                self._pool = Pool(highest, STARTERS)
            self._users += 1

    def close(self) -> None:
        """Leaves the pool; the last one removes what is in it."""
        with self._lock:
            self._users -= 1
            if self._users or self._pool is None:
                return
            pool, self._pool = self._pool, None
        pool.close()
