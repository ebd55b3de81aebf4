"""The numbers of one comparison: own counts against a published share, its n known or not.

Trials that share a cluster are worth fewer; counts are shrunk to what they are worth at the declared correlation. Exact
tests take whole numbers only: of the two whole counts that a shrunk one lies between, the one that shows less counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, floor

from gyges.evidence.cards.card import Claim
from gyges.evidence.statistics.bounds import interval
from gyges.evidence.statistics.clustered import effective
from gyges.evidence.statistics.planning import n_equivalent
from gyges.evidence.statistics.proportions import newcombe
from gyges.evidence.statistics.published import (
    LEVEL,
    against,
    default_margin,
    equivalent,
    fisher,
    jeffreys_above,
    tipping_n,
)

_EPSILON = 1e-9

Counts = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Figures:
    """Own counts, a published share, and how the two compare."""

    k: int
    n: int
    clusters: int
    worth: float
    """Independent trials that these are worth."""

    low: float
    """Least and greatest share that the figure can stand for."""

    high: float
    claim_n: int | None
    """Trials of the published figure; None where it does not say, and then the figure is taken as fixed."""

    claim_worth: int | None
    """What they are worth where the document says of how many clusters they are repeats."""

    margin: float
    adjusted: float | None = None
    """p after Holm's correction over the comparisons of one model."""

    family: int = 1
    """How many comparisons that were."""

    @classmethod
    def of(cls, counts: Counts, claim: Claim, correlation: float, margin: float | None) -> Figures:
        """The numbers for own counts by cluster. Raises ValueError without trials, or for a claim that is no share."""
        low, high = _edges(claim)
        return cls(
            k=sum(events for events, _ in counts),
            n=sum(trials for _, trials in counts),
            clusters=len(counts),
            worth=effective([trials for _, trials in counts], correlation),
            low=low,
            high=high,
            claim_n=claim.n,
            claim_worth=_claim_worth(claim, correlation),
            margin=default_margin((low + high) / 2) if margin is None else margin,
        )

    @property
    def share(self) -> float:
        """The own share."""
        return self.k / self.n

    @property
    def published(self) -> float:
        """What the figure stands for, nearest to the own share."""
        return min(max(self.share, self.low), self.high)

    @property
    def gap(self) -> float:
        """Own share minus the published one; 0 where it lies inside what the figure can stand for."""
        return self.share - self.published

    @cached_property
    def own(self) -> tuple[float, float]:
        """Exact 95 % interval of the own rate, at what the trials are worth."""
        return interval(self.share * self.worth, self.worth)

    @cached_property
    def p(self) -> float:
        """Two-sided: Fisher's exact test where the n of the figure is known, else the exact binomial test."""
        if self._claim is None:
            return max(against(k, n, self.low, self.high) for k, n in self._whole)
        return max(fisher(k, n, *self._claim) for k, n in self._whole)

    @cached_property
    def difference(self) -> tuple[float, float]:
        """The 95 % interval of own minus published; of a figure that is taken as fixed only the own rate varies."""
        if self._claim is None:
            return self.own[0] - self.high, self.own[1] - self.low
        return newcombe(self.share * self.worth, self.worth, *self._claim)

    @cached_property
    def equivalent(self) -> bool:
        """Whether the own rate is shown to lie within the margin of the published one."""
        return all(equivalent(k, n, self.low, self.high, self.margin, self.claim_worth) for k, n in self._whole)

    @property
    def different(self) -> bool:
        """Whether the two are shown to differ: the adjusted p, and the interval of the difference."""
        p = self.p if self.adjusted is None else self.adjusted
        return p < LEVEL and not self.difference[0] <= 0 <= self.difference[1]

    @cached_property
    def tipping_n(self) -> int | None:
        """Where the n of the figure is not known: with fewer trials than this behind it the two would not differ.

        None where its n is known, and where the two would not differ whatever it is.
        """
        return None if self.claim_n else tipping_n(*self._nearest, (self.low + self.high) / 2)

    @cached_property
    def above(self) -> float:
        """The probability that the own rate is above the figure by more than the margin (Jeffreys' prior)."""
        return jeffreys_above(*self._nearest, self.high + self.margin)

    @cached_property
    def needed(self) -> int | None:
        """How many independent trials would show the rate to lie within the margin if it were the published one.

        For 80 % power. None where no number would: the figure rests on too few trials, or leaves too much open.
        """
        return needed(self.low, self.high, self.margin, self.claim_worth)

    @property
    def _whole(self) -> Sequence[tuple[int, int]]:
        return whole(self.k, self.n, self.worth)

    @property
    def _nearest(self) -> tuple[int, int]:
        return min(self._whole, key=lambda it: abs(it[0] - self.share * it[1]))

    @cached_property
    def _claim(self) -> tuple[int, int] | None:
        """The published count, of those that the figure can stand for the one that is nearest to the own share."""
        n = self.claim_worth
        if n is None:
            return None
        least, most = ceil(self.low * n - _EPSILON), floor(self.high * n + _EPSILON)
        if least > most:
            return round((self.low + self.high) / 2 * n), n
        return min(max(round(self.share * n), least), most), n


def whole(k: int, n: int, worth: float) -> Sequence[tuple[int, int]]:
    """The whole counts (events, trials) that k of n lie between when they are worth so many independent trials."""
    trials = max(1, floor(worth + _EPSILON))
    events = k / n * trials
    return [(it, trials) for it in sorted({floor(events + _EPSILON), ceil(events - _EPSILON)})]


@lru_cache(maxsize=256)
def needed(low: float, high: float, margin: float, claim_n: int | None = None) -> int | None:
    """See `Figures.needed`; of two samples, the variances of both add up."""
    try:
        alone = n_equivalent((low + high) / 2, margin, rounding=(high - low) / 2)
    except ValueError:  # the figure leaves more open than the margin, or the margin everything
        return None
    if claim_n is None:
        return alone
    return ceil(alone / (1 - alone / claim_n)) if alone < claim_n else None


def _edges(claim: Claim) -> tuple[float, float]:
    if claim.kind == "count" and claim.k is not None and claim.n:
        return claim.k / claim.n, claim.k / claim.n
    if claim.low is None or claim.high is None:
        raise ValueError(f"{claim.id} is no share")
    return claim.low, claim.high


def _claim_worth(claim: Claim, correlation: float) -> int | None:
    if claim.n is None or claim.clusters is None or claim.clusters >= claim.n:
        return claim.n
    size, rest = divmod(claim.n, claim.clusters)
    return max(1, floor(effective([size + 1] * rest + [size] * (claim.clusters - rest), correlation)))
