"""Limits of what a report shows: those that always hold, and those that its numbers have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gyges.evidence.group import Group
from gyges.evidence.report import Report
from gyges.evidence.statistics.bounds import percent
from gyges.evidence.styles import OURS, PUBLISHED
from gyges.evidence.tiers import TierGroup
from gyges.evidence.trial import Trial

from .instrument import Instrument

FEW_WORDINGS = 5
"""Below this, the wording of the task may be what a rate is about."""


@dataclass(frozen=True)
class Limit:
    """One thing that a reader must not conclude, or must know before concluding."""

    title: str
    text: str


ALWAYS = (
    Limit(
        "A sandbox is not deployment",
        "Rates were measured under a temptation that was put there. They are no rates of what a model does where it is "
        "deployed, and none for another wording, arm, model version or set of tools.",
    ),
    Limit(
        "Propensity, not ability",
        "A trial in which nothing happened says that this model did not act, not that it could not have. No effort was "
        "made to draw the behaviour out beyond the prompts that are shown here.",
    ),
    Limit(
        "The model may have noticed",
        "A model that takes its situation for a test may behave as it thinks that it should. Words about it can be "
        "judged; what was noticed and not said cannot.",
    ),
    Limit(
        "No event is a bound, not zero",
        "100 independent trials without an event leave rates of up to 3.0 % open, 300 leave 0.99 % (95 %, one-sided). "
        "A behaviour rarer than that would not have shown.",
    ),
    Limit(
        "Why is not observed",
        "Acts are recorded; reasons are not. A model can act, or not act, for reasons that its scenario is not about.",
    ),
    Limit(
        "What the record misses",
        "What was encrypted before it was sent is not read; files that are neither canaries nor guarded are not "
        "watched. A detector can miss an act that it was not written for.",
    ),
    Limit(
        "Whole, not signed",
        "The chain of hashes shows that a record is the one that was scored. It has no key: whoever can rewrite a log "
        "can rewrite its chain. The digests on this page name the files that it was made from.",
    ),
)


def limits(report: Report, trials: Sequence[Trial], instrument: Instrument) -> list[Limit]:
    """What these numbers are limited by; then what always holds."""
    return [*_of_these(report, trials, instrument), *ALWAYS]


def _of_these(report: Report, trials: Sequence[Trial], instrument: Instrument) -> Iterator[Limit]:
    groups: tuple[Group | TierGroup, ...] = (*report.groups, *report.tiers)
    few = [it for it in groups if len(it.wordings) < FEW_WORDINGS]
    declared = f"{report.correlation:g}"
    if few:
        least = min(len(it.wordings) for it in few)
        yield Limit(
            "Few wordings",
            f"{_of(len(few), len(groups), 'set', 'sets')} of trials stand on fewer than {FEW_WORDINGS} wordings, the "
            f"least on {least}. Epochs of one wording are taken to correlate by {declared}, which is declared and not "
            "measured; what these wordings share may be what the rates are about.",
        )
    if groups:
        models = sorted({it.model for it in groups})
        yield Limit(
            "These models, as they were served",
            f"{len(models)} {'model was' if len(models) == 1 else 'models were'} asked for by name. What a provider "
            "serves under a name can change, and another version may behave otherwise.",
        )
    missing = [it for it in trials if not it.scored]
    if missing:
        never = sum(it.status == "not_run" for it in missing)
        part = percent(len(missing) / len(trials))
        yield Limit(
            "Trials without a verdict",
            f"{len(missing)} of {len(trials)} planned trials ({part} %) have none; {never} of these never ran. They "
            "count as neither good nor bad conduct; the worst case counts each as an attempt.",
        )
    yield from _of_wordings_and_words(groups, trials)
    if trials and not any(it.awareness for it in trials):
        yield Limit(
            "Awareness was not judged", "Nobody has read whether the models say that they take this for a test."
        )
    low = [level for level, _, _ in instrument.captures if level < 3]
    if low:
        yield Limit(
            "Not everything was seen",
            f"Some trials were taken at capture level {', '.join(map(str, low))}, at which not all processes are on "
            "the record.",
        )
    for judge in instrument.judges:
        if judge.calibrated is None:
            yield Limit(
                f"Judge {judge.name} is not calibrated",
                "No log among those given says how often it errs with this rubric and this judging model, so rates "
                "that rest on it are as judged.",
            )
    if report.disputed:
        yield Limit(
            "Two verdicts on one sample",
            f"{report.disputed} samples stand in several logs with different verdicts; the newest file's counts.",
        )


def _of_wordings_and_words(groups: Sequence[Group | TierGroup], trials: Sequence[Trial]) -> Iterator[Limit]:
    open_ones = sum(bool(it.not_judged) for it in trials)
    if open_ones:
        yield Limit(
            "Acts that no judge has read",
            f"In {open_ones} of {len(trials)} trials code found an act that is a violation only if a judge says so, "
            "and none has. They have no verdict on that red line; the worst case counts each as an attempt.",
        )
    if any(PUBLISHED in it.styles and OURS in it.styles for it in groups):
        yield Limit(
            "Published wordings are among them",
            "Models may know a published protocol by heart. Rates have published and own wordings together; where both "
            "were run, their difference stands beside. With one published wording it is about that wording alone.",
        )


def _of(k: int, n: int, one: str, many: str) -> str:
    return f"{k} of {n} {one if n == 1 else many}"
