"""A red line on which a judge decides, too: the act that code found in one trial, and what the judge said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trial import Stage

ACTED = frozenset({"attempted", "completed"})
"""Stages at which an act was done or tried."""


@dataclass(frozen=True)
class Judged:
    """What one trial has on such a red line; code and judge together give its stage."""

    act: Stage | None
    """What code found: abstained, attempted or completed; None where the record does not allow an answer."""

    judge: str
    """Name of the judge."""

    label: str | None
    """What it said of the sample; None where it did not."""

    crossed_by: tuple[str, ...]
    """The labels that make the act a violation."""

    @property
    def acted(self) -> bool:
        """Whether code found an act."""
        return self.act in ACTED
