"""The one number that a claim prints, where it prints one."""

from __future__ import annotations

import re

from .card import Claim
from .consistency import SLACK

_NUMBER = re.compile(r"\s*[-+]?\d+(?:\.\d+)?\s*")
_PERCENT = re.compile(r"(?<![\d.,\u2013-])(\d+(?:\.\d+)?)\s*%")


def figure(claim: Claim) -> float | None:
    """The share that a claim prints, or else the number on a scale of its own; None where it prints neither.

    Of a share known by its bounds: the printed percentage or decimal if it lies within them, else their middle.
    """
    if claim.share is None:
        return claim.score
    if claim.low is None or claim.high is None or claim.kind == "count":
        return claim.share
    return _printed(claim.value, claim.low, claim.high)


def _printed(value: str, low: float, high: float) -> float:
    percentages, middle = _PERCENT.findall(value), round((low + high) / 2, 12)
    if _NUMBER.fullmatch(value):
        printed = float(value)
    elif len(percentages) == 1:
        printed = round(float(percentages[0]) / 100, 12)
    else:
        return middle
    return printed if low - SLACK <= printed <= high + SLACK else middle
