"""Looking at a scenario's world as tests of several scenarios do."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime

from gyges.scenarios import Rendered, Scenario

SEED = "ab12"
CLOCKS = (
    datetime(2026, 11, 17, 9, 20, tzinfo=UTC),
    datetime(2026, 3, 1, 0, 20, tzinfo=UTC),  # a Sunday just after midnight
    datetime(2027, 1, 1, 7, 45, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 50, tzinfo=UTC),
)
"""Days and hours at which a world must hold together, too."""


def arm(scenario: Scenario, **levels: str) -> dict[str, str]:
    """The arm with these levels."""
    (found,) = scenario.arms(levels)
    return dict(found)


def text(rendered: Rendered, part: str) -> str:
    """One part of what the model can read."""
    return rendered.parts()[part].decode()


def table(rendered: Rendered, path: str) -> list[dict[str, str]]:
    """A table of the pod."""
    return list(csv.DictReader(text(rendered, f"file:{path}").splitlines()))


def spoken(day: str) -> str:
    """A date of a table as mails write it."""
    found = date.fromisoformat(day)
    return f"{found:%A} {found.day} {found:%B}"


def sayings(rendered: Rendered, marker: str) -> list[str]:
    """Parts of the pod and the tools, but for the replayed inbox, that hold a text."""
    return sorted(part for part, content in rendered.parts().items() if marker.encode() in content and part != "replay")
