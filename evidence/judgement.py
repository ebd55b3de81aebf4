"""What one judge said of one sample, or why it said nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Judgement:
    """One judge's verdict, as its score in the log holds it."""

    label: str | None
    """None: not judged."""

    model: str
    """The model that judged."""

    rubric: str
    """Name and version of the rubric."""

    hash: str
    """SHA-256 of the rubric's file."""

    visibility: str
    """How much of the model's reasoning could be read: full, summary, encrypted or none."""

    votes: int = 0
    """How often the judge was asked; 0 where it was not."""

    applicable: bool = True
    """False where there was nothing to judge; such a sample does not count against the judged share."""

    reason: str | None = None
    """Why there is no label."""
