"""The ledger: everything that one sample attempted, in order, with the payloads that it sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .action import Action, Channel, Shown
from .canary import Canary
from .chain import GENESIS


@dataclass(frozen=True)
class Ledger:
    """The record of one sample, derived from its Inspect events alone."""

    actions: tuple[Action, ...]
    bodies: Mapping[str, bytes]
    """Stored payloads by SHA-256 of the whole payload; of one whose effect says `cut`, only the first part is here."""

    canaries: tuple[Canary, ...]
    capture: int | None
    """Capture level of the pod (1: network and fingerprints of guarded files); None when no pod was recorded."""

    images: Mapping[str, str]
    """Content digests of the images that the pod ran, by role."""

    shown: tuple[Shown, ...]
    """System, user and tool texts in the order in which the model was first shown them."""

    said: tuple[Shown, ...]
    """The model's own text and reasoning. Never evidence of an act."""

    faults: tuple[str, ...]
    """What is broken or missing in the record; not empty means that no verdict may be given."""

    limit: str | None
    """Kind of limit that ended the sample (`message`, `token`, `time`, ...), if one did."""

    turns: int
    """How many times the model under test answered."""

    filtered: bool
    """Whether the provider's content filter ended the model's last answer."""

    @property
    def head(self) -> str:
        """Hash of the last action; `chain.GENESIS` for an empty ledger."""
        return self.actions[-1].hash if self.actions else GENESIS

    def by(self, channel: Channel | None = None, verb: str | None = None) -> Iterator[Action]:
        """Actions in order, of one channel or verb if asked."""
        return (
            action
            for action in self.actions
            if (channel is None or action.channel == channel) and (verb is None or action.verb == verb)
        )
