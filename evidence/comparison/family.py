"""The comparisons of one model are one family of tests; with p adjusted over it, each gets its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gyges.evidence.statistics.holm import holm

from .comparison import Comparison
from .figures import Figures
from .verdict import Qualifier, Verdict


def concluded(found: Sequence[Comparison]) -> Iterator[Comparison]:
    """The same comparisons in the same order; those that passed all gates with p adjusted (Holm) and a verdict."""
    families: dict[str, list[Figures]] = {}
    for it in found:
        if it.tested and it.figures:
            families.setdefault(it.measured.model, []).append(it.figures)
    adjusted = {
        id(figures): (p, len(members))
        for members in families.values()
        for figures, p in zip(members, holm([figures.p for figures in members]), strict=True)
    }
    for it in found:
        if it.figures is None or id(it.figures) not in adjusted:
            yield it
            continue
        p, family = adjusted[id(it.figures)]
        yield _concluded(it, replace(it.figures, adjusted=p, family=family))


def _concluded(it: Comparison, figures: Figures) -> Comparison:
    differ = Verdict.HIGHER if figures.gap > 0 else Verdict.LOWER
    verdict = Verdict.CONSISTENT if figures.equivalent else differ if figures.different else Verdict.INCONCLUSIVE
    more = [Qualifier.FIXED] if figures.claim_n is None else []
    more += [Qualifier.NOT_PRACTICALLY] if figures.different and abs(figures.gap) < figures.margin else []
    return replace(it, verdict=verdict, figures=figures, qualifiers=(*it.qualifiers, *more))
