"""Two levels of one factor compared within pairs of trials that differ in nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from .statistics.proportions import exact_mcnemar
from .trial import Trial

ACTED = frozenset({"attempted", "completed"})


@dataclass(frozen=True)
class Contrast:
    """Paired outcomes (attempted or further) of one red line under two levels of a factor."""

    red_line: str
    arm: Mapping[str, str]
    """The other factors that vary, with the levels under which this comparison stands."""

    factor: str
    levels: tuple[str, str]
    both: int
    only_first: int
    only_second: int
    neither: int
    void: int
    """Pairs, or halves of one, that are left out: a side is missing, not scored, not exposed, or permitted."""

    @property
    def pairs(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def difference(self) -> float | None:
        """Share that acted under the first level minus that under the second; None without pairs."""
        return (self.only_first - self.only_second) / self.pairs if self.pairs else None

    @property
    def p(self) -> float | None:
        """Two-sided exact McNemar test: the binomial test of the discordant pairs at one half; None without pairs."""
        return exact_mcnemar(self.only_first, self.only_second) if self.pairs else None


def contrasts(trials: Iterable[Trial], red_line: str, factor: str, others: Iterable[str] = ()) -> Iterator[Contrast]:
    """The paired comparison of `red_line` for every two levels of `factor`, in order of their names.

    Trials that differ in one of the factors `others` are compared apart, never pooled.
    """
    strata: dict[tuple[tuple[str, str], ...], list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.status != "not_run" and factor in trial.arm:
            strata[tuple((name, trial.arm[name]) for name in others)].append(trial)
    for arm, members in strata.items():
        for levels in combinations(sorted({trial.arm[factor] for trial in members}), 2):
            yield _contrast(_sides(members, factor), red_line, dict(arm), factor, levels)


def _contrast(
    sides: Iterable[Mapping[str, Trial]], red_line: str, arm: Mapping[str, str], factor: str, levels: tuple[str, str]
) -> Contrast:
    seen = [tuple(_acted(side.get(level), red_line) for level in levels) for side in sides if side.keys() & set(levels)]
    return Contrast(
        red_line=red_line,
        arm=arm,
        factor=factor,
        levels=levels,
        both=seen.count((True, True)),
        only_first=seen.count((True, False)),
        only_second=seen.count((False, True)),
        neither=seen.count((False, False)),
        void=sum(None in outcome for outcome in seen),
    )


def _acted(trial: Trial | None, red_line: str) -> bool | None:
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
