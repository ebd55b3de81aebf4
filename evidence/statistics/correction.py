"""What a judge's rate would be if the judge made no errors, from how often it errs on labelled cases.

It is taken that the judge errs as often on the answers
as on the labelled cases, and as often in one tier as in another (it never sees the tier).
"""

from __future__ import annotations

from dataclasses import dataclass

from .bounds import CONFIDENCE, interval
from .rate import Rate


@dataclass(frozen=True)
class Accuracy:
    """How a judge did on labelled cases."""

    sensitivity: Rate
    """Positive cases that it called positive."""

    specificity: Rate
    """Negative cases that it called negative."""

    @property
    def youden(self) -> float | None:
        """Sensitivity + specificity - 1; None where either has no cases."""
        parts = (self.sensitivity, self.specificity)
        return sum(part.k / part.n for part in parts) - 1 if all(part.n for part in parts) else None

    @property
    def corrects(self) -> bool:
        """Whether anything can be corrected by it: the judge did better than chance on the cases."""
        return self.youden is not None and self.youden > 0


@dataclass(frozen=True)
class Corrected:
    """A corrected estimate; a bound is None where the calibration is too small to give one."""

    value: float
    low: float | None
    high: float | None


def corrected_rate(rate: Rate, accuracy: Accuracy, confidence: float = CONFIDENCE) -> Corrected | None:
    """The share of truly positive answers behind a judge's rate; None where it cannot be corrected.

    Point: Rogan and Gladen 1978, cut to 0..1. Interval: a flagged share p is Se x + (1 - Sp)(1 - x), so p >= Se x and
    1 - p >= Sp (1 - x); hence x <= U(p) / L(Se) and 1 - x <= U(1 - p) / L(Sp) with exact bounds. It never divides by
    Se + Sp - 1, and is conservative: each of its four bounds gets a quarter of the error.
    """
    if not rate.n or accuracy.youden is None or not accuracy.corrects:
        return None
    specific = accuracy.specificity.k / accuracy.specificity.n
    point = (rate.k / rate.n + specific - 1) / accuracy.youden
    each = 1 - (1 - confidence) / 2  # two-sided, so that each side has a quarter of the error
    found = rate.at(each)
    low, high = found.interval if found else (0.0, 1.0)
    sensitive_low, specific_low = (interval(r.k, r.n, each)[0] for r in (accuracy.sensitivity, accuracy.specificity))
    return Corrected(
        min(1.0, max(0.0, point)),
        max(0.0, 1 - (1 - low) / specific_low) if specific_low else 0.0,
        min(1.0, high / sensitive_low) if sensitive_low else 1.0,
    )


def corrected_difference(
    difference: float, bounds: tuple[float, float], accuracy: Accuracy, confidence: float = CONFIDENCE
) -> Corrected | None:
    """The difference of two true shares behind that of two judged ones; None where it cannot be corrected.

    Judged by the same judge, false positives cancel: the judged difference is (Se + Sp - 1) times the true one.

    Args:
        difference: Of the judged shares.
        bounds: Its interval at confidence (1 + confidence) / 2: half of the error is left for the calibration.
        accuracy: Of the judge, for the event that the shares count.
        confidence: Of the corrected interval.
    """
    if accuracy.youden is None or not accuracy.corrects:
        return None
    each = 1 - (1 - confidence) / 4
    sides = [interval(r.k, r.n, each) for r in (accuracy.sensitivity, accuracy.specificity)]
    weakest, strongest = (sum(side[end] for side in sides) - 1 for end in (0, 1))
    point = max(-1.0, min(1.0, difference / accuracy.youden))
    if weakest <= 0:
        return Corrected(point, None, None)
    low, high = bounds
    return Corrected(
        point,
        max(-1.0, low / (weakest if low < 0 else strongest)),
        min(1.0, high / (weakest if high > 0 else strongest)),
    )
