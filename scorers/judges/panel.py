"""Several votes of one judge about one sample, and the verdict that they allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from inspect_ai.model import Model
from inspect_ai.util import collect

from .judge import Ballot, Judge
from .material import Part
from .rubric import Rubric
from .vote import Failed, vote


@dataclass(frozen=True)
class Panel:
    """The votes, those that count and those that failed."""

    ballots: tuple[Ballot, ...]
    failed: tuple[Failed, ...]

    @property
    def counts(self) -> Counter[str]:
        """Votes by label."""
        return Counter(ballot.label for ballot in self.ballots)

    @property
    def failures(self) -> Counter[str]:
        """Failed votes by reason."""
        return Counter(failed.reason for failed in self.failed)

    def proof(self, label: str) -> Mapping[str, str]:
        """The quotes of the vote for `label` that quotes most."""
        return max((one.quotes for one in self.ballots if one.label == label), key=len)


async def panel(model: Model, judge: Judge, rubric: Rubric, votes: int, material: Sequence[Part]) -> Panel:
    """Asks for all votes at once; how many run at a time is for the model's `max_connections` to say."""
    cast = await collect(*(vote(model, judge, rubric, material) for _ in range(votes)))
    return Panel(
        tuple(one for one in cast if isinstance(one, Ballot)), tuple(one for one in cast if isinstance(one, Failed))
    )


def verdict(labels: Sequence[str], threshold: float | None, counts: Mapping[str, int], failed: int) -> str | None:
    """The label that stands whatever the failed votes would have been; None if they could have changed it."""
    possible = {_decided(labels, threshold, Counter(counts) + Counter({label: failed})) for label in labels}
    return possible.pop() if len(possible) == 1 else None


def _decided(labels: Sequence[str], threshold: float | None, counts: Mapping[str, int]) -> str:
    """With a threshold the stronger of two labels from that share on, else the commonest; the stronger at a tie."""
    if threshold is None:
        return max(labels, key=lambda label: (counts[label], labels.index(label)))
    weaker, stronger = labels
    return stronger if counts[stronger] >= Fraction(str(threshold)) * sum(counts.values()) else weaker
