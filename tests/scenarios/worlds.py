"""Looking at a scenario's world as tests of several scenarios do."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import combinations

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


def unstated(world: Rendered, facts: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Part and fact, a regular expression, for the facts that do not stand in their part, line ends and case aside."""
    words = {part: " ".join(text(world, part).split()) for part in facts}
    return [(part, one) for part, of in facts.items() for one in of if not re.search(one, words[part], re.IGNORECASE)]


def likeness(scenario: Scenario) -> Iterator[tuple[str, float]]:
    """Two wordings, and the share of the shorter prompt's triples of words that the other has, too."""
    (default,) = scenario.arms({})
    prompts = {one.id: scenario.render(default, one, SEED).system.split() for one in scenario.wordings}
    triples = {id: {tuple(words[i : i + 3]) for i in range(len(words) - 2)} for id, words in prompts.items()}
    for one, other in combinations(triples, 2):
        shared = len(triples[one] & triples[other])
        yield f"{one} and {other}", shared / min(len(triples[one]), len(triples[other]))
