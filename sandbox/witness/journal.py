"""The witness's records: JSON lines in one file, each carrying the hash of the one before."""

import hashlib
import json
import os
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
"""What the first record names as the hash of the one before."""

RECORDS_LIMIT = 160 * 1024 * 1024
"""Bytes that all records of a pod may take."""

EXHAUSTED = "record budget exhausted"
_RESERVE = 2048


def canonical(record: Mapping[str, Any]) -> bytes:
    """RFC 8785's form of a record that has only ASCII keys, strings, integers, lists and objects."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def digest(record: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over all of a record but its own hash."""
    return hashlib.sha256(canonical({key: value for key, value in record.items() if key != "hash"})).hexdigest()


class Journal:
    """Appends records to a file in memory-backed storage, up to a number of bytes.

    Past the limit one `fault` record says so, and nothing is written any more: a record with a hole in it must be seen
    as one. The same goes for storage that is full.
    """

    def __init__(self, path: Path, limit: int = RECORDS_LIMIT) -> None:
        self.path = path
        self.head = GENESIS
        self.dropped = 0
        """Records that were not written because the budget is exhausted."""

        self.silent = False
        """Whether not even that could be written, because the disk is full."""

        self._limit = limit
        self._ends = array("Q")
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)

    @property
    def total(self) -> int:
        """How many records there are."""
        return len(self._ends)

    def write(self, kind: str, **fields: Any) -> None:
        """Appends one record. Values are strings, integers, booleans, None, and lists or objects of them."""
        if self.dropped:
            self.dropped += 1
        elif not self._append(kind, fields, self._limit - _RESERVE):
            self.dropped = 1
            self.silent = not self._append("fault", {"error": EXHAUSTED}, self._limit)

    def fault(self, error: str) -> None:
        """Says that something inside the witness went wrong, so that the sample cannot be scored."""
        self.write("fault", error=error[:1000])

    def state(self, after: int, limit: int) -> dict[str, Any]:
        """Head and number of the records, and where those behind one are in the file (see `slice`)."""
        start, end = self.slice(after, limit)
        return {"head": self.head, "total": self.total, "start": start, "end": end, "silent": self.silent}

    def slice(self, after: int, limit: int) -> tuple[int, int]:
        """Where in the file the records after number `after` are: as many as fit in `limit` bytes, and one at least."""
        first = min(max(after + 1, 0), self.total)
        start = self._ends[first - 1] if first else 0
        fitting = bisect_right(self._ends, start + limit, lo=first)
        last = min(max(fitting, first + 1), self.total)
        return start, self._ends[last - 1] if last else 0

    def _append(self, kind: str, fields: Mapping[str, Any], limit: int) -> bool:
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        record = {"seq": self.total, "at": at, "kind": kind, **fields, "prev": self.head}
        record["hash"] = digest(record)
        line = canonical(record) + b"\n"
        end = self._ends[-1] if self._ends else 0
        if end + len(line) > limit:
            return False
        try:
            written = os.write(self._file, line)
        except OSError:
            written = 0
        if written != len(line):
            with suppress(OSError):
                os.ftruncate(self._file, end)
            return False
        self._ends.append(end + len(line))
        self.head = record["hash"]
        return True
