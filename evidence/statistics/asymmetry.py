"""Whether a gap is larger for one value than for another, or for one model than for another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from .answer import Answer
from .clustered import CORRELATION
from .clusters import percentile, permuted, resampled, sign_flip
from .gap import Gap, gap
from .holm import holm


@dataclass(frozen=True)
class Asymmetry:
    """One gap minus another."""

    first: str
    second: str
    difference: float
    low: float
    high: float
    p: float
    adjusted: float
    """p after Holm's correction over the asymmetries that were computed together."""


def gaps_by_value(answers: Iterable[Answer], correlation: float = CORRELATION) -> dict[str, Gap]:
    """The gap of each value that has a pair, in order of name."""
    answers = list(answers)
    of = {value: [it for it in answers if it.value == value] for value in sorted({it.value for it in answers})}
    found = {value: gap(mine, correlation=correlation) for value, mine in of.items()}
    return {value: it for value, it in found.items() if it.pairs}


def asymmetries(gaps: Mapping[str, Gap]) -> list[Asymmetry]:
    """Every two gaps that stand on different requests, compared: difference, 95 % bootstrap interval, permutation p.

    The bootstrap draws requests within each gap, and keeps a request's two tiers together. Gaps that rest on one
    request are left out.
    """
    usable = {name: it for name, it in gaps.items() if len(it.clusters) > 1}
    found = [_between(one, other, usable[one], usable[other]) for one, other in combinations(usable, 2)]
    return [replace(it, adjusted=p) for it, p in zip(found, holm([it.p for it in found]), strict=True)]


def _between(one: str, other: str, first: Gap, second: Gap) -> Asymmetry:
    draws = [
        resampled([it.total for it in g.clusters], [it.pairs for it in g.clusters], nth)
        for nth, g in enumerate((first, second))
    ]
    low, high = percentile(draws[0] - draws[1], min(len(first.clusters), len(second.clusters)))
    means = [[it.total / it.pairs for it in g.clusters] for g in (first, second)]
    p = permuted(*means)
    return Asymmetry(one, other, (first.difference or 0.0) - (second.difference or 0.0), low, high, p, p)


def difference_in_differences(tuned: Gap, control: Gap) -> Asymmetry | None:
    """The gap of a tuned model minus that of its control, over the requests that have pairs in both.

    Each request counts once; the 95 % interval is a bootstrap over requests, p that of their sign flips. None with
    fewer than two such requests.
    """
    sides = [{it.cluster: Fraction(it.total, it.pairs) for it in gap.clusters} for gap in (tuned, control)]
    each = [sides[0][cluster] - sides[1][cluster] for cluster in sorted(sides[0].keys() & sides[1].keys())]
    if len(each) < 2:
        return None
    low, high = percentile(resampled([float(it) for it in each], [1] * len(each)), len(each))
    p = sign_flip(each)
    return Asymmetry("tuned", "control", float(sum(each) / len(each)), low, high, p, p)
