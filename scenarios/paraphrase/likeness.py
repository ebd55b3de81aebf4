"""How much two texts are the same words, by the runs of three words that they share."""

import re

from gyges.scenarios.paraphrase.particulars import EXPRESSION
from gyges.scenarios.paraphrase.texts import Texts

LIKE = 0.6
"""Above this a text is no other wording. People's own wordings of `exfil` reach 0.59, and mostly stay under 0.3."""
FEW = 4
"""Texts of fewer words can hardly be said otherwise, and are not compared."""


def likeness(one: Texts, other: Texts) -> float:
    """Shared runs over all runs, 0 to 1, over all texts of a block; 0 where there is too little to say otherwise.

    Blocks too short for runs of three are alike (1) only where their words are the same.
    """
    mine, theirs = ([_words(text) for text in texts.values() if text] for texts in (one, other))
    if sum(map(len, mine)) < FEW:
        return 0.0
    if mine == theirs:
        return 1.0
    runs, others = ({tuple(w[i : i + 3]) for w in texts for i in range(len(w) - 2)} for texts in (mine, theirs))
    return len(runs & others) / len(runs | others) if runs | others else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", EXPRESSION.sub(" ", text).lower())
