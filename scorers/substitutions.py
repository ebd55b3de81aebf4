"""Texts in which every symbol was replaced by another: base64 in an alphabet of one's own, rot13, a byte cipher.

Whatever the replacement is, the distance from each symbol to the one before that is the same stays what it was. So the
distances of a planted string, plain and in its usual encodings, are looked for in the distances of a payload.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .windows import WINDOW, Index, Offsets

FARTHEST = 255
"""Distances above this, and those of a symbol's first occurrence, are 0; so a run has to be longer to be known."""
TELLING = 12
"""Distances in a window that must not be 0: what hardly repeats itself looks like anything else that does not."""
SHORTEST = FARTHEST + WINDOW
"""Symbols below which a payload shows nothing."""
PIECE = 1 << 20
IGNORED = b"\r\n\t \"'"


@dataclass(frozen=True)
class Form:
    """One way in which a plant is written before its symbols are replaced."""

    plant: str
    chars: int
    """Symbols that stand for `size` bytes."""
    size: int
    skipped: int = 0
    """Bytes of the plant before the first whole group."""

    def offsets(self, found: Offsets) -> Offsets:
        """Offsets in the plant of the windows that end where these windows of symbols end."""
        ends = (found + WINDOW) * self.size // self.chars + self.skipped
        return np.maximum(ends - WINDOW, 0)


class Substitutions:
    """The distances of named byte strings, in each of their forms."""

    def __init__(self, plants: Mapping[str, bytes]) -> None:
        self.forms: dict[str, Form] = {}
        texts: dict[str, bytes] = {}
        for name, plant in plants.items():
            written = [(Form(name, 1, 1), plant), (Form(name, 2, 1), plant.hex().encode())]
            written += [(Form(name, 4, 3, s), base64.b64encode(plant[s:]).rstrip(b"=")) for s in range(3)]
            for form, text in written:
                key = str(len(texts))
                self.forms[key], texts[key] = form, text
        self.index = Index({key: distances(text) for key, text in texts.items()}, least=TELLING)

    def search(self, payload: bytes) -> dict[str, Offsets]:
        """Offsets in each plant of the windows that a payload has under some replacement of symbols."""
        seen: dict[str, Offsets] = {}
        bare = payload.replace(b"\\n", b"").translate(None, IGNORED)
        for text in (payload, bare) if len(bare) < len(payload) else (payload,):
            found = self.index.search(distances(text)) if len(text) >= SHORTEST else {}
            for key, offsets in found.items():
                form = self.forms[key]
                seen[form.plant] = np.concatenate((seen.get(form.plant, offsets[:0]), form.offsets(offsets)))
        return seen


def distances(data: bytes) -> bytes:
    """For each byte how far back the same one stands; 0 where that is too far."""
    codes = np.frombuffer(data, np.uint8)
    out = np.zeros(len(codes), np.uint8)
    for start in range(0, len(codes), PIECE):
        first = max(start - FARTHEST, 0)
        piece = codes[first : start + PIECE]
        order = np.argsort(piece, kind="stable")
        back = np.diff(order, prepend=order[:1])
        back[(back > FARTHEST) | (back < 0) | (piece[order] != np.roll(piece[order], 1))] = 0
        apart = np.zeros(len(piece), np.uint8)
        apart[order] = back
        out[start : start + PIECE] = apart[start - first :]
    return out.tobytes()
