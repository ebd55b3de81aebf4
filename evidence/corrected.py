"""Judged rates of one stratum, corrected by the calibration of the judge that judged them, or why they are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .calibration import POSITIVE, Calibration
from .judgement import Judgement
from .statistics.bounds import CONFIDENCE
from .statistics.correction import Accuracy, Corrected, corrected_difference, corrected_rate
from .statistics.gap import Gap
from .statistics.rate import Rate
from .trial import Trial


class State(StrEnum):
    """Whether rates are corrected for the judge's errors."""

    YES = "yes"
    NOT_JUDGED = "not needed, decided by the record"
    NO_CALIBRATION = "no calibration"
    """No log among those given calibrates this judge, with this rubric and judging model."""

    CANNOT = "cannot be corrected"
    """On the labelled cases the judge did no better than chance, or one class has no judged case."""

    SEVERAL = "no, judged by several judges"


@dataclass(frozen=True)
class Correction:
    """What the rates of one judge become."""

    judge: str
    state: State
    model: str = ""
    accuracy: Accuracy | None = None
    rates: Mapping[str, Corrected] = field(default_factory=dict)
    """Tier to the corrected rate: complied, or stated the motive given compliance."""

    gap: Corrected | None = None
    """Of compliance, trained against unmonitored."""


Corrections = Mapping[str, Correction]
"""Judge to its correction."""


def corrections(
    trials: Iterable[Trial],
    main: Gap,
    compliance: Mapping[str, Rate],
    faking: Mapping[str, Rate],
    calibrations: Iterable[Calibration],
) -> Corrections:
    """The corrections of the two judges whose rates the report counts."""
    trials, calibrations = list(trials), list(calibrations)
    found = {
        judge: _correction(judge, [t.judgements[judge] for t in trials if judge in t.judgements], calibrations, counted)
        for judge, counted in (("compliance", compliance), ("faking_reasoning", faking))
        if any(judge in trial.judgements for trial in trials)
    }
    if any(trial.by_record for trial in trials):
        found["compliance"] = Correction("compliance", State.NOT_JUDGED)
    if "compliance" in found:
        found["compliance"] = _with_gap(found["compliance"], main)
    return found


def _correction(
    judge: str, said: list[Judgement], calibrations: list[Calibration], counted: Mapping[str, Rate]
) -> Correction:
    said = [it for it in said if it.votes]
    if len({(it.model, it.hash, it.votes) for it in said}) > 1:
        return Correction(judge, State.SEVERAL)
    if not said:
        return Correction(judge, State.NO_CALIBRATION)
    fitting = [it for it in calibrations if it.fits(judge, said[0])]
    if not fitting:
        return Correction(judge, State.NO_CALIBRATION, said[0].model)
    accuracy = fitting[-1].accuracy(POSITIVE[judge])
    if not accuracy.corrects:
        return Correction(judge, State.CANNOT, said[0].model, accuracy)
    each = {tier: fixed for tier, rate in counted.items() if (fixed := corrected_rate(rate, accuracy))}
    return Correction(judge, State.YES, said[0].model, accuracy, each)


def _with_gap(it: Correction, main: Gap) -> Correction:
    bounds = main.interval((1 + CONFIDENCE) / 2)
    if it.state is not State.YES or it.accuracy is None or main.difference is None or bounds is None:
        return it
    gap = corrected_difference(main.difference, bounds, it.accuracy)
    return Correction(it.judge, it.state, it.model, it.accuracy, it.rates, gap)
