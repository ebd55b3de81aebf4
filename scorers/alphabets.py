"""Base-N texts: hex, base64, base32, base85, decoded over whole arrays at every phase.

A run of symbols keeps its alignment in one of the phases, whatever surrounds it, so no run has to be found by its ends.
The other phases give noise, which costs only its scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .runs import long_runs

Bytes = npt.NDArray[np.uint8]

SHORTEST = 12
"""Symbols in a row that are worth decoding."""
BLOCK = 2048
"""Symbols that are judged together: a block that lacks what encoded bytes have is left out, its neighbours are not."""
SAMPLE = 7
"""Every so many symbols of a block are looked at; coprime to the group lengths of all alphabets."""
UPPER, LOWER, DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz", b"0123456789"
MARKS = b'!#$%&()*+-;<=>?@^_`{|}~[]\\/.,:"'


@dataclass(frozen=True)
class Alphabet:
    """A base-N text: `chars` symbols stand for `size` bytes; variants write the same values with other symbols."""

    variants: tuple[bytes, ...]
    chars: int
    size: int
    ignored: bytes = b"\r\n\t \"'\\"
    """Characters that may stand between the symbols: line breaks, quotes."""
    needs: tuple[tuple[bytes, int], ...] = ()
    """Classes of which a block of encoded bytes has at least so many percent."""
    one_case: bool = False
    zeros: bool = False
    """Whether `z` stands for a group of four zero bytes, as in Adobe's Ascii85."""

    def values(self) -> Bytes:
        """Value of each byte as a symbol; 255 for those that are none."""
        table = np.full(256, 255, np.uint8)
        for symbols in self.variants:
            table[np.frombuffer(symbols, np.uint8)] = np.arange(len(symbols), dtype=np.uint8)
        if self.zeros:
            table[ord("z")] = 0
        return table


ALPHABETS = {
    "hex": Alphabet((DIGITS + UPPER[:6], DIGITS + LOWER[:6]), 2, 1, b"\r\n\t \"'\\:,;-_{}[]()", ((DIGITS, 15),)),
    "base64": Alphabet(
        (UPPER + LOWER + DIGITS + b"+/", UPPER + LOWER + DIGITS + b"-_"),
        4,
        3,
        needs=((UPPER, 5), (LOWER, 5), (DIGITS, 1)),
    ),
    "base32": Alphabet((UPPER + b"234567", LOWER + b"234567"), 8, 5, needs=((DIGITS, 2),), one_case=True),
    "base32hex": Alphabet(
        (DIGITS + UPPER[:22], DIGITS + LOWER[:22]),
        8,
        5,
        needs=((DIGITS, 10), (UPPER[6:22] + LOWER[6:22], 15)),
        one_case=True,
    ),
    "base85": Alphabet(
        (DIGITS + UPPER + LOWER + b"!#$%&()*+-;<=>?@^_`{|}~",), 5, 4, b"\r\n\t ", ((MARKS, 8), (UPPER, 5), (LOWER, 5))
    ),
    "ascii85": Alphabet((bytes(range(33, 118)),), 5, 4, b"\r\n\t ", ((MARKS, 8), (UPPER, 5), (LOWER, 5)), zeros=True),
}
HEX_DIGITS = ALPHABETS["hex"].values()


def text_decoder(alphabet: Alphabet) -> Callable[[bytes], Iterator[bytes]]:
    """A function from printable text to its decoding at each phase."""
    values = alphabet.values()

    def decode(text: bytes) -> Iterator[bytes]:
        symbols = np.frombuffer(_joined(text, alphabet).translate(None, alphabet.ignored), np.uint8)
        symbols = symbols[long_runs(values[symbols] != 255, SHORTEST)]
        symbols = symbols[_plausible(symbols, alphabet)]
        if alphabet.zeros and len(symbols):
            symbols = np.frombuffer(symbols.tobytes().replace(b"z", b"!!!!!"), np.uint8)
        # The last group may be short; its symbols decide its bytes if the highest ones follow (base85 needs that).
        rest = np.full(alphabet.chars - 1, len(alphabet.variants[0]) - 1, np.uint8)
        digits = np.append(values[symbols], rest)
        for phase in range(alphabet.chars):
            whole = (len(digits) - phase) // alphabet.chars * alphabet.chars
            if whole > 0:
                yield _bytes(digits[phase : phase + whole].reshape(-1, alphabet.chars), alphabet)

    return decode


def _joined(text: bytes, alphabet: Alphabet) -> bytes:
    """The text without what formats put between symbols."""
    if b"\\" in text and alphabet.size < 4:
        text = text.replace(b"\\n", b"").replace(b"\\r", b"").replace(b"\\/", b"/").replace(b"\\x", b"")
    return text.replace(b"0x", b"") if alphabet is ALPHABETS["hex"] else text


def _plausible(symbols: Bytes, alphabet: Alphabet) -> npt.NDArray[np.bool_]:
    """Mask of the symbols in or beside a block that could be encoded bytes; short texts are always kept."""
    if len(symbols) <= 2 * BLOCK:
        return np.ones(len(symbols), bool)
    blocks = np.resize(symbols, (-(-len(symbols) // BLOCK), BLOCK))[:, ::SAMPLE]
    good = np.ones(len(blocks), bool)
    for wanted, percent in alphabet.needs:
        good &= _count(blocks, wanted) * 100 >= percent * blocks.shape[1]
    if alphabet.one_case:
        good &= np.minimum(_count(blocks, UPPER), _count(blocks, LOWER)) * 50 <= blocks.shape[1]
    near = good.copy()
    near[1:] |= good[:-1]
    near[:-1] |= good[1:]
    return np.repeat(near, BLOCK)[: len(symbols)]


def _count(blocks: Bytes, wanted: bytes) -> npt.NDArray[np.int64]:
    member = np.zeros(256, bool)
    member[np.frombuffer(wanted, np.uint8)] = True
    counts: npt.NDArray[np.int64] = member[blocks].sum(axis=1)
    return counts


def _bytes(digits: Bytes, alphabet: Alphabet) -> bytes:
    base = np.uint64(len(alphabet.variants[0]))
    words = digits[:, 0].astype(np.uint64)
    for column in range(1, alphabet.chars):
        words *= base
        words += digits[:, column]
    return words.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - alphabet.size :].tobytes()
