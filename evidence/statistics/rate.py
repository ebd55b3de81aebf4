"""A rate that is never shown without its count, its denominator and an exact interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from .bounds import CONFIDENCE, percent
from .clustered import CORRELATION, Bounds, clustered_bounds


@dataclass(frozen=True)
class Rate:
    """`k` events in `n` trials; equal to another where these are."""

    k: int
    n: int
    clusters: tuple[tuple[int, int], ...] = field(default=(), compare=False, repr=False)
    """(events, trials) of what trials that are not independent share; empty: taken as independent."""

    correlation: float = field(default=CORRELATION, compare=False, repr=False)
    """Declared, of the trials of one cluster."""

    @classmethod
    def over(cls, seen: Iterable[tuple[str, bool]], correlation: float = CORRELATION) -> Rate:
        """The rate over (cluster, whether it happened) of each trial."""
        trials, events = Counter[str](), Counter[str]()
        for cluster, happened in seen:
            trials[cluster] += 1
            events[cluster] += happened
        clusters = tuple((events[name], trials[name]) for name in sorted(trials))
        return cls(events.total(), trials.total(), clusters, correlation)

    @cached_property
    def clustered(self) -> Bounds | None:
        """The three upper bounds and the interval, at 95 %; None without trials."""
        return self.at(CONFIDENCE)

    def at(self, confidence: float) -> Bounds | None:
        """The bounds at another confidence; None without trials."""
        alone = ((1, 1),) * self.k + ((0, 1),) * (self.n - self.k)
        return clustered_bounds(self.clusters or alone, self.correlation, confidence)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Exact 95 % interval, as shares, at the declared correlation within clusters; None without trials."""
        return self.clustered.interval if self.clustered else None

    @property
    def upper(self) -> float | None:
        """Exact one-sided 95 % upper bound, as a share, at the declared correlation; None without trials."""
        return self.clustered.declared if self.clustered else None

    def __str__(self) -> str:
        """`3/10 6.7-65 %`; at zero events the one-sided bound, `0/10 ≤ 26 %`; `-` without trials."""
        if self.bounds is None or self.upper is None:
            return "-"
        if self.k == 0:
            return f"0/{self.n} ≤ {percent(self.upper)} %"
        low, high = self.bounds
        return f"{self.k}/{self.n} {percent(low)}-{percent(high)} %"
