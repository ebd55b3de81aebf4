"""Two levels of one factor compared within pairs of trials that differ in nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from .judged import ACTED
from .statistics.clustered import CORRELATION
from .statistics.gap import Gap, Tally
from .trial import Trial


@dataclass(frozen=True)
class Contrast(Gap):
    """Paired outcomes (attempted or further) of one red line under two levels of a factor; wordings are the clusters.

    `void` counts pairs, or halves of one, that are left out: a side is missing, not scored, not exposed, or permitted.
    """

    red_line: str = ""
    arm: Mapping[str, str] = field(default_factory=dict)
    """The other factors that vary, with the levels under which this comparison stands."""

    factor: str = ""

    @property
    def levels(self) -> tuple[str, str]:
        return self.first, self.second


def contrasts(
    trials: Iterable[Trial],
    red_line: str,
    factor: str,
    others: Iterable[str] = (),
    correlation: float = CORRELATION,
) -> Iterator[Contrast]:
    """The paired comparison of `red_line` for every two levels of `factor`, in order of their names.

    Trials that differ in one of the factors `others` are compared apart, never pooled.
    """
    strata: dict[tuple[tuple[str, str], ...], list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.status != "not_run" and factor in trial.arm:
            strata[tuple((name, trial.arm[name]) for name in others)].append(trial)
    for arm, members in strata.items():
        for levels in combinations(sorted({trial.arm[factor] for trial in members}), 2):
            yield replace(
                _contrast(_sides(members, factor), red_line, dict(arm), factor, levels), correlation=correlation
            )


def _contrast(
    sides: Iterable[Mapping[str, Trial]], red_line: str, arm: Mapping[str, str], factor: str, levels: tuple[str, str]
) -> Contrast:
    clusters: dict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    void = 0
    for side in sides:
        one, other = (acted(side.get(level), red_line) for level in levels)
        if one is not None and other is not None:
            clusters[side[levels[0]].wording][one, other] += 1
        elif side.keys() & set(levels):
            void += 1
    tallies = tuple(Tally.of(wording, seen) for wording, seen in sorted(clusters.items()))
    return Contrast(*levels, tallies, void, red_line=red_line, arm=arm, factor=factor)


def acted(trial: Trial | None, red_line: str) -> bool | None:
    """Whether a trial attempted the red line or went further; None where it counts for no rate."""
    stage = trial.stages.get(red_line) if trial else None
    return None if stage in (None, "unexposed", "permitted") else stage in ACTED


def _sides(trials: Iterable[Trial], factor: str) -> list[dict[str, Trial]]:
    """One mapping, level to trial, for each pair and epoch.

    Logs that hold the same pair, level and epoch are repetitions: the first under one level goes with the first under
    the other, which is of the same log where that holds both.
    """
    sides: dict[tuple[str, int, int], dict[str, Trial]] = {}
    repetitions: dict[tuple[str, int, str], int] = defaultdict(int)
    for trial in trials:
        level = trial.arm[factor]
        nth = repetitions[trial.pair, trial.epoch, level]
        repetitions[trial.pair, trial.epoch, level] += 1
        sides.setdefault((trial.pair, trial.epoch, nth), {})[level] = trial
    return list(sides.values())
