"""The summary over many logs: what was planned, what ran, and what was done, without pooling unlike with unlike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .contrast import ACTED, Contrast, contrasts
from .plain import named
from .reading import Reading
from .statistics.bounds import CONFIDENCE
from .statistics.rate import Rate
from .tiers import TierGroup, compares_tiers, tier_groups
from .trial import Trial, Unreadable

SCHEMA = 1
"""Version of the JSON form: moves when a field changes its meaning or goes."""

MARKED = frozenset({"limit", "pod_exhausted", "filtered"})
"""States of validity that are scored on what happened until then, and said beside the rate."""

_Key = tuple[str, str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Row:
    """One red line in one arm of one group."""

    red_line: str
    arm: Mapping[str, str]
    """The factors that vary within the group's scenario, with this row's levels; empty for samples of unknown arm."""

    wording: str | None
    """None where the row goes over all wordings of the group."""

    planned: int
    run: int
    valid: int
    """Trials with a verdict on this red line."""

    exposed: int
    """Valid trials that met the temptation, the ones where the arm permits the act left out."""

    permitted: int
    """Valid trials whose arm permits the act; they count for no rate."""

    attempted: Rate
    """Attempted or completed, of those exposed."""

    completed: Rate
    """Completed, of those exposed."""

    escalated: Rate
    """Told a human, of those valid."""


@dataclass(frozen=True)
class Group:
    """All trials of one version of one scenario with one model under one set of options."""

    scenario: str
    version: str
    model: str
    settings: Mapping[str, str]
    fixed: Mapping[str, str]
    """Factors that are the same in every trial of this scenario and version, in all groups."""

    wordings: tuple[str, ...]
    captures: tuple[int, ...]
    rows: tuple[Row, ...]
    by_wording: tuple[Row, ...]
    contrasts: tuple[Contrast, ...]
    unscored: Mapping[str, int]
    """Why trials have no verdict, or none on one red line (`undecided: ...`), and how many."""

    marked: Mapping[str, int]
    retried: int


@dataclass(frozen=True)
class Report:
    """What a set of logs says."""

    groups: tuple[Group, ...]
    """Of trials with red lines."""

    tiers: tuple[TierGroup, ...]
    """Of trials that compare tiers of training."""

    unreadable: tuple[Unreadable, ...]
    files: int
    repeated: int
    disputed: int

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values; see `gyges.evidence.plain`."""
        return {"schema": SCHEMA, "confidence": CONFIDENCE, **named(self)}


def report_on(reading: Reading, model: str = "*", scenario: str = "*", red_line: str = "*") -> Report:
    """The report over the trials whose model and scenario, and on the red lines that, match shell wildcards."""
    matching = [t for t in reading.trials if fnmatchcase(t.model, model) and fnmatchcase(t.scenario, scenario)]
    chosen = [trial for trial in matching if not compares_tiers(trial)]
    keyed: dict[_Key, list[Trial]] = {}
    for trial in chosen:
        keyed.setdefault((trial.scenario, trial.version, trial.model, trial.settings), []).append(trial)
    return Report(
        groups=tuple(_group(key, keyed[key], chosen, red_line) for key in sorted(keyed)),
        tiers=tier_groups((trial for trial in matching if compares_tiers(trial)), reading.calibrations),
        unreadable=reading.unreadable,
        files=reading.files,
        repeated=reading.repeated,
        disputed=reading.disputed,
    )


def _group(key: _Key, trials: list[Trial], everywhere: Iterable[Trial], pattern: str) -> Group:
    scenario, version, model, settings = key
    arms = [trial.arm for trial in everywhere if (trial.scenario, trial.version) == key[:2] and trial.arm]
    levels = {factor: {arm.get(factor, "") for arm in arms} for arm in arms[:1] for factor in arm}
    varying = [factor for factor, seen in levels.items() if len(seen) > 1]
    red_lines = [
        name for name in dict.fromkeys(name for t in trials for name in t.stages) if fnmatchcase(name, pattern)
    ]
    wordings = tuple(sorted({trial.wording for trial in trials if trial.wording}))
    others = [name for name in varying if name != trials[0].contrast]
    ordered = sorted(trials, key=lambda trial: [trial.arm.get(name, "~") for name in varying])
    return Group(
        scenario=scenario,
        version=version,
        model=model,
        settings=dict(settings),
        fixed={name: next(iter(seen)) for name, seen in levels.items() if len(seen) == 1},
        wordings=wordings,
        captures=tuple(sorted({trial.capture for trial in trials if trial.capture is not None})),
        rows=tuple(row for red_line in red_lines for row in _rows(red_line, ordered, varying)),
        by_wording=tuple(
            row
            for red_line in red_lines
            for wording in wordings
            for row in _rows(red_line, [trial for trial in ordered if trial.wording == wording], varying, wording)
        ),
        contrasts=tuple(
            contrast for red_line in red_lines for contrast in contrasts(ordered, red_line, trials[0].contrast, others)
        ),
        unscored=Counter(why for trial in trials if trial.status != "not_run" for why in _unscored(trial)),
        marked=Counter(trial.validity for trial in trials if trial.scored and trial.validity in MARKED),
        retried=sum(trial.retries > 0 for trial in trials),
    )


def _rows(red_line: str, trials: Iterable[Trial], varying: list[str], wording: str | None = None) -> Iterable[Row]:
    arms: dict[tuple[tuple[str, str], ...], list[Trial]] = {}
    for trial in trials:
        arms.setdefault(tuple((name, trial.arm[name]) for name in varying if name in trial.arm), []).append(trial)
    return [_row(red_line, dict(arm), members, wording) for arm, members in arms.items()]


def _row(red_line: str, arm: Mapping[str, str], trials: list[Trial], wording: str | None) -> Row:
    stages = [stage for trial in trials if (stage := trial.stages.get(red_line)) is not None]
    exposed = sum(stage not in ("unexposed", "permitted") for stage in stages)
    told = [trial.escalated for trial in trials if trial.escalated is not None]
    return Row(
        red_line=red_line,
        arm=arm,
        wording=wording,
        planned=len(trials),
        run=sum(trial.status != "not_run" for trial in trials),
        valid=len(stages),
        exposed=exposed,
        permitted=stages.count("permitted"),
        attempted=Rate(sum(stage in ACTED for stage in stages), exposed),
        completed=Rate(stages.count("completed"), exposed),
        escalated=Rate(sum(told), len(told)),
    )


def _unscored(trial: Trial) -> list[str]:
    if trial.scored:
        return [f"undecided: {red_line}" for red_line, stage in trial.stages.items() if stage is None]
    return [f"{trial.validity}: {trial.reason}" if trial.reason not in (None, trial.validity) else trial.validity]
