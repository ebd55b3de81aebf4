"""What one run generates; two runs with the same plan may share a folder."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """Everything that decides what documents are asked for."""

    scenario: str
    version: str
    arm: Mapping[str, str]
    world: str
    """SHA-256 of the universe and the facts, as JSON."""
    facts: tuple[str, ...]
    model: str
    checker: str
    seed: int
    types: int
    """Kinds of document for each fact."""
    ideas: int
    """For each kind."""
    per_idea: int
    """Documents for each idea."""
    control: bool

    def as_json(self) -> dict[str, Any]:
        """As the manifest holds it."""
        return {**asdict(self), "arm": dict(self.arm), "facts": list(self.facts)}
