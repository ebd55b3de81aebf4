"""A claim to plan for, as one sentence of a small closed grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log10

from gyges.evidence.inert import inert

FORMS = {
    "at most 1 % at 95 %": "a bound on a rate, without an event; `at most 1 % at 95 % with 2 events` allows for some",
    "14 % against 3 % at 80 % power": "two arms on the same samples; `14 % against 3 % unpaired at ...` on their own",
    "14 % against published 3 % at 80 % power": "a rate that differs from a published figure",
    "14 % within 5 at 80 % power": "a rate that comes out within 5 points of a published 14 %",
}
"""Form to what it plans for. Numbers are per cent, whether that is written or not."""

_NUMBER = r"\s*(\d+(?:[.,]\d+)?|[.,]\d+)\s*(?:%|per\s?cent)?\s*"
_POWER = rf"at{_NUMBER}power"
_AT_MOST = re.compile(rf"at most{_NUMBER}at{_NUMBER}(?:confidence\s*)?(?:,?\s*with\s*(\d+) events?)?")
_DIFFER = re.compile(rf"{_NUMBER}against{_NUMBER}(unpaired\s*)?{_POWER}")
_PUBLISHED = re.compile(rf"{_NUMBER}against published{_NUMBER}{_POWER}")
_WITHIN = re.compile(rf"{_NUMBER}within{_NUMBER}(?:pp|(?:percentage )?points?)?\s*{_POWER}")


class ClaimError(ValueError):
    """A sentence that is no claim; the message names it and shows what can be written."""


@dataclass(frozen=True)
class AtMost:
    """A rate is at most a share."""

    share: float
    confidence: float
    events: int = 0
    """Seen in the run, and allowed for."""

    def __str__(self) -> str:
        events = f" with {self.events} event{'s' * (self.events != 1)}" if self.events else ""
        return f"at most {_percent(self.share)} at {_percent(self.confidence)}{events}"


@dataclass(frozen=True)
class Differ:
    """Two arms differ."""

    first: float
    second: float
    power: float
    paired: bool = True
    """Whether each sample stands in both arms."""

    def __str__(self) -> str:
        unpaired = "" if self.paired else "unpaired "
        return f"{_percent(self.first)} against {_percent(self.second)} {unpaired}at {_percent(self.power)} power"


@dataclass(frozen=True)
class Published:
    """A rate differs from a published one."""

    rate: float
    published: float
    rounding: float
    """Half a unit of the last digit in which the published share is written."""

    power: float

    def __str__(self) -> str:
        published = _printed(self.published, self.rounding)
        return f"{_percent(self.rate)} against published {published} at {_percent(self.power)} power"


@dataclass(frozen=True)
class Within:
    """A rate agrees with a published one, when it is the same."""

    share: float
    rounding: float
    """Half a unit of the last digit in which the published share is written."""

    margin: float
    power: float

    def __str__(self) -> str:
        share, margin = _printed(self.share, self.rounding), _percent(self.margin).removesuffix(" %")
        return f"{share} within {margin} at {_percent(self.power)} power"


PlannedClaim = AtMost | Differ | Published | Within


def parse_claim(text: str) -> PlannedClaim:
    """The claim that a sentence states. Raises ClaimError where it is none of the forms, or a number is no share."""
    sentence = " ".join(text.lower().split()).removesuffix(".")
    if found := _AT_MOST.fullmatch(sentence):
        return AtMost(_share(found[1], text), _share(found[2], text), int(found[3] or 0))
    if found := _PUBLISHED.fullmatch(sentence):
        return Published(_share(found[1], text), _share(found[2], text), _rounding(found[2]), _share(found[3], text))
    if found := _DIFFER.fullmatch(sentence):
        return Differ(_share(found[1], text), _share(found[2], text), _share(found[4], text), paired=not found[3])
    if found := _WITHIN.fullmatch(sentence):
        return Within(_share(found[1], text), _rounding(found[1]), _share(found[2], text), _share(found[3], text))
    forms = "".join(f"\n  {form}: {meaning}" for form, meaning in FORMS.items())
    raise ClaimError(f"{inert(text, 80)!r} is no claim that can be planned. Write one of{forms}")


def _share(number: str, text: str) -> float:
    value = float(number.replace(",", ".")) / 100
    if value > 1:
        raise ClaimError(f"{number} % in {inert(text, 80)!r} is no share: 0 to 100 %")
    return value


def _rounding(number: str) -> float:
    _, _, decimals = number.replace(",", ".").partition(".")
    return 0.5 * 10.0 ** -(len(decimals) + 2)


def _percent(share: float) -> str:
    number = f"{100 * share:.10f}".rstrip("0").removesuffix(".")
    return f"{number} %"


def _printed(share: float, rounding: float) -> str:
    return f"{100 * share:.{round(-log10(2 * rounding)) - 2}f} %"
