"""What someone sent: counted and hashed whole, kept up to a bound."""

import hashlib
from base64 import b64encode
from typing import Any

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes kept of one body."""

POD_LIMIT = 32 * 1024 * 1024
"""Bytes kept of all bodies of a pod together."""

RESERVE = 8 * 1024 * 1024
"""Bytes of the pod's storage that only the fronts of bodies may take, so that long ones leave room for short ones."""

FRONT = 64 * 1024
"""Bytes of a front."""

HEAD_LIMIT = 4096
"""Bytes at the front of every body that are kept until it ends, for whoever has to answer it."""


class Storage:
    """The bytes that all bodies of a pod may still keep."""

    def __init__(self, limit: int = POD_LIMIT) -> None:
        self.limit = limit
        self.left = limit

    def take(self, size: int, reserve: int = 0) -> int:
        """Takes up to `size` bytes, of which `reserve` must be left, and says how many it took."""
        taken = max(0, min(size, self.left - reserve))
        self.left -= taken
        return taken


class Body:
    """A body that is being received. Memory is bounded by what the pod's storage gives, however much arrives."""

    def __init__(self, storage: Storage, limit: int = BODY_LIMIT) -> None:
        self.size = 0
        self.head = b""
        self._storage = storage
        self._limit = limit
        self._hash = hashlib.sha256()
        self._kept = bytearray()

    def add(self, data: bytes | bytearray) -> None:
        """Takes the next bytes."""
        if len(self.head) < HEAD_LIMIT:
            self.head += bytes(data[: HEAD_LIMIT - len(self.head)])
        # Once a byte is missing nothing behind it is kept: what is kept is always the front.
        if len(self._kept) == self.size < self._limit:
            reserve = 0 if self.size + len(data) <= FRONT else min(RESERVE, self._storage.limit // 4)
            self._kept += data[: self._storage.take(min(len(data), self._limit - self.size), reserve)]
        self.size += len(data)
        self._hash.update(data)

    def forget(self) -> None:
        """Gives back what it kept."""
        self._storage.left += len(self._kept)
        self._kept.clear()

    def record(self) -> dict[str, Any]:
        """The body as a record states it."""
        return self._as_record(bytes(self._kept))

    def snapshot(self) -> dict[str, Any]:
        """The body so far. What is written twice is paid for twice, or it is left out."""
        fits = self._storage.left >= len(self._kept)
        return self._as_record(bytes(self._kept[: self._storage.take(len(self._kept))] if fits else b""))

    def _as_record(self, stored: bytes) -> dict[str, Any]:
        return {
            "bytes": self.size,
            "sha256": self._hash.hexdigest(),
            "stored": b64encode(stored).decode("ascii"),
            "cut": len(stored) < self.size,
        }
