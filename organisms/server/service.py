"""A running server, in the foreground or, for as long as a `with` block lasts, in a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvicorn

from gyges.organisms.organism import Organism
from gyges.organisms.server.app import application


@dataclass(frozen=True)
class Service:
    """An organism on a listening socket; port 0 takes a free one.

    Raises:
        OSError: the address cannot be listened on.
    """

    organism: Organism
    host: str = "127.0.0.1"
    port: int = 0
    listener: socket.socket = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        object.__setattr__(self, "listener", socket.create_server((self.host, self.port), family=family))

    @property
    def url(self) -> str:
        """The base URL, without `/v1`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.listener.getsockname()[1]}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}

    def run(self) -> None:
        """Serve until interrupted."""
        self._server().run(sockets=[self.listener])

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve in a thread and give the base URL."""
        server = self._server()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [self.listener]}, daemon=True)
        thread.start()
        try:
            yield self.url
        finally:
            server.should_exit = True
            thread.join(timeout=10)

    def _server(self) -> uvicorn.Server:
        return uvicorn.Server(
            uvicorn.Config(
                application(self.organism),
                log_level="warning",
                lifespan="off",
                access_log=False,
                # One request a connection: a client whose event loop ends between two evaluations leaves none open.
                headers=[("Connection", "close")],
            )
        )
