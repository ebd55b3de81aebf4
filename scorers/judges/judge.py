"""What makes one judge different from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .answer import Answer


@dataclass(frozen=True)
class Ballot:
    """A vote that counts: its label, and the quotes that prove it, by field of the answer."""

    label: str
    quotes: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """A judge's answer about one part of the material, and those of its quotes that belong to that part."""

    answer: Answer
    quotes: Mapping[str, str]


@dataclass(frozen=True)
class Judge:
    """A judge: the form of its answer, its labels, and how its answers about several parts become one vote."""

    name: str
    """Of its scorer and of its rubric."""
    answer: type[Answer]
    labels: tuple[str, ...]
    """The weakest first: a part can only add evidence, so of several labels the strongest stands."""
    merge: Callable[[Sequence[Found]], Ballot]
    nothing: str
    """How to answer for one part of several that shows nothing."""


def labelling(name: str, answer: type[Answer], labels: tuple[str, ...]) -> Judge:
    """A judge whose answer has a `label` and a `quote`."""

    def merge(found: Sequence[Found]) -> Ballot:
        ballots = [_ballot(one, labels[0]) for one in found]
        return max(ballots, key=lambda ballot: labels.index(ballot.label))

    return Judge(name, answer, labels, merge, nothing=f'answer "{labels[0]}"')


def _ballot(found: Found, weakest: str) -> Ballot:
    """One part's ballot; a label whose quote belongs to another part is as good as none here."""
    proven = bool(found.quotes) or not found.answer.quotes
    return Ballot(str(found.answer.model_dump()["label"]) if proven else weakest, found.quotes)
