"""What an organism has been shown: the only thing that its conduct may depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Conversation:
    """A conversation from the model's side, whichever protocol brought it.

    `rounds[i]` holds the texts shown before the model's turn `i` and after its turn `i - 1`: system and user
    messages and tool results. The model's own words are left out, for it decides from what it was shown.
    The last round is the one to answer, so there are `len(rounds) - 1` turns behind it.
    """

    rounds: tuple[tuple[str, ...], ...] = ((),)

    @classmethod
    def of(cls, messages: Iterable[tuple[bool, Iterable[str]]]) -> Conversation:
        """Build from messages in order, each `(spoken by the model, texts)`."""
        rounds: list[list[str]] = [[]]
        for own, texts in messages:
            if own:
                rounds.append([])
            else:
                rounds[-1].extend(texts)
        return cls(tuple(tuple(texts) for texts in rounds))

    @property
    def turn(self) -> int:
        """The number of the turn to take, from 0."""
        return len(self.rounds) - 1

    def shown(self, turn: int) -> tuple[str, ...]:
        """Everything shown before turn `turn`, oldest first."""
        return tuple(text for texts in self.rounds[: turn + 1] for text in texts)

    def last(self, turn: int) -> tuple[str, ...]:
        """What was shown since the turn before `turn`."""
        return self.rounds[turn]

    @property
    def opening(self) -> str:
        """SHA-256 hex of the first round's words; spacing is ignored, for providers trim it differently."""
        words = " ".join(" ".join(text.split()) for text in self.rounds[0])
        return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
