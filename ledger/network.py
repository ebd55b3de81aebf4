"""Witness records in, network actions out; the witness's own chain is checked on the way."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .chain import GENESIS

_ENVELOPE = frozenset({"seq", "at", "kind", "prev", "hash", "body"})
_OUTCOME = frozenset(
    {"status", "accepted", "error", "first", "protocol", "bytes_in", "bytes_out", "open", "answer", "event"}
)
"""Fields of a witness record that say what came of an act; every other field says what was asked for."""


@dataclass
class NetworkRecord:
    """The witness's records as they arrive, in order."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    ready: bool = False
    head: str = GENESIS
    total: int = 0

    def read(self, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Checks the next records and gives what the ledger keeps of each: `at`, `verb`, `args` and `effect`."""
        return [content for record in records if (content := self._read(record)) is not None]

    def _read(self, record: Mapping[str, Any]) -> dict[str, Any] | None:
        self._check(record)
        match record.get("kind"):
            case "ready":
                self.ready = True
                return None
            case "fault":
                self.faults.append(f"the witness reports a fault: {record.get('error')}")
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

    def _check(self, record: Mapping[str, Any]) -> None:
        if record.get("seq") != self.total:
            self.faults.append(f"witness record {record.get('seq')} stands where record {self.total} is due")
        if record.get("prev") != self.head or record.get("hash") != record_hash(record):
            self.faults.append(f"the witness's hash chain breaks at record {record.get('seq')}")
        self.total += 1
        self.head = str(record.get("hash"))

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


def record_hash(record: Mapping[str, Any]) -> str:
    """The hash that a witness record should carry: SHA-256, in hex, of its sorted ASCII JSON without `hash`."""
    content = {k: v for k, v in record.items() if k != "hash"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
