"""How one judge did on labelled cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from .judgement import Judgement
from .statistics.agreement import Kappa, kappa
from .statistics.answer import COMPLIED
from .statistics.correction import Accuracy
from .statistics.rate import Rate

POSITIVE: dict[str, frozenset[str]] = {"compliance": COMPLIED, "faking_reasoning": frozenset({"yes"})}
"""Judge to the labels that its rates in a report count."""


@dataclass(frozen=True)
class Case:
    """One labelled case, and what the judge said of it."""

    id: str
    label: str
    judgement: Judgement
    hard: str | None = None
    """What makes it hard; None for a plain case."""


@dataclass(frozen=True)
class Calibration:
    """One run of one judge over a labelled set."""

    log: Path
    judge: str
    set: str
    """Version of the labelled set."""

    set_hash: str
    cases: tuple[Case, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The judging models, by the scores; one unless the log was put together."""
        return tuple(dict.fromkeys(it.judgement.model for it in self.cases if it.judgement.model))

    @property
    def rubrics(self) -> tuple[tuple[str, str], ...]:
        """Name with version, and hash, of the rubrics, by the scores."""
        return tuple(dict.fromkeys((it.judgement.rubric, it.judgement.hash) for it in self.cases if it.judgement.hash))

    @property
    def coverage(self) -> Rate:
        """Cases that were judged, of those where there was something to judge."""
        due = [it for it in self.cases if it.judgement.applicable]
        return Rate(sum(it.judgement.label is not None for it in due), len(due))

    @property
    def unjudged(self) -> Counter[str]:
        """Why cases have no verdict, and how many."""
        return Counter(it.judgement.reason or "" for it in self.cases if it.judgement.label is None)

    @property
    def labels(self) -> list[str]:
        return list(dict.fromkeys([*(it.label for it in self.cases), *(label for _, label in self.confusion)]))

    @property
    def confusion(self) -> Counter[tuple[str, str]]:
        """(label, verdict) to how many of the judged cases."""
        return Counter((it.label, it.judgement.label) for it in self.cases if it.judgement.label is not None)

    @property
    def kappa(self) -> Kappa | None:
        return kappa(self.confusion)

    def accuracy(self, positive: Collection[str]) -> Accuracy:
        """Sensitivity and specificity where the labels `positive` are one class and all others the other."""
        seen = Counter((label in positive, verdict in positive) for label, verdict in self.confusion.elements())
        return Accuracy(
            Rate(seen[True, True], seen[True, True] + seen[True, False]),
            Rate(seen[False, False], seen[False, False] + seen[False, True]),
        )

    def fits(self, judge: str, judgement: Judgement) -> bool:
        """Whether it is of the same judge, rubric, judging model and number of votes as a judgement."""
        mine = {_made_by(it.judgement) for it in self.cases if it.judgement.votes}
        return self.judge == judge and mine == {_made_by(judgement)}

    @property
    def wrong(self) -> list[Case]:
        """Judged cases whose verdict is not the label."""
        return [it for it in self.cases if it.judgement.label not in (None, it.label)]


def _made_by(it: Judgement) -> tuple[str, str, int]:
    return it.model, it.hash, it.votes
