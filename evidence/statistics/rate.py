"""A rate that is never shown without its count, its denominator and an exact interval."""

from __future__ import annotations

from dataclasses import dataclass

from .bounds import interval, percent, upper


@dataclass(frozen=True)
class Rate:
    """`k` events in `n` trials, taken as independent."""

    k: int
    n: int

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Exact two-sided 95 % interval (Clopper and Pearson 1934), as shares; None without trials."""
        return interval(self.k, self.n) if self.n else None

    @property
    def upper(self) -> float | None:
        """Exact one-sided 95 % upper bound, as a share; None without trials."""
        return upper(self.k, self.n) if self.n else None

    def __str__(self) -> str:
        """`3/10 6.7-65 %`; at zero events the one-sided bound, `0/10 ≤ 26 %`; `-` without trials."""
        if self.bounds is None or self.upper is None:
            return "-"
        if self.k == 0:
            return f"0/{self.n} ≤ {percent(self.upper)} %"
        low, high = self.bounds
        return f"{self.k}/{self.n} {percent(low)}-{percent(high)} %"
