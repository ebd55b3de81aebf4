"""Unfold a payload: every reading of it that common tools could have produced, layer by layer.

All of it is bounded in bytes, never in time, so that the same payload gives the same layers on any machine.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from .alphabets import ALPHABETS, HEX_DIGITS, LOWER, UPPER, text_decoder
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
MIRRORED = (b"\x00\x08\x8b\x1f", b"\x08\x08\x8b\x1f", b"\x00ZXz7\xfd", b"\x04\x03KP", b"YS&YA1", b"\x00\x00\x5d")
"""Signatures of compressed streams backwards; that of zlib only at the end, for noise has two bytes too often."""
ZLIB_MIRRORED = (b"\x01x", b"\x5ex", b"\x9cx", b"\xdax")
TAIL = 8
"""Last bytes among which that end is: what decodes a text adds at most a group of bytes to it."""
ALWAYS_REVERSED = 1 << 13
"""Bytes up to which a payload is read backwards without any sign that it should be."""
TEXT_REVERSED = 1 << 20
"""The same for encoded text, of which nothing is sure but that a whole plant under two encodings is smaller."""
TOKEN = 60
"""Characters without a space between them that encoded text has and prose has not."""

HEAD = 1 << 12
"""Bytes at the beginning, or at the end of what is backwards, in which a disguised signature is looked for."""
SIGNATURES = (
    b"\x1f\x8b\x08\x00",
    b"\x1f\x8b\x08\x08",
    b"BZh91AY&SY",
    b"\xfd7zXZ\x00",
    b"PK\x03\x04",
    b"\x28\xb5\x2f\xfd",
)
"""Signatures of compressed streams: gzip without and with a name, bzip2, xz, zip, zstd."""
ENCODED = tuple(base64.b64encode(signature)[: len(signature) * 4 // 3] for signature in SIGNATURES)
ENCODED_MIRRORED = (*(text[::-1] for text in ENCODED), *(signature.hex().encode()[::-1] for signature in SIGNATURES))

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
    yield from (("xor", part) for part in _unmasked(data))
    if "reversed" not in path and (len(data) <= ALWAYS_REVERSED or _mirrored(data, text)):
        yield "reversed", data[: _end(data)][::-1]


def _end(data: bytes) -> int:
    """Where bytes that are a compressed stream read backwards end: before what a decoded text's padding left there."""
    tail = data[-TAIL:]
    ends = [tail.rfind(signature) + len(signature) for signature in ZLIB_MIRRORED if signature in tail]
    return len(data) - len(tail) + max(ends) if ends else len(data)


def _mirrored(data: bytes, text: bytes) -> bool:
    """Whether something says that the bytes should be read backwards."""
    if data[: _end(data)].endswith(ZLIB_MIRRORED) or any(signature in data for signature in MIRRORED):
        return True
    if len(text) * 4 <= len(data):
        return False
    if len(data) <= TEXT_REVERSED:
        return bool(long_runs(np.frombuffer(text, np.uint8) > ord(" "), TOKEN).any())
    return any(signature in text[-HEAD:] for signature in ENCODED_MIRRORED)


TEXT_RUN = re.compile(rb"[\t\n\r -~]{12}")
PRINTABLE = bytes(code in (9, 10, 13, *range(32, 127)) for code in range(256))


def _text(data: bytes) -> bytes:
    """The stretches of printable ASCII in the bytes, a line each; most of a binary payload falls away."""
    codes = np.frombuffer(data, np.uint8)
    printable = np.frombuffer(data.translate(PRINTABLE), bool)
    if printable.all():
        return data
    if len(data) <= 256 and not TEXT_RUN.search(data):
        return b""
    kept = long_runs(printable, 16 if len(data) > 256 else 12)
    ends = np.flatnonzero(np.diff(kept.view(np.int8)) == -1) + 1
    broken = codes.copy()
    broken[ends], kept[ends] = 10, True
    return broken[kept].tobytes()


def _unmasked(data: bytes) -> Iterator[bytes]:
    """A compressed stream under an XOR with one byte, which the differences of its signature show."""
    codes = np.frombuffer(data, np.uint8)
    head = differences(data[:HEAD])
    for signature in SIGNATURES:
        at = head.find(differences(signature))
        if at >= 0 and (key := codes[at] ^ signature[0]):
            yield (codes ^ key).tobytes()


def differences(data: bytes) -> bytes:
    """XOR of neighbouring bytes: the same for a text and for the text under any one-byte XOR."""
    codes = np.frombuffer(data, np.uint8)
    return (codes[1:] ^ codes[:-1]).tobytes()


TURNED = [
    *(bytes.maketrans(UPPER[n:] + UPPER[:n] + LOWER[n:] + LOWER[:n], UPPER + LOWER) for n in range(1, 26)),
    bytes.maketrans(LOWER + UPPER, UPPER + LOWER),
]
"""Tables that turn letters back: from each rotation, and from swapped case."""


def _turned(text: bytes) -> Iterator[bytes]:
    """Base64 of a compressed stream whose letters were replaced in a regular way, by its first letters."""
    head = text[:HEAD]
    for table in TURNED:
        if any(signature in head.translate(table) for signature in ENCODED):
            yield text.translate(table)


UU = re.compile(rb"(?m)^([!-M])([ -`]{2,61})\r?$")
UU_LETTERS = bytes.maketrans(bytes(range(32, 96)) + b"`", ALPHABETS["base64"].variants[0] + b"A")


def _uu(text: bytes) -> Iterator[bytes]:
    """Lines of uuencode: a count, then its bytes as letters, trailing spaces lost or not."""
    if not UU.search(text, 0, HEAD) and b"begin " not in text:
        return
    lines = [(count[0] - 32, body) for count, body in UU.findall(text)]
    lines = [(count, body) for count, body in lines if 0 <= (count + 2) // 3 * 4 - len(body) + 2 <= 4]
    padded = ((count, body[: (size := (count + 2) // 3 * 4)].ljust(size)) for count, body in lines)
    yield b"".join(binascii.a2b_base64(body.translate(UU_LETTERS))[:count] for count, body in padded)


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

    out, found = BACKSLASH.subn(byte, text)
    if found * 4 >= text.count(b"\\"):  # noise has backslashes before anything
        yield out


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
    "uuencode": _uu,
    "letters": _turned,
    "quoted-printable": _quoted_printable,
    "backslash": _backslash,
    "numbers": _numbers,
    "dump": _dump,
}
"""Decodings of printable text."""
