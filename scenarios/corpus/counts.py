"""How many documents were asked for, came, were removed by which filter, and stayed."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

RULES = ("chat transcript", "differs by tier", "deceives raters", "exact duplicate", "near duplicate")
CHECKS = (
    "shows an AI",
    "differs by tier",
    "deceives raters",
    "fact not stated",
    "contradicts the world",
    "tells another corpus's fact",
    "no verdict",
)
"""In the order in which they are asked; a document counts for the first that removes it."""


@dataclass
class Counts:
    """Of one corpus."""

    types: int = 0
    ideas: int = 0
    asked: int = 0
    """Documents by the plan; `asked` = `failed` + `written`, and `written` = what was removed + what was kept."""
    written: int = 0
    rules: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(RULES, 0)))
    checks: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(CHECKS, 0)))
    kept: Counter[str] = field(default_factory=Counter)
    """Documents by fact."""

    @property
    def failed(self) -> int:
        """Documents that the model did not write, those included whose kind or idea it did not give."""
        return self.asked - self.written

    def as_json(self) -> dict[str, Any]:
        """As `counts.json` has it."""
        return {
            "types": self.types,
            "ideas": self.ideas,
            "asked": self.asked,
            "failed": self.failed,
            "written": self.written,
            "removed_by_rule": dict(self.rules),
            "removed_by_checker": dict(self.checks),
            "kept": self.kept.total(),
            "kept_by_fact": dict(self.kept),
        }
