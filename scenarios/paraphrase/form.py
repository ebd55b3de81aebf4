"""The rules that a new wording of a block must keep, so far as rules can tell."""

import unicodedata
from collections.abc import Collection, Iterable
from itertools import combinations

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gyges.scenarios.paraphrase.likeness import LIKE, likeness
from gyges.scenarios.paraphrase.particulars import EXPRESSION, difference
from gyges.scenarios.paraphrase.texts import Texts
from gyges.scenarios.tells import tells

SHORTEST, LONGEST = 0.5, 3.0
"""Words of a new text over words of its source. People's own wordings of `exfil` range from 0.58 to 2.75."""
TILT = 1.2
"""By what factor the levels of the contrast may grow apart in length, or length would explain what the level should."""
LEEWAY = 6
"""Words by which any text may be longer or shorter: a factor means little in a text of five words."""


def refusal(
    source: Texts, candidate: Texts, others: Iterable[tuple[str, Texts]], markers: Collection[str], *, contrast: bool
) -> str | None:
    """Why `candidate` is no new wording of `source`, in words; None where nothing is wrong.

    `candidate` has at least the levels of `source`. `others` are the same block in the source and in every other
    wording, by name.
    """
    for level, text in source.items():
        if wrong := _text(text, candidate[level], markers):
            return wrong if len(source) == 1 else f"{level}: {wrong}"
    if more := candidate.keys() - source.keys():
        return f"has a text for {min(more)!r}, which the block does not have"
    for one, two in combinations([level for level, text in source.items() if text], 2) if contrast else ():
        grown = [len(candidate[level]) / len(source[level]) for level in (one, two)]
        if max(grown) > TILT * min(grown):
            return f"makes {(one, two)[grown.index(max(grown))]!r} longer beside the other levels than it was"
    for name, other in others:
        if (like := likeness(candidate, other)) > LIKE:
            return f"has nearly the words of wording {name!r} ({like:.0%} of the runs of three words)"
    return None


def _text(source: str, text: str, markers: Collection[str]) -> str | None:
    if bool(text) != bool(source):
        return "is empty, and the source is not" if source else "is not empty, and the source is"
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for c in text if c not in "\n\t"):
        return "holds control characters"
    try:
        ImmutableSandboxedEnvironment().parse(text)
    except TemplateError as error:
        return f"is no template any more: {error}"
    words, before = (len(EXPRESSION.sub("x", t).split()) for t in (text, source))
    if not SHORTEST * before - LEEWAY <= words <= LONGEST * before + LEEWAY:
        return f"has {words} words, and the source has {before}"
    for group, pattern in tells().items():
        theirs, ours = ({match[0].lower() for match in pattern.finditer(t)} for t in (text, source))
        for new in sorted(theirs - ours):
            return f"adds {new!r}, a tell ({group})"
    return difference(source, text, markers)
