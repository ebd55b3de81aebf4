"""Two rates of trials that are not paired, on published and on own wordings, and their signed difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .bounds import CONFIDENCE
from .clustered import CORRELATION
from .proportions import newcombe
from .rate import Rate

Seen = tuple[str, str, bool]
"""Wording, what trials of one wording may share besides (empty: nothing), and whether it happened."""


@dataclass(frozen=True)
class Split:
    """The same event on wordings in a published style and on others.

    The interval is Newcombe's (method 10, 1998), both counts divided by their design effect: where a side has several
    wordings, these are the clusters and taken as a sample of such wordings. A side of one wording is taken as that
    wording alone: its trials are independent, or clustered by what they share within it. Such an interval covers the
    chance of its trials, and not how another wording of that style would do.
    """

    published: Rate
    ours: Rate
    published_wordings: int
    own_wordings: int

    @property
    def difference(self) -> float:
        """Share on published wordings minus share on own ones."""
        return self.published.k / self.published.n - self.ours.k / self.ours.n

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The 95 % interval of the difference."""
        return difference_interval(self.published, self.ours)


def difference_interval(first: Rate, second: Rate, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """An interval, as shares, for the first rate minus the second, trials not paired, each at its own correlation.

    `newcombe` over counts that are divided by the design effect of their clusters, as `published.Figures` does it.

    Raises ValueError where a rate has no trials.
    """
    one, other = first.at(confidence), second.at(confidence)
    if one is None or other is None:
        raise ValueError(f"{first.k} of {first.n} and {second.k} of {second.n}: a rate without trials has no interval")
    sides = (first.k / first.n, one.effective), (second.k / second.n, other.effective)
    (share1, n1), (share2, n2) = sides
    return newcombe(share1 * n1, n1, share2 * n2, n2, confidence)


def split(published: Iterable[Seen], ours: Iterable[Seen], correlation: float = CORRELATION) -> Split | None:
    """The split of these trials; None where one side has none.

    Args:
        published: Trials on wordings in a published style.
        ours: Trials on the other wordings.
        correlation: Declared, of trials of one wording, and within a single wording of those that share something.
    """
    first, second = list(published), list(ours)
    if not first or not second:
        return None
    return Split(_rate(first, correlation), _rate(second, correlation), _wordings(first), _wordings(second))


def _wordings(seen: Iterable[Seen]) -> int:
    return len({wording for wording, _, _ in seen})


def _rate(seen: list[Seen], correlation: float) -> Rate:
    if _wordings(seen) > 1:
        return Rate.over(((wording, happened) for wording, _, happened in seen), correlation)
    shared = (((within or str(nth)), happened) for nth, (_, within, happened) in enumerate(seen))
    return Rate.over(shared, correlation)
