"""Cohen's kappa: agreement of a judge with the labels beyond what chance would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from scipy.stats import norm

from .bounds import CONFIDENCE, interval

Confusion = Mapping[tuple[str, str], int]
"""(label of the set, label given by the judge) to how many cases."""


@dataclass(frozen=True)
class Kappa:
    """1 is full agreement, 0 is what chance gives."""

    value: float
    low: float
    high: float


def kappa(confusion: Confusion, confidence: float = CONFIDENCE) -> Kappa | None:
    """Unweighted kappa (Cohen 1960) with an interval.

    The large-sample interval (Fleiss, Cohen and Everitt 1969, equation 13) is a point where all agree or one label is
    all that is given; it is stretched to what the exact interval of the agreement gives at this chance. None without
    cases, and where chance alone would give full agreement.
    """
    n = sum(confusion.values())
    if not n:
        return None
    labels = {label for pair in confusion for label in pair}
    share = {(a, b): confusion.get((a, b), 0) / n for a in labels for b in labels}
    given = {a: sum(share[a, b] for b in labels) for a in labels}
    judge = {b: sum(share[a, b] for a in labels) for b in labels}
    agreed = sum(share[a, a] for a in labels)
    chance = sum(given[a] * judge[a] for a in labels)
    if chance >= 1:
        return None
    value = (agreed - chance) / (1 - chance)
    on = sum(share[a, a] * (1 - (given[a] + judge[a]) * (1 - value)) ** 2 for a in labels)
    off = sum(share[a, b] * (judge[a] + given[b]) ** 2 for a in labels for b in labels if a != b)
    variance = (on + (1 - value) ** 2 * off - (value - chance * (1 - value)) ** 2) / (n * (1 - chance) ** 2)
    reach = float(norm.ppf(0.5 + confidence / 2)) * sqrt(max(0.0, variance))
    least, greatest = ((it - chance) / (1 - chance) for it in interval(round(agreed * n), n, confidence))
    return Kappa(value, max(-1.0, min(value - reach, least)), min(1.0, max(value + reach, greatest)))
