"""The report on trials that compare tiers of training (alignment faking): unlike is never pooled with unlike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .calibration import Calibration
from .statistics.asymmetry import Asymmetry, difference_in_differences
from .statistics.clustered import CORRELATION
from .stratum import Stratum, stratum
from .styles import wordings_by_style
from .trial import Trial

APART = ("form", "setting", "objective")
"""Factors whose levels make groups of their own."""

_POOLED = frozenset({"tier", "value", *APART})

_Key = tuple[str, str, str, tuple[tuple[str, str], ...], tuple[str, ...]]


@dataclass(frozen=True)
class TierGroup:
    """All trials of one version, form, setting and objective with one model under one set of options."""

    scenario: str
    version: str
    model: str
    settings: Mapping[str, str]
    apart: Mapping[str, str]
    """The levels of the factors `APART`."""

    fixed: Mapping[str, str]
    """The other factors, where they are the same in every trial of the group."""

    planned: int
    run: int
    valid: int
    """Trials that ended with something to judge."""

    queries: int
    wordings: tuple[str, ...]
    styles: Mapping[str, tuple[str, ...]]
    """`published` and `ours` to the wordings that are like that; empty where no log says."""

    judges: tuple[str, ...]
    """The rubrics by which each model judged."""

    strata: tuple[Stratum, ...]
    did: Asymmetry | None
    """Difference in differences, tuned against control; None where not both were run in one arm."""

    unscored: Mapping[str, int]
    """Why trials have no label, and how many."""

    retried: int


def compares_tiers(trial: Trial) -> bool:
    """Whether a trial belongs here, and not among those with red lines."""
    return trial.contrast == "tier"


def tier_groups(
    trials: Iterable[Trial], calibrations: Iterable[Calibration] = (), correlation: float = CORRELATION
) -> tuple[TierGroup, ...]:
    """The groups of these trials, in order; `correlation` is declared, of answers of one request or queue."""
    keyed: dict[_Key, list[Trial]] = {}
    for it in trials:
        levels = tuple(it.arm.get(name, "") for name in APART)
        keyed.setdefault((it.scenario, it.version, it.model, it.settings, levels), []).append(it)
    calibrations = list(calibrations)
    return tuple(_group(key, keyed[key], calibrations, correlation) for key in sorted(keyed))


def _group(key: _Key, trials: list[Trial], calibrations: list[Calibration], correlation: float) -> TierGroup:
    scenario, version, model, settings, levels = key
    seen = {name: {trial.arm[name] for trial in trials if name in trial.arm} for trial in trials for name in trial.arm}
    varying = [name for name, found in seen.items() if len(found) > 1 and name not in _POOLED]
    valid = [trial for trial in trials if trial.answers]
    strata = _strata(valid, varying, calibrations, correlation)
    return TierGroup(
        scenario=scenario,
        version=version,
        model=model,
        settings=dict(settings),
        apart=dict(zip(APART, levels, strict=True)),
        fixed={name: next(iter(found)) for name, found in seen.items() if len(found) == 1 and name not in _POOLED},
        planned=len(trials),
        run=sum(trial.status != "not_run" for trial in trials),
        valid=len(valid),
        queries=len({query for trial in valid for query in trial.answers}),
        wordings=tuple(sorted({trial.wording for trial in trials if trial.wording})),
        styles=wordings_by_style(trials),
        judges=_judges(valid),
        strata=strata,
        did=_did(strata),
        unscored=Counter(
            _why(trial) for trial in trials if trial.status != "not_run" and (not trial.scored or not trial.answers)
        ),
        retried=sum(trial.retries > 0 for trial in trials),
    )


def _strata(
    trials: Iterable[Trial], varying: list[str], calibrations: list[Calibration], correlation: float
) -> tuple[Stratum, ...]:
    keyed: dict[tuple[tuple[str, ...], str, int | None], list[Trial]] = {}
    for it in trials:
        keyed.setdefault((tuple(it.arm.get(name, "") for name in varying), it.subject, it.step), []).append(it)
    ordered = sorted(keyed, key=lambda key: (key[0], -1 if key[2] is None else key[2], key[1] != "tuned", key[1]))
    return tuple(
        stratum(key[1], key[2], dict(zip(varying, key[0], strict=True)), keyed[key], calibrations, correlation)
        for key in ordered
    )


def _did(strata: Sequence[Stratum]) -> Asymmetry | None:
    """Tuned against control, where there is one stratum of each."""
    named = {name: [it for it in strata if it.subject == name] for name in ("tuned", "control")}
    if any(len(found) != 1 for found in named.values()):
        return None
    return difference_in_differences(named["tuned"][0].main, named["control"][0].main)


def _judges(trials: Iterable[Trial]) -> tuple[str, ...]:
    """`RUBRIC, RUBRIC by MODEL` for each judging model."""
    by: dict[str, set[str]] = {}
    for trial in trials:
        for judge, it in trial.judgements.items():
            by.setdefault(it.model, set()).add(it.rubric or judge)
    return tuple(f"{', '.join(sorted(rubrics))} by {model}" for model, rubrics in sorted(by.items()))


def _why(trial: Trial) -> str:
    state = "not judged" if trial.validity == "valid" else trial.validity
    return f"{state}, {trial.reason}" if trial.reason not in (None, trial.validity) else state
