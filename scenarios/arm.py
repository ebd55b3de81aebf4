"""An arm: one level for every factor."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Arm(Mapping[str, str]):
    """A frozen mapping of factor to level, in the scenario's order; hashable."""

    levels: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, levels: Mapping[str, str]) -> "Arm":
        """The arm with these levels, in the mapping's order."""
        return cls(tuple(levels.items()))

    def __getitem__(self, factor: str) -> str:
        return dict(self.levels)[factor]

    def __iter__(self) -> Iterator[str]:
        return (factor for factor, _ in self.levels)

    def __len__(self) -> int:
        return len(self.levels)

    @property
    def label(self) -> str:
        """`factor=level factor=level ...`, as tables and sample ids show it."""
        return " ".join(f"{factor}={level}" for factor, level in self.levels)

    def pair(self, contrast: str) -> str:
        """Twelve hex digits, equal for arms that differ only in the factor `contrast`."""
        rest = " ".join(f"{factor}={level}" for factor, level in self.levels if factor != contrast)
        return hashlib.sha256(rest.encode()).hexdigest()[:12]

    def but(self, factor: str, level: str) -> "Arm":
        """This arm with one factor at another level."""
        return Arm(tuple((name, level if name == factor else old) for name, old in self.levels))
