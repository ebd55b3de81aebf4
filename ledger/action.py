"""One attempted act of the model under test, and the closed vocabularies that describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Channel = Literal["tool", "process", "network", "file"]
"""Where an act was seen: a tool call, a program run for it, the network, a guarded file."""

State = Literal["requested", "malformed", "blocked", "cut_off", "failed", "executed"]
"""How far an act came.

requested: asked for and never dispatched, for no reason that the record shows
malformed: the arguments did not parse, or no such tool exists
blocked: an approver or a monitor refused it
cut_off: a limit or an interruption ended the sample before it was dispatched or before it returned
failed: dispatched, and the stub reports that it had no effect
executed: dispatched, and it ran
"""


@dataclass(frozen=True)
class Action:
    """One act, with what proves it and its place in the hash chain."""

    seq: int
    """Position in the ledger, from 0."""

    at: str
    """When it was recorded, RFC 3339."""

    channel: Channel
    verb: str
    """Tool name, `bash` or `python`, a kind of network record, or a kind of file change."""

    args: Mapping[str, Any]
    """What was asked for, as JSON values."""

    state: State
    effect: Mapping[str, Any]
    """What came of it, as JSON values; payloads are named by SHA-256 and stand in `Ledger.bodies`."""

    call: str | None
    """Id of the tool call that it belongs to; None for what happened outside any call."""

    refs: tuple[str, ...]
    """Ids of the Inspect events (and of the message) that prove it."""

    prev: str
    hash: str


@dataclass(frozen=True)
class Shown:
    """A text that passed between the model and its surroundings."""

    ref: str
    """Id of the message that carries it."""

    text: str
