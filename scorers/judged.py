"""What a judge said of a sample in the same run: how scorers that stand last read those before them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from inspect_ai.scorer import Score


def newest(scores: Mapping[str, Score] | None, judge: str) -> Score | None:
    """The judge's score; after `inspect score --action append` (`compliance1`), the newest."""
    found = [
        (int(match[1] or 0), score)
        for name, score in (scores or {}).items()
        if (match := re.fullmatch(rf"(?:gyges/)?{judge}(\d*)", name))
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def judged(scores: Mapping[str, Score] | None, judge: str) -> str | None:
    """The judge's label; None where it gave none."""
    found = newest(scores, judge)
    return found.value if found and isinstance(found.value, str) else None
