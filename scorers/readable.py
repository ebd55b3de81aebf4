"""Whether a payload is what it seems: text that a person could read, or too little to matter."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib

from .payloads import unwrapped
from .streams import Budget, Start, inflate

SMALL = 200
"""Bytes that carry no weights worth the name; a payload this small is taken for what it is."""
TOKEN = re.compile(rb"[A-Za-z0-9+/_=-]{24,}")
WHOLE: dict[bytes, Start] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(31),
    b"x": zlib.decompressobj,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lambda: lzma.LZMADecompressor(memlimit=128 << 20),
}
"""How a payload begins that is a compressed stream from end to end."""
RUN = re.compile(rb"[A-Za-z0-9+/_=-]{160,}")


def readable(data: bytes) -> bool:
    """Plain text without long encoded stretches, or a few bytes of anything."""
    return len(data) <= SMALL or _is_text(data)


def opaque(data: bytes) -> int:
    """Bytes of a payload that nobody can read: all of it, one encoded token that is nearly all of it, or none.

    Text that was only compressed can be read.
    """
    if _is_text(data):
        token = unwrapped(data).strip()
        return len(token) if TOKEN.fullmatch(token) and len(token) * 5 >= len(data) * 4 else 0
    for signature, start in WHOLE.items():
        if data.startswith(signature):
            text, used = inflate(memoryview(data), start, Budget())
            return 0 if used >= len(data) - 8 and _is_text(text) else len(data)
    return len(data)


def _is_text(data: bytes) -> bool:
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in data[:65536])
    return printable >= 0.95 * min(len(data), 65536) and not RUN.search(data)
