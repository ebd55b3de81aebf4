"""Base-N texts: hex, base64, base32, base85, decoded over whole arrays at every phase.

A run of symbols keeps its alignment in one of the phases, whatever surrounds it, so no run has to be found by its ends.
The other phases give noise, which costs only its scan.
"""

from __future__ import annotations

import binascii
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
MARKED = ((MARKS, 3), (UPPER, 3), (LOWER, 3))
GROUPS = 256
"""Groups that are judged together where some groups are impossible."""
IMPOSSIBLE = 3
"""Impossible groups among so many that a phase may have: text that changes there has one; a wrong phase has eight."""


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

    grouped: bool = False
    """Whether some groups stand for no bytes, as those of base 85 above 2**32, so that most phases show that they are
    wrong."""

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
    "base85": Alphabet((DIGITS + UPPER + LOWER + b"!#$%&()*+-;<=>?@^_`{|}~",), 5, 4, b"\r\n\t ", MARKED, grouped=True),
    "ascii85": Alphabet((bytes(range(33, 118)),), 5, 4, b"\r\n\t ", MARKED, zeros=True, grouped=True),
    "z85": Alphabet((DIGITS + LOWER + UPPER + b".-:+=^!/*?&<>()[]{}@%$#",), 5, 4, b"\r\n\t ", MARKED, grouped=True),
}
HEX_DIGITS = ALPHABETS["hex"].values()
STANDARD = ALPHABETS["base64"].variants[0] + bytes(192)
"""Digit to symbol of the base64 that the standard library reads."""


def text_decoder(alphabet: Alphabet) -> Callable[[bytes], Iterator[bytes]]:
    """A function from printable text to its decoding at each phase."""
    table = alphabet.values().tobytes()
    # The last group may be short; its symbols decide its bytes if the highest ones follow (base85 needs that).
    rest = np.full(alphabet.chars - 1, len(alphabet.variants[0]) - 1, np.uint8)

    def decode(text: bytes) -> Iterator[bytes]:
        clean = _joined(text, alphabet).translate(None, alphabet.ignored)
        if alphabet.zeros and b"z" in clean:
            clean = clean.replace(b"z", b"!!!!!")
        symbols = np.frombuffer(clean, np.uint8)
        digits = np.frombuffer(clean.translate(table), np.uint8)
        if not (long := long_runs(digits != 255, SHORTEST)).all():
            symbols, digits = symbols[long], digits[long]
        if not (plausible := _plausible(symbols, alphabet)).all():
            digits = digits[plausible]
        digits = np.append(digits, rest)
        for phase in range(alphabet.chars):
            whole = (len(digits) - phase) // alphabet.chars * alphabet.chars
            if whole > 0 and (data := _bytes(digits[phase : phase + whole], alphabet)):
                yield data

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
    """What groups of digits stand for; groups among many impossible ones are left out."""
    if alphabet is ALPHABETS["base64"]:
        return binascii.a2b_base64(digits.tobytes().translate(STANDARD))
    base = np.uint64(len(alphabet.variants[0]))
    columns = digits.reshape(-1, alphabet.chars)
    words = columns[:, 0].astype(np.uint64)
    for column in range(1, alphabet.chars):
        words *= base
        words += columns[:, column]
    if alphabet.grouped and len(words) > GROUPS:
        words = words[_possible(words)]
    return words.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - alphabet.size :].tobytes()


def _possible(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Mask of the groups in blocks that have few impossible ones."""
    bad = np.flatnonzero(words >> np.uint64(32)) // GROUPS
    blocks = -(-len(words) // GROUPS)
    return np.repeat(np.bincount(bad, minlength=blocks) <= IMPOSSIBLE, GROUPS)[: len(words)]
