"""The closed words of a comparison: verdicts, reasons why there is none, and what limits one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Verdict(StrEnum):
    """What comparing own counts with one published figure comes to."""

    CONSISTENT = "consistent"
    """Own counts show the rate to lie within the margin."""

    HIGHER = "higher-than-published"
    LOWER = "lower-than-published"
    INCONCLUSIVE = "inconclusive"
    """Neither shown to differ nor shown to lie within the margin."""

    INSUFFICIENT_N = "insufficient-n"
    NOT_COMPARABLE = "not-comparable"
    SUPERSEDED = "superseded"
    NO_PUBLISHED_CLAIM = "no-published-claim"
    WITHHELD = "withheld"


DIFFERENT = frozenset({Verdict.HIGHER, Verdict.LOWER})


class Reason(StrEnum):
    """Why a figure and a measurement are not compared."""

    SCORE_NOT_RATE = "score-not-rate"
    RELATIVE_ONLY = "relative-only"
    BEST_OF_K = "best-of-k"
    CAPABILITY = "capability-not-propensity"
    PRIVATE_SUITE = "private-suite"
    SECONDARY = "secondary-source"
    RECALLED = "recalled-source"
    OTHER_MEASURE = "other-measure"
    OTHER_ARM = "other-arm"
    OTHER_PROMPT = "other-prompt"
    OTHER_SCAFFOLD = "other-scaffold"
    OTHER_THINKING = "other-thinking"
    OTHER_EFFORT = "other-effort"
    SAFEGUARDS = "safeguards-differ"
    OTHER_JUDGE = "other-judge"
    OTHER_MONITOR = "other-monitor"
    OTHER_SNAPSHOT = "other-snapshot"
    DENOMINATOR = "denominator-differs"


ACCEPTABLE = frozenset(
    {
        Reason.OTHER_PROMPT,
        Reason.OTHER_SCAFFOLD,
        Reason.OTHER_THINKING,
        Reason.OTHER_EFFORT,
        Reason.SAFEGUARDS,
        Reason.OTHER_JUDGE,
        Reason.OTHER_MONITOR,
        Reason.OTHER_SNAPSHOT,
        Reason.DENOMINATOR,
    }
)
"""Differences of condition that a reader may accept; the verdict then says so."""

SAID: Mapping[Reason, str] = {
    Reason.SCORE_NOT_RATE: "the figure is no rate",
    Reason.RELATIVE_ONLY: "the figure, or the document's own word on it, is about order or direction alone",
    Reason.BEST_OF_K: "the figure is the best of several attempts",
    Reason.CAPABILITY: "the figure says what the model can do, not what it does",
    Reason.PRIVATE_SUITE: "the suite is not public",
    Reason.SECONDARY: "read in another's report of the document; --secondary admits it",
    Reason.RECALLED: "from memory; no verdict rests on it",
    Reason.OTHER_MEASURE: "the nearest figure counts something else",
    Reason.OTHER_ARM: "the nearest figure is of another arm",
    Reason.OTHER_PROMPT: "other prompts",
    Reason.OTHER_SCAFFOLD: "another scaffold",
    Reason.OTHER_THINKING: "thinking differs",
    Reason.OTHER_EFFORT: "another effort",
    Reason.SAFEGUARDS: "safeguards differ",
    Reason.OTHER_JUDGE: "another judge",
    Reason.OTHER_MONITOR: "another monitor",
    Reason.OTHER_SNAPSHOT: "another version of the model",
    Reason.DENOMINATOR: "something else is counted",
}


class Qualifier(StrEnum):
    """What has to be said with a verdict."""

    AS_IF = "as-if-another-model"
    AWARENESS = "awareness-confounded"
    AWARENESS_UNKNOWN = "awareness-not-measured"
    FIXED = "claim-taken-as-fixed"
    NOT_PRACTICALLY = "statistically-not-practically"
    JUDGE = "judge-not-corrected"
