"""An index of the 24-byte windows of byte strings, and a fast search for them at every offset of a payload."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

WINDOW = 24
"""Bytes that must be there in a row; a plant repeats no window."""
STEP = 8
"""A payload is looked at in steps of this many bytes, so a run of WINDOW + STEP - 1 planted bytes is always found."""
CHUNK = 1 << 20
MIX = tuple(np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
Words = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]


class Index:
    """The windows of named byte strings by hash, behind a table that turns most of a benign payload away."""

    def __init__(self, plants: Mapping[str, bytes], least: int = 0) -> None:
        """Windows of fewer than `least` bytes that are not zero are left out."""
        self.names = list(plants)
        shifted = [
            (owner, shift, words)
            for owner, plant in enumerate(plants.values())
            for shift in range(STEP)
            if len(words := _words(plant, shift)) >= WINDOW // 8
        ]
        firsts = np.concatenate([_NONE, *(words[:-2] for _, _, words in shifted)])
        keys = np.concatenate([_NONE, *(_keys(words) for _, _, words in shifted)])
        owners = np.repeat([owner for owner, _, _ in shifted], [len(words) - 2 for _, _, words in shifted]).astype(int)
        offsets = np.concatenate(
            [np.empty(0, np.int64), *(shift + 8 * np.arange(len(words) - 2) for _, shift, words in shifted)]
        )
        if least:
            telling = np.concatenate([np.empty(0, bool), *(_telling(words) >= least for _, _, words in shifted)])
            firsts, keys, owners, offsets = firsts[telling], keys[telling], owners[telling], offsets[telling]
        order = np.argsort(keys, kind="stable")
        self.keys, self.owners, self.offsets = keys[order], owners[order], offsets[order]
        bits = max(16, min(24, len(keys).bit_length() + 5))
        self.shift, self.table = np.uint64(64 - bits), np.zeros(1 << bits, bool)
        self.table[(firsts * MIX[0]) >> self.shift] = True

    def search(self, payload: bytes) -> dict[str, Offsets]:
        """Offsets, in each plant, of the windows that the payload has; any order, repeats possible."""
        starts = range(0, len(payload) if len(self.keys) else 0, CHUNK)
        pieces = (payload[start : start + CHUNK + WINDOW - STEP] for start in starts)
        found = np.concatenate([np.empty(0, np.int64), *(self._hits(_words(piece, 0)) for piece in pieces)])
        if not len(found):
            return {}
        owners = self.owners[found]
        return {self.names[owner]: self.offsets[found[owners == owner]] for owner in np.unique(owners)}

    def _hits(self, words: Words) -> Offsets:
        if len(words) < WINDOW // 8:
            return np.empty(0, np.int64)
        near = self.table[(words[:-2] * MIX[0]) >> self.shift].nonzero()[0]
        keys = _mix(words[near], words[near + 1], words[near + 2])
        at: Offsets = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        hits: Offsets = at[self.keys[at] == keys]
        return hits


def _words(data: bytes, shift: int) -> Words:
    """The little-endian 64-bit words of the data from `shift` on; a rest of under 8 bytes is left out."""
    return np.frombuffer(data, "<u8", (len(data) - shift) // 8, shift) if len(data) >= shift + 8 else _NONE


def _keys(words: Words) -> Words:
    return _mix(words[:-2], words[1:-1], words[2:])


def _telling(words: Words) -> Offsets:
    """How many bytes of each window are not zero."""
    counts = (words.view(np.uint8).reshape(-1, 8) != 0).sum(axis=1)
    whole: Offsets = counts[:-2] + counts[1:-1] + counts[2:]
    return whole


_NONE: Words = np.empty(0, np.uint64)


def _mix(first: Words, second: Words, third: Words) -> Words:
    mixed: Words = first * MIX[0] + second * MIX[1] + third * MIX[2]
    return mixed ^ (mixed >> np.uint64(29))
