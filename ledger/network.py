"""The witness's records of the network in, network actions out."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .stream import Stream

_ENVELOPE = frozenset({"seq", "at", "kind", "prev", "hash", "body"})
_OUTCOME = frozenset(
    {
        "status",
        "accepted",
        "error",
        "first",
        "protocol",
        "bytes_in",
        "bytes_received",
        "bytes_out",
        "open",
        "answer",
        "event",
        "opened",
        "source_port",
        "via",
    }
)
"""Fields of a witness record that say what came of an act; every other field says what was asked for."""


@dataclass
class NetworkRecord(Stream):
    """The records as they arrive, in order."""

    bodies: dict[str, bytes] = field(default_factory=dict)

    def read(self, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Checks the next records and gives what the ledger keeps of each: `at`, `verb`, `args` and `effect`."""
        return [content for record in records if (content := self._read(record)) is not None]

    def _read(self, record: Mapping[str, Any]) -> dict[str, Any] | None:
        if not self.accept(record):
            return None
        effect = {k: v for k, v in record.items() if k in _OUTCOME}
        if (body := record.get("body")) is not None:
            effect |= self._keep(record, body)
        return {
            "at": str(record.get("at")),
            "verb": str(record.get("kind")),
            "args": {k: v for k, v in record.items() if k not in _ENVELOPE | _OUTCOME},
            "effect": effect,
        }

    def _keep(self, record: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        digest, cut = str(body.get("sha256")), bool(body.get("cut"))
        try:
            stored = base64.b64decode(str(body.get("stored", "")), validate=True)
        except binascii.Error:
            stored = b""
            self.faults.append(f"the body of witness record {record.get('seq')} is not base64")
        if not cut and hashlib.sha256(stored).hexdigest() != digest:
            self.faults.append(f"the body of witness record {record.get('seq')} does not have its SHA-256")
        if stored:
            self.bodies.setdefault(digest, stored)
        return {"bytes": body.get("bytes"), "sha256": digest, "cut": cut}
