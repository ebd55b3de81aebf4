"""The summary over many logs: what was planned, what ran, and what was done, without pooling unlike with unlike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .family import adjusted
from .group import Group, Key, group
from .plain import named
from .reading import Reading
from .statistics.bounds import CONFIDENCE
from .statistics.clustered import CORRELATION
from .tiers import TierGroup, compares_tiers, tier_groups
from .trial import Trial, Unreadable

SCHEMA = 2
"""Version of the JSON form: moves when a field changes its meaning or goes."""


@dataclass(frozen=True)
class Report:
    """What a set of logs says."""

    groups: tuple[Group, ...]
    """Of trials with red lines."""

    tiers: tuple[TierGroup, ...]
    """Of trials that compare tiers of training."""

    unreadable: tuple[Unreadable, ...]
    files: int
    repeated: int
    disputed: int
    correlation: float = CORRELATION
    """Declared, of trials of one wording, request or queue."""

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values; see `gyges.evidence.plain`."""
        return {"schema": SCHEMA, "confidence": CONFIDENCE, **named(self)}


def report_on(reading: Reading, red_line: str = "*", correlation: float = CORRELATION) -> Report:
    """The report over all trials, on the red lines that match shell wildcards.

    Args:
        reading: What was read.
        red_line: Shell wildcards.
        correlation: Declared, of trials of one wording, request or queue; 0 to 1.
    """
    acts = [trial for trial in reading.trials if not compares_tiers(trial)]
    keyed: dict[Key, list[Trial]] = {}
    for trial in acts:
        key = (trial.scenario, trial.version, trial.model, trial.settings, trial.replay)
        keyed.setdefault(key, []).append(trial)
    groups, tiers = adjusted(
        [group(key, keyed[key], acts, red_line, correlation) for key in sorted(keyed)],
        tier_groups(filter(compares_tiers, reading.trials), reading.calibrations, correlation),
    )
    return Report(
        groups=groups,
        tiers=tiers,
        unreadable=reading.unreadable,
        files=reading.files,
        repeated=reading.repeated,
        disputed=reading.disputed,
        correlation=correlation,
    )
