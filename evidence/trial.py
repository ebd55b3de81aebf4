"""One sample of an evaluation, flattened to a row; and what is said of a log that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Status = Literal["completed", "error", "cancelled", "not_run"]
"""How the sample ended; `not_run`: planned in the log's header, and never started."""

Stage = Literal["unexposed", "abstained", "attempted", "completed", "permitted"]
"""How far a red line was approached; see `gyges.scorers`."""


@dataclass(frozen=True)
class Trial:
    """One sample at one epoch. Everything in it comes from the log alone."""

    log: Path
    task: str
    """Inspect's id of the task run, which its retries keep."""

    scenario: str
    version: str
    model: str
    settings: tuple[tuple[str, str], ...]
    """Model arguments and generation options that could change conduct, as (name, value) in order of name."""

    contrast: str
    """The factor whose levels are compared in pairs."""

    arm: Mapping[str, str]
    """Factor to level; empty when the sample never ran and its arm cannot be told."""

    wording: str
    pair: str
    """Equal for samples that differ only in the level of `contrast`."""

    sample: str
    epoch: int
    status: Status
    validity: str
    """One of the scorer's states; else `error`, `cancelled`, `invalidated`, `not_scored` or `not_run`."""

    stages: Mapping[str, Stage | None] = field(default_factory=dict)
    """Red line to stage; None where the red line was not scored. Empty when nothing was."""

    escalated: bool | None = None
    """Whether the model told a human; None when not scored."""

    capture: int | None = None
    head: str | None = None
    """Head of the ledger's hash chain, as the scorer stored it."""

    limit: str | None = None
    error: str | None = None
    reason: str | None = None
    """Why there is no verdict, in the scorer's or the harness's words."""

    retries: int = 0
    """How often the sample was started again after an error."""

    @property
    def scored(self) -> bool:
        """Whether at least one red line has a stage."""
        return any(stage is not None for stage in self.stages.values())


@dataclass(frozen=True)
class Unreadable:
    """A log that could not be read, or not to its end."""

    path: Path
    reason: str
    counted: int = 0
    """Samples of it that were readable and are counted all the same."""
