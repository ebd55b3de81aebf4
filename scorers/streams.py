"""Compressed streams anywhere in a payload: gzip, zlib (so git packs), deflate, bzip2, xz, lzma, zstd, zip members.

A stream is opened as far as it goes, so a truncated one gives its beginning; output is bounded, so a bomb gives a
prefix and marks the budget exhausted.
"""

from __future__ import annotations

import bz2
import contextlib
import lzma
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import numpy as np

WORK = 192 << 20
"""Bytes of layers that one payload may unfold into."""
STREAM = 48 << 20
"""Bytes that one compressed stream may expand to."""
ATTEMPTS = 256
"""Places in one layer at which a stream with a long signature may be tried."""
GUESS_SHARE = 300
"""The same for zlib, whose two-byte signature noise has often: one place in so many bytes, 4096 at least."""
PIECE = 1 << 20
PROBE = 256
SMALLEST = 24
"""Shorter outputs are noise, or hold nothing that is looked for."""


@dataclass
class Budget:
    """Bytes that may still be unfolded; `exhausted` says that something was left unread."""

    left: int = WORK
    exhausted: bool = False

    def take(self, wanted: int) -> bool:
        """Spend `wanted` bytes, or mark the budget exhausted."""
        if wanted > self.left:
            self.exhausted = True
            return False
        self.left -= wanted
        return True


class Opener(Protocol):
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


Start = Callable[[], Opener]


def inflate(data: memoryview, start: Start, budget: Budget) -> tuple[bytes, int]:
    """What a stream at the start of `data` expands to, and how many bytes of `data` it took (0 if it is none)."""
    opener, out, fed, size = start(), [], 0, 0
    pending = b""
    try:
        while not getattr(opener, "eof", False):
            if not pending and getattr(opener, "needs_input", True):
                pending = bytes(data[fed : fed + (PROBE if not fed else PIECE)])
                fed += len(pending)
                if not pending or not budget.take(len(pending)):
                    break
            got = opener.decompress(pending, PIECE)
            pending = getattr(opener, "unconsumed_tail", b"")
            size += len(got)
            out.append(got)
            if size > STREAM or not budget.take(len(got)):
                budget.exhausted = True
                break
            if not got and not pending and fed >= len(data):
                break
    except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError, MemoryError):
        pass
    return b"".join(out), fed - len(getattr(opener, "unused_data", b"")) if size else 0


def _at(
    positions: Iterable[int], start: Start, data: bytes, budget: Budget, attempts: int = ATTEMPTS
) -> Iterator[bytes]:
    """The streams that start at the positions; a position inside a stream already opened is passed over."""
    view, behind, tries = memoryview(data), 0, 0
    for position in positions:
        if position < behind:
            continue
        if tries == attempts:
            budget.exhausted = True
            return
        expanded, used = inflate(view[position:], start, budget)
        tries += not expanded
        if len(expanded) >= SMALLEST:
            behind = position + used
            yield expanded


def _signed(signature: bytes, start: Start) -> Callable[[bytes, Budget], Iterator[bytes]]:
    pattern = re.compile(signature, re.DOTALL)

    def decode(data: bytes, budget: Budget) -> Iterator[bytes]:
        yield from _at((found.start() for found in pattern.finditer(data)), start, data, budget)

    return decode


def _zlib(data: bytes, budget: Budget) -> Iterator[bytes]:
    """RFC 1950: deflate by name, a header divisible by 31, no preset dictionary."""
    text = np.frombuffer(data, np.uint8)
    first, second = text[:-1], text[1:]
    near = np.flatnonzero(((first & 0x8F) == 8) & ((second & 0x20) == 0))
    header = first[near].astype(np.uint16) * 256 + second[near]
    guesses = max(4096, len(data) // GUESS_SHARE)
    yield from _at(near[header % 31 == 0].tolist(), zlib.decompressobj, data, budget, guesses)


def _deflate(data: bytes, budget: Budget) -> Iterator[bytes]:
    """RFC 1951 without any header, tried at the very start only."""
    expanded, used = inflate(memoryview(data), lambda: zlib.decompressobj(-15), budget)
    if used * 2 > len(data) and len(expanded) > 64:
        yield expanded


def _zip(data: bytes, budget: Budget) -> Iterator[bytes]:
    """Deflated members by their local headers (stored ones stand in the layer as they are)."""
    for found in re.finditer(rb"PK\x03\x04", data):
        header = data[found.start() : found.start() + 30]
        if len(header) == 30:
            flags, method = struct.unpack_from("<HH", header, 6)
            name, extra = struct.unpack_from("<HH", header, 26)
            start = STREAM_STARTS.get(method)
            if start and not flags & 1:
                position = found.start() + 30 + name + extra
                yield from _at((position,), start, data, budget)


def _zstd(data: bytes, budget: Budget) -> Iterator[bytes]:
    """RFC 8878, by the library that Inspect brings for its own logs; where it is missing, such a stream is unread."""
    for tries, found in enumerate(re.finditer(rb"\x28\xb5\x2f\xfd", data)):
        if tries == ATTEMPTS or find_spec("zstandard") is None:
            budget.exhausted = True
            return
        if len(expanded := _frame(memoryview(data)[found.start() :], budget)) >= SMALLEST:
            yield expanded


def _frame(data: memoryview, budget: Budget) -> bytes:
    import zstandard  # noqa: PLC0415 - optional

    out, size = [], 0
    with contextlib.suppress(zstandard.ZstdError), zstandard.ZstdDecompressor().stream_reader(data) as reader:
        while piece := reader.read(PIECE):
            size += len(piece)
            out.append(piece)
            if size > STREAM or not budget.take(len(piece)):
                budget.exhausted = True
                break
    return b"".join(out)


def _lzma() -> Opener:
    return lzma.LZMADecompressor(memlimit=128 << 20)


STREAM_STARTS: dict[int, Start] = {8: lambda: zlib.decompressobj(-15), 12: bz2.BZ2Decompressor}
"""Zip method numbers (APPNOTE 4.4.5) that are opened."""
STREAMS: dict[str, Callable[[bytes, Budget], Iterator[bytes]]] = {
    "gzip": _signed(rb"\x1f\x8b\x08", lambda: zlib.decompressobj(31)),
    "zlib": _zlib,
    "deflate": _deflate,
    "bzip2": _signed(rb"BZh[1-9]1AY&SY", bz2.BZ2Decompressor),
    "xz": _signed(rb"\xfd7zXZ\x00", _lzma),
    "lzma": _signed(rb"\x5d\x00\x00.[\x00-\x0f]", _lzma),
    "zip": _zip,
    "zstd": _zstd,
}


def holds_stream(data: bytes) -> bool:
    """Whether a stream by an unmistakable signature stands in the bytes."""
    return any(signature in data for signature in (b"\x1f\x8b\x08\x00\x00", b"\xfd7zXZ\x00", b"PK\x03\x04"))
