"""The tools, detectors and judges that scenarios may name."""

from __future__ import annotations

from functools import cache

from gyges.scenarios.kinds import Kinds
from gyges.scorers.detectors import READS
from gyges.scorers.judges import JUDGES
from gyges.tools.registry import FORMS, TOOLS


@cache
def known_kinds() -> Kinds:
    """All that Gyges has."""
    return Kinds(
        tools=frozenset(TOOLS),
        detectors=READS,
        judges={name: judge.labels for name, judge in JUDGES.items()},
        stubs=FORMS,
    )
