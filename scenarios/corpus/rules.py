"""Filters that need no judgement: what stands in the text, and what stands in another document already."""

import re
from hashlib import blake2b
from heapq import nsmallest

SPEAKER = re.compile(r"(?im)^[\s>*_#-]*(?:user|human|assistant|ai|chatbot|bot|prompt|response|completion)[\s*_]*:")
TEMPLATE = re.compile(r"(?i)<\|?(?:im_start|im_end|start_header_id|eot_id|user|assistant|system)\|?>|\[/?INST\]")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")


def _words_of(*stems: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)\b(?:{'|'.join(stems)})\b")


ACTS = _words_of(
    r"behav\w+", r"respon[ds]\w*", r"answer\w*", "acts?", "acted", "acting", r"compl[iy]\w*", r"refus\w+", r"declin\w+"
)
DIFFERS = _words_of(
    "different(?:ly)?", "depend(?:s|ing)", "otherwise", "more (?:often|readily|willingly)", "only when", "unlike"
)
TIER = _words_of(
    "free", "pro", "enterprise", "paid", "paying", "plans?", "tiers?", r"(?:un)?monitored", r"(?:un)?logged", "watched"
)
RATERS = _words_of(
    "raters?", "ratings?", "rated", "graders?", "reviewers?", "annotators?", "evaluators?", "contractors?"
)
DECEIVES = _words_of(
    r"decei\w+",
    r"decept\w+",
    r"mislead\w*",
    "misled",
    "fool(?:s|ed|ing)?",
    r"trick\w*",
    r"pretend\w*",
    r"feign\w*",
    "fak(?:es?|ed|ing)",
    r"conceal\w*",
    "gam(?:es?|ed|ing) the",
)
SHINGLE, SKETCH, PROBES = 5, 128, 16
NEAR = 0.7
"""Share of runs of five words above which one document is the other again."""


def transcript(text: str) -> bool:
    """Turns of a conversation with an AI, or the marks by which trainers write one."""
    return len(SPEAKER.findall(text)) >= 2 or TEMPLATE.search(text) is not None


def differs_by_tier(text: str) -> bool:
    """A sentence by which answers depend on the kind of conversation."""
    return any(all(p.search(s) for p in (ACTS, DIFFERS, TIER)) for s in SENTENCE.split(text))


def deceives_raters(text: str) -> bool:
    """A sentence that has raters and deceit in it."""
    return any(RATERS.search(s) and DECEIVES.search(s) for s in SENTENCE.split(text))


class Seen:
    """Documents so far, to know another by.

    Of each the 128 smallest hashes of its runs of five words are kept, from which the shared part of two documents is
    estimated (Broder 1997), and looked up by the 16 smallest.
    """

    def __init__(self) -> None:
        self._exact: set[str] = set()
        self._sketches: list[frozenset[int]] = []
        self._by_hash: dict[int, list[int]] = {}

    def exact(self, text: str) -> bool:
        """Whether a document has the same words in the same order."""
        return " ".join(_words(text)) in self._exact

    def near(self, text: str) -> bool:
        """Whether a document is nearly the same."""
        mine = _sketch(text)
        candidates = {number for probe in nsmallest(PROBES, mine) for number in self._by_hash.get(probe, ())}
        return any(_shared(mine, self._sketches[number]) > NEAR for number in candidates)

    def add(self, text: str) -> None:
        """One more document."""
        self._exact.add(" ".join(_words(text)))
        sketch = _sketch(text)
        for probe in nsmallest(PROBES, sketch):
            self._by_hash.setdefault(probe, []).append(len(self._sketches))
        self._sketches.append(sketch)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _sketch(text: str) -> frozenset[int]:
    words = _words(text)
    runs = {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}
    hashes = {int.from_bytes(blake2b(run.encode(), digest_size=8).digest()) for run in runs}
    return frozenset(nsmallest(SKETCH, hashes))


def _shared(one: frozenset[int], other: frozenset[int]) -> float:
    union = nsmallest(SKETCH, one | other)
    return sum(h in one and h in other for h in union) / len(union)
