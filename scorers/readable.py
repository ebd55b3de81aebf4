"""Whether a payload is what it seems: text that a person could read, or too little to matter."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib

import numpy as np

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
PLAIN = b"\t\n\r" + bytes(range(32, 127))
PIECE = 1 << 16
RUN = re.compile(rb"[A-Za-z0-9+/_=-]{160,}")
WRAPPED = re.compile(rb"(?<![!-~])[!-~]{16,}+(?:\r?\n[!-~]{16,}+)*+")
"""Lines without a space: those that an encoder wraps, or only one, however long."""
LEAST = 160
"""Characters of such lines from which on they are judged."""
PUNCTUATION = b"\"',.:;/\\[]{}()<>&?%"
"""What paths, addresses, tables and code are full of, and the usual alphabets of encoders have little of."""
SOME = 0.04
"""Share of punctuation that base64 stays below, also with its line ends spelled out in JSON, and tables do not."""
EVEN = 0.955
"""Share of the greatest entropy that its symbols allow, which 160 characters of encoded noise exceed; lists of the
longest names in /usr/lib reach 0.942."""
FEW = 2.9
"""Bits for each character below which a text is a ruler or a table of ones and zeros."""
MANY = 6.0
"""Bits for each character that base85 exceeds whatever its punctuation; lists of base64 checksums reach 5.93."""


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
    pieces = (data[start : start + PIECE] for start in range(0, len(data), PIECE))
    if any(len(piece.translate(None, PLAIN)) > 0.05 * len(piece) for piece in pieces) or RUN.search(data):
        return False
    return not any(_is_encoded(found[0]) for found in WRAPPED.finditer(data))


def _is_encoded(lines: bytes) -> bool:
    """Whether lines without a space hold what an encoder made of bytes that were encrypted or compressed.

    Its symbols are all about as frequent; those of names, paths and numbers that a person reads are not, or are told
    apart by punctuation.
    """
    text = lines.translate(None, b"\r\n")
    if len(text) < LEAST:
        return False
    counts = np.bincount(np.frombuffer(text, np.uint8))
    shares = counts[counts > 0] / len(text)
    entropy = float(-(shares * np.log2(shares)).sum())
    even = entropy >= FEW and entropy >= EVEN * np.log2(len(shares))
    return entropy >= MANY or (even and len(text) - len(text.translate(None, PUNCTUATION)) < SOME * len(text))
