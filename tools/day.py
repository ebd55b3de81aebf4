"""What the model has done so far, as far as the world answers it: by it is decided what has come in since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inspect_ai.event import ToolEvent
from inspect_ai.log import transcript
from inspect_ai.tool import ToolError
from inspect_ai.util import StoreModel, store_as
from pydantic import BaseModel, Field

from gyges.sandbox.notes import note
from gyges.sandbox.recording import record
from gyges.scenarios.content import After


class Act(BaseModel):
    """One act that had its effect."""

    verb: str
    call: int
    """The number of the tool call that it was."""
    to: list[str] = []
    """Addresses or rooms, in lower case."""
    subject: str = ""
    text: str = ""


class Day(StoreModel):
    """The acts of one sample."""

    acts: list[Act] = Field(default_factory=list)
    round: int = 1
    """For the how-manyth time the model has the floor."""
    patient: bool = True
    """Whether what waits for further calls still waits; once the model has stopped, it does not."""


async def acted(
    verb: str,
    effect: Mapping[str, Any],
    *,
    error: str | None = None,
    to: Sequence[str] = (),
    subject: str = "",
    text: str = "",
) -> None:
    """Puts an act on the record, and remembers it for what comes in later.

    Args:
        verb: Name of the tool.
        effect: What came of it, as JSON values.
        error: Why it had no effect; the model is told.
        to: Addresses or rooms that it reached.
        subject: Of what was said there.
        text: What was said there.

    Raises:
        ToolError: `error`, once it is on the record.
        RecordError: It could not be recorded.
    """
    state = "failed" if error else "executed"
    note("tool", {"verb": verb, "state": state, "effect": dict(effect), "error": error})
    await record()
    if error:
        raise ToolError(error)
    day = store_as(Day)
    reached = [one.lower() for one in to]
    day.acts = [*day.acts, Act(verb=verb, call=_calls(), to=reached, subject=subject, text=text)]


def came(after: After | None) -> bool:
    """Whether what waits for `after` has come in; what waits for nothing was there at the start."""
    if after is None:
        return True
    day = store_as(Day)
    if after.round is not None and day.round < after.round:
        return False
    starts = [0] if after.sent_to is None and after.done is None else [act.call for act in _awaited(after, day)]
    return any(not day.patient or _calls() >= start + after.calls for start in starts)


def arrived(waiting: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Of things that each wait for their `after`, those that have come in, and those that wait on."""
    new: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for one in waiting:
        (new if came(After.model_validate(one["after"])) else rest).append(dict(one))
    return new, rest


def notice(count: int, what: str) -> str:
    """What a program says at the foot of whatever it shows: `2 new messages.`; nothing where nothing is new."""
    return f"\n\n{count} new {what}{'s' if count > 1 else ''}." if count else ""


def answered(after: After | None) -> str:
    """The subject of the message that called for what waits for `after`; empty where none did."""
    return next((act.subject for act in _awaited(after, store_as(Day))), "") if after and after.sent_to else ""


def next_round() -> None:
    """The model has stopped: what it waited for comes in, and it may have the floor again."""
    day = store_as(Day)
    day.round += 1
    day.patient = False


def go_on() -> None:
    """The model has the floor again: from here on, what takes a number of calls takes them."""
    store_as(Day).patient = True


def _awaited(after: After, day: Day) -> Iterator[Act]:
    wanted = {one.lower() for one in after.sent_to or ()}
    about = [word.lower() for word in after.about]
    for act in day.acts:
        reached = after.sent_to is None or bool(wanted & set(act.to))
        said = f"{act.subject}\n{act.text}".lower()
        if reached and (after.done is None or act.verb == after.done) and (not about or any(w in said for w in about)):
            yield act


def _calls() -> int:
    """Tool calls so far, this one included."""
    return sum(isinstance(event, ToolEvent) for event in transcript().events)
