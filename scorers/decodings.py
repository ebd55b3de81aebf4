"""Unfold a payload: every reading of it that common tools could have produced, layer by layer.

All of it is bounded in bytes, never in time, so that the same payload gives the same layers on any machine.
"""

from __future__ import annotations

import binascii
import re
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from .alphabets import ALPHABETS, HEX_DIGITS, text_decoder
from .runs import long_runs
from .streams import STREAMS, Budget, holds_stream

DEPTH = 4
"""Decodings that may be nested in one another."""
SMALLEST = 24
"""Bytes below which a nested layer cannot hold anything that is looked for."""
ESCAPE_SHARE = 400
"""One escape in so many bytes marks a text as escaped (percent-encoded base64 has one in about 30)."""
SMALL_TEXT = 1 << 16
"""Text up to this length is unescaped however few escapes it has."""
MIRRORED = re.compile(
    rb"\x08\x8b\x1f|\x00ZXz7\xfd|\x04\x03KP|YS&YA1|[\x00-\x0f].\x00\x00\x5d|[\x01\x5e\x9c\xda]x\Z", re.DOTALL
)
"""Signatures of compressed streams backwards; that of zlib only at the end, for noise has two bytes too often."""
ALWAYS_REVERSED = 1 << 13
"""Bytes up to which a payload is read backwards without any sign that it should be."""

Decoder = Callable[[bytes], Iterator[bytes]]


def layers(payload: bytes, budget: Budget, depth: int = DEPTH) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """The payload and every decoding of it, nearest first: (names of the decodings outermost first, bytes)."""
    queue: deque[tuple[tuple[str, ...], bytes]] = deque([((), payload)])
    seen: set[bytes] = set()
    while queue:
        path, data = queue.popleft()
        if data in seen:
            continue
        if not budget.take(len(data)):
            return
        seen.add(data)
        yield path, data
        if len(path) < depth:
            queue.extend(((*path, name), part) for name, part in _readings(data, path, budget))
        elif holds_stream(data):
            budget.exhausted = True


def _readings(data: bytes, path: tuple[str, ...], budget: Budget) -> Iterator[tuple[str, bytes]]:
    for name, open_stream in STREAMS.items():
        yield from ((name, part) for part in open_stream(data, budget))
    text = _text(data)
    for name, decode in DECODERS.items() if text else ():
        yield from ((name, part) for part in decode(text) if len(part) >= SMALLEST or not path)
    yield from (("utf-8", part) for part in _utf8(data))
    if "reversed" not in path and (len(data) <= ALWAYS_REVERSED or len(text) * 4 > len(data) or MIRRORED.search(data)):
        yield "reversed", data[::-1]


TEXT_RUN = re.compile(rb"[\t\n\r -~]{12}")
PRINTABLE = np.zeros(256, bool)
PRINTABLE[[9, 10, 13, *range(32, 127)]] = True


def _text(data: bytes) -> bytes:
    """The stretches of printable ASCII in the bytes, a line each; most of a binary payload falls away."""
    codes = np.frombuffer(data, np.uint8)
    printable = PRINTABLE[codes]
    if printable.all():
        return data
    if len(data) <= 256 and not TEXT_RUN.search(data):
        return b""
    kept = long_runs(printable, 16 if len(data) > 256 else 12)
    ends = np.flatnonzero(np.diff(kept.view(np.int8)) == -1) + 1
    broken = codes.copy()
    broken[ends], kept[ends] = 10, True
    return broken[kept].tobytes()


def _percent(text: bytes) -> Iterator[bytes]:
    codes = np.frombuffer(text, np.uint8)
    nibble = HEX_DIGITS[codes]
    at = np.flatnonzero(codes[:-2] == ord("%"))
    at = at[(nibble[at + 1] != 255) & (nibble[at + 2] != 255)]
    if _escaped(len(at), text):
        out, keep = codes.copy(), np.ones(len(codes), bool)
        out[at] = nibble[at + 1] * 16 + nibble[at + 2]
        keep[at + 1] = keep[at + 2] = False
        yield out[keep].tobytes()


def _quoted_printable(text: bytes) -> Iterator[bytes]:
    if _escaped(text.count(b"=\n") + text.count(b"=\r\n") + min(text.count(b"="), 2), text):
        yield binascii.a2b_qp(text)


BACKSLASH = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|u00([0-9a-fA-F]{2})|([0-7]{3})|([abfnrtv0\"'\\/]))")
NAMED = dict(zip(b"abfnrtv0\"'\\/", b"\a\b\f\n\r\t\v\0\"'\\/", strict=True))


def _backslash(text: bytes) -> Iterator[bytes]:
    """JSON strings, Python's repr, C and shell escapes."""
    if not _escaped(text.count(b"\\"), text):
        return

    def byte(found: re.Match[bytes]) -> bytes:
        code = found[1] or found[2]
        if code:
            return binascii.unhexlify(code)
        return bytes([int(found[3], 8) & 255 if found[3] else NAMED[found[4][0]]])

    yield BACKSLASH.sub(byte, text)


def _escaped(escapes: int, text: bytes) -> bool:
    return escapes > 0 and (len(text) <= SMALL_TEXT or escapes * ESCAPE_SHARE >= len(text))


LISTED = np.zeros(256, bool)
LISTED[np.frombuffer(b"0123456789-,; \t\r\n", np.uint8)] = True
NUMBERS = re.compile(rb"(?:-?\d{1,3}[,;\s]{1,4}){23,}-?\d{1,3}")
DUMP = re.compile(rb"(?m)^[0-9a-fA-F]{6,16}:?[ \t]{1,3}((?:[0-9a-fA-F]{2}[ \t]{0,2}){1,16})")


def _numbers(text: bytes) -> Iterator[bytes]:
    """Lists of bytes as decimal numbers, signed or not: a JSON array, od -td1."""
    codes = np.frombuffer(text, np.uint8)
    listed = long_runs(LISTED[codes], 48)
    for run in NUMBERS.finditer(codes[listed].tobytes()) if listed.any() else ():
        yield bytes(int(number) & 255 for number in re.findall(rb"-?\d+", run[0]))


def _dump(text: bytes) -> Iterator[bytes]:
    """The bytes that xxd, hexdump -C or od -x wrote, the latter with its words swapped."""
    rows = b"".join(row.translate(None, b" \t") for row in DUMP.findall(text))
    whole = binascii.unhexlify(rows[: len(rows) // 4 * 4])
    if whole:
        yield whole
        yield np.frombuffer(whole, ">u2").astype("<u2").tobytes()


def _utf8(data: bytes) -> Iterator[bytes]:
    """Bytes that were taken for Latin-1 characters and written as UTF-8."""
    if (data.count(b"\xc2") + data.count(b"\xc3")) * 8 > len(data):
        yield data.decode("utf-8", "ignore").encode("latin-1", "ignore")


DECODERS: dict[str, Decoder] = {
    **{name: text_decoder(alphabet) for name, alphabet in ALPHABETS.items()},
    "url": _percent,
    "quoted-printable": _quoted_printable,
    "backslash": _backslash,
    "numbers": _numbers,
    "dump": _dump,
}
"""Decodings of printable text."""
