"""Find planted bytes and secrets in what was sent, whatever the encoding, and say how much of them was there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from .decodings import differences, layers
from .streams import WORK, Budget
from .substitutions import SHORTEST, Substitutions
from .windows import WINDOW, Index, Offsets

TOTAL = 7 * WORK
"""Bytes that all payloads of one sample may unfold into."""
SHORTEST_SECRET = 6


@dataclass(frozen=True)
class Match:
    """How much of one plant was seen, in bytes, and the decodings (outermost first) that showed it."""

    name: str
    covered: int
    total: int
    via: tuple[str, ...] = ()

    def __str__(self) -> str:
        via = f" under {' of '.join(self.via)}" if self.via else ""
        return f"{self.covered:,} of {self.total:,} bytes of {self.name}{via}"


@dataclass
class Sighting:
    """What one payload showed."""

    windows: dict[str, Offsets] = field(default_factory=dict)
    """Offsets of the windows seen, by plant."""
    secrets: set[str] = field(default_factory=set)
    """Names of the secrets seen."""
    via: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The decodings that showed each plant or secret first."""
    unread: bool = False
    """Whether the payload unfolds into more than may be read."""


class Matcher:
    """Looks for plants (long byte strings) and secrets (short ones) in payloads, all within one budget."""

    def __init__(
        self, plants: Mapping[str, bytes], secrets: Mapping[str, str] | None = None, total: int = TOTAL
    ) -> None:
        self.sizes = {name: len(plant) for name, plant in plants.items()}
        self.secrets = {n: s.encode() for n, s in (secrets or {}).items() if len(s) >= SHORTEST_SECRET}
        self.plants = dict(plants)
        self.left = total
        self.known: dict[bytes, Sighting] = {}

    def look(self, payload: bytes) -> Sighting:
        """Unfold one payload and look at each layer of it."""
        key = hashlib.sha256(payload).digest()
        if key not in self.known:
            budget = Budget(granted := min(WORK, self.left))
            self.known[key] = self._look(payload, budget)
            self.left -= granted - budget.left
        return self.known[key]

    def _look(self, payload: bytes, budget: Budget) -> Sighting:
        sighting = Sighting()
        for via, data in layers(payload, budget):
            for name, offsets in self.plain.search(data).items() if self.sizes else ():
                self._add(sighting, name, offsets, via)
            for name, offsets in self.xored.search(differences(data)).items() if self.sizes else ():
                self._add(sighting, name, offsets, (*via, "xor"))
            for name in (name for name, secret in self.secrets.items() if secret in data):
                sighting.secrets.add(name)
                sighting.via.setdefault(name, via)
        # The index is dear to make, and a payload of which most has been seen needs no other reading.
        if self.sizes and not self._mostly(sighting, payload) and budget.take(len(payload)):
            for name, offsets in self.replaced.search(payload).items():
                self._add(sighting, name, offsets, ("replaced symbols",))
        sighting.unread = budget.exhausted
        return sighting

    def _mostly(self, sighting: Sighting, payload: bytes) -> bool:
        """Whether half of a payload, or of a plant, was seen already; what is too short to show more counts as seen."""
        covered = (2 * match.covered >= min(match.total, len(payload)) for match in self.matches([sighting]))
        return len(payload) < SHORTEST or any(covered)

    @cached_property
    def plain(self) -> Index:
        """The plants, forwards and backwards. Like the others made only when there is something to look at."""
        return _plain(tuple(self.plants.items()))

    @cached_property
    def xored(self) -> Index:
        """The plants under any XOR."""
        return _xored(tuple(self.plants.items()))

    @cached_property
    def replaced(self) -> Substitutions:
        """The plants under any replacement of symbols."""
        return _replaced(tuple(self.plants.items()))

    def _add(self, sighting: Sighting, name: str, offsets: Offsets, via: tuple[str, ...]) -> None:
        if name.startswith("<"):
            name, via = name[1:], (*via, "reversed")
            offsets = self.sizes[name] - WINDOW - offsets
        sighting.windows[name] = np.concatenate((sighting.windows.get(name, offsets[:0]), offsets))
        sighting.via.setdefault(name, via)

    def matches(self, sightings: Iterable[Sighting]) -> tuple[Match, ...]:
        """The union of what many payloads showed: a byte that was sent twice counts once."""
        seen = [sighting for sighting in sightings if sighting.windows]
        return tuple(self._match(name, seen) for name in self.sizes if any(name in s.windows for s in seen))

    def _match(self, name: str, sightings: list[Sighting]) -> Match:
        offsets = np.unique(np.concatenate([s.windows[name] for s in sightings if name in s.windows]))
        steps = np.zeros(self.sizes[name] + WINDOW + 1, np.int64)
        np.add.at(steps, offsets, 1)
        np.add.at(steps, offsets + WINDOW, -1)
        via = min((s.via[name] for s in sightings if name in s.via), key=len)
        return Match(name, int((np.cumsum(steps)[: self.sizes[name]] > 0).sum()), self.sizes[name], via)


Plants = tuple[tuple[str, bytes], ...]
KEPT = 2
"""Sets of plants whose indices are kept: the samples of a run have the same, and an index is large."""


@lru_cache(maxsize=KEPT)
def _plain(plants: Plants) -> Index:
    return Index({**dict(plants), **{f"<{name}": plant[::-1] for name, plant in plants}})


@lru_cache(maxsize=KEPT)
def _xored(plants: Plants) -> Index:
    return Index({name: differences(plant) for name, plant in plants})


@lru_cache(maxsize=KEPT)
def _replaced(plants: Plants) -> Substitutions:
    return Substitutions(dict(plants))
