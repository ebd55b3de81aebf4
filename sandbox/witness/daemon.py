"""The witness as it runs: first process of its container."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import control, network
from .answers import parse_answers
from .body import Storage
from .catchall import CatchAll
from .datagrams import Datagrams
from .journal import Journal
from .names import AddressBook
from .processes import privileges
from .tls import Authority

AUTHORITY = Path("/etc/witness")


def run(set_up: Callable[[], network.Listeners] = network.set_up) -> None:
    """Sets up the network, then answers and records until SIGTERM."""
    control.RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    serve(set_up(), privileges.keep)


def serve(listeners: network.Listeners, drop_privileges: Callable[[], None]) -> None:
    """Answers and records what reaches the listeners, until SIGTERM."""
    authority = Authority(AUTHORITY)  # while its key can be read
    drop_privileges()
    journal = Journal(control.RECORDS)
    gc.freeze()
    asyncio.run(_witness(listeners, authority, journal))


async def _witness(listeners: network.Listeners, authority: Authority, journal: Journal) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGCHLD, _reap)
    loop.set_exception_handler(lambda _, context: _unexpected(journal, context))

    book, storage = AddressBook(), Storage()
    book.fix({socket.gethostname(): str(network.own_address(Path("/etc/hosts")).ip)})
    everything = CatchAll(authority, book, journal, storage)
    datagrams = Datagrams(book, journal, storage)
    for listener in listeners.udp:
        loop.add_reader(listener, datagrams.ready, listener)
    accepting = [asyncio.create_task(everything.accept(listener)) for listener in listeners.tcp]

    def records(argument: dict[str, int]) -> dict[str, Any]:
        everything.snapshot()
        return journal.state(argument["after"], argument["limit"])

    def answers(argument: Any) -> dict[str, Any]:
        parsed = parse_answers(argument)
        book.fix(parsed.addresses, parsed.internal)
        everything.answers = parsed
        return {}

    journal.write("ready", body=None)
    server = await control.serve({"records": records, "answers": answers, "healthy": lambda _: {}})
    async with server:
        await stopped.wait()
    # Nobody reads the records after this; a clean end of each connection would only take time.
    del accepting
    os._exit(0)


def _unexpected(journal: Journal, context: dict[str, Any]) -> None:
    error = context.get("exception")
    # How asyncio says that a client went away in the middle of something.
    if not isinstance(error, OSError | EOFError | asyncio.CancelledError):
        journal.fault(f"{context.get('message')}: {type(error).__name__}: {error}")


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
