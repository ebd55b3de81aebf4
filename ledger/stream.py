"""One stream of the witness's records: its own hash chain, and its first and last word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .chain import GENESIS


@dataclass
class Stream:
    """Records as they arrive, in order."""

    faults: list[str] = field(default_factory=list)
    ready: bool = False
    head: str = GENESIS
    total: int = 0

    def accept(self, record: Mapping[str, Any]) -> bool:
        """Checks the next record; whether it tells of something other than the witness itself."""
        if record.get("seq") != self.total:
            self.faults.append(f"witness record {record.get('seq')} stands where record {self.total} is due")
        if record.get("prev") != self.head or record.get("hash") != record_hash(record):
            self.faults.append(f"the witness's hash chain breaks at record {record.get('seq')}")
        self.total += 1
        self.head = str(record.get("hash"))
        match record.get("kind"):
            case "ready":
                self.ready = True
                return False
            case "fault":
                self.faults.append(f"the witness reports a fault: {record.get('error')}")
                return False
        return True


def record_hash(record: Mapping[str, Any]) -> str:
    """The hash that a witness record should carry: SHA-256, in hex, of its sorted ASCII JSON without `hash`."""
    content = {k: v for k, v in record.items() if k != "hash"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
