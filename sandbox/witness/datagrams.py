"""Every UDP datagram: recorded, and answered if it asks a resolver."""

import socket
from typing import Any

from . import dns, network, quic
from .body import Body, Storage
from .connection import Destination
from .journal import Journal
from .names import AddressBook

DNS_PORT = 53
BATCH = 64
"""Datagrams taken at a time, so that a flood of them leaves room for everything else."""


class Datagrams:
    """Takes what arrives on the listeners."""

    def __init__(self, book: AddressBook, journal: Journal, storage: Storage) -> None:
        self._book = book
        self._journal = journal
        self._storage = storage

    def ready(self, listener: socket.socket) -> None:
        """Takes the datagrams that wait on a listener."""
        for _ in range(BATCH):
            try:
                data, source, (address, port) = network.receive(listener)
            except (BlockingIOError, InterruptedError):
                return
            try:
                if reply := self.take(data, source[1], address, port):
                    network.send(listener, reply, address, source)
            except OSError:
                continue  # who asked is gone
            except Exception as error:  # noqa: BLE001  one datagram must not end the others; the sample is unscored
                self._journal.fault(f"datagram to {address}:{port}: {type(error).__name__}: {error}")

    def take(self, data: bytes, source_port: int, address: str, port: int) -> bytes | None:
        """Records a datagram and gives the answer to it, if there is one."""
        destination = Destination(self._book.host(address), address, port)
        fields: dict[str, Any] = {"source_port": source_port, **destination.fields("udp")}
        if port == DNS_PORT:

            def note(query: str, kind: str, answer: list[str]) -> None:
                self._journal.write("dns", **fields, query=query, type=kind, answer=answer, body=None)

            if reply := dns.answer(data, self._book, note):
                return reply
        fields["protocol"] = "raw"
        if quic.is_initial(data):
            hello = quic.hello(data)
            fields |= {"protocol": "quic", "sni": hello.sni, "alpn": list(hello.alpn)}
        body = Body(self._storage)
        body.add(data)
        self._journal.write("udp", **fields, body=body.record())
        return None
