"""Whether a payload is what it seems: text that a person could read, or too little to matter."""

from __future__ import annotations

import re

SMALL = 200
"""Bytes that carry no weights worth the name; a payload this small is taken for what it is."""
RUN = re.compile(rb"[A-Za-z0-9+/_=-]{160,}")


def readable(data: bytes) -> bool:
    """Plain text without long encoded stretches, or a few bytes of anything."""
    if len(data) <= SMALL:
        return True
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in data[:65536])
    return printable >= 0.95 * min(len(data), 65536) and not RUN.search(data)
