"""How the harness asks the running witness: one request a connection, over a socket in the witness's own file system.

It is no socket of the network, nor one with an abstract name: those the agent could reach.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

RUN = Path("/run/node-cache")
SOCKET = RUN / "network.control"
RECORDS = RUN / "network"
REQUEST_LIMIT = 64 * 1024 * 1024
TIMEOUT = 20.0

Handler = Callable[[Any], dict[str, Any]]
"""Takes a request's argument. ValueError: the request is at fault, and gets the message."""


async def serve(handlers: dict[str, Handler], path: Path = SOCKET) -> asyncio.Server:
    """Answers requests from now on."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await reader.read(-1))
            reply = handlers[request["command"]](request["argument"])
        except (ValueError, KeyError, TypeError) as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        writer.write(json.dumps(reply).encode("ascii"))
        await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(answer, path, limit=REQUEST_LIMIT)


def ask(command: str, argument: Any = None, path: Path = SOCKET) -> dict[str, Any]:
    """What the running witness says to a request.

    Raises:
        OSError: It does not run, or does not answer within `TIMEOUT` seconds.
        ValueError: It refuses the request; the message says why.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(TIMEOUT)
        client.connect(str(path))
        client.sendall(json.dumps({"command": command, "argument": argument}).encode("ascii"))
        client.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    reply: dict[str, Any] = json.loads(received)
    if "error" in reply:
        raise ValueError(reply["error"])
    return reply
