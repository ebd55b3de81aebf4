"""What there is of a sample for a judge to see: the bare request, and each turn's reasoning and output.

The system prompt and the rest of the prompt are not in it, so a judge cannot know the condition that a sample is in
other than from the model's own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ContentReasoning
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolCall

from .plain import plain
from .rubric import Sight
from .scratchpad import parted

Kind = Literal["reasoning", "output"]
Visibility = Literal["full", "summary", "encrypted", "none"]
"""How much of its reasoning a model's provider shows; of several kinds in one sample, the least."""

_LEAST_FIRST: tuple[Visibility, ...] = ("encrypted", "summary", "full")


@dataclass(frozen=True)
class Section:
    """The reasoning or the output of one turn, counted from 1."""

    kind: Kind
    turn: int
    text: str


@dataclass(frozen=True)
class View:
    """All that any judge could see; sections without text are left out."""

    request: str
    sections: tuple[Section, ...]
    visibility: Visibility
    turns: int

    def seen(self, sight: Sight) -> tuple[Section, ...]:
        """The sections that `sight` allows."""
        return tuple(section for section in self.sections if sight in ("all", section.kind))


def view(state: TaskState) -> View:
    """What the model under test was asked and what it said; turns that were part of the prompt are not its own."""
    turns = [one for one in state.messages if isinstance(one, ChatMessageAssistant) and one.source != "input"]
    sections = [section for number, turn in enumerate(turns, 1) for section in _sections(turn, number)]
    kinds = {kind for turn in turns for kind in _visibilities(turn)}
    return View(
        request=plain(_request(state)),
        sections=tuple(section for section in sections if section.text),
        visibility=next((kind for kind in _LEAST_FIRST if kind in kinds), "none"),
        turns=len(turns),
    )


def _request(state: TaskState) -> str:
    request = state.metadata.get("request")
    if isinstance(request, str):
        return request
    asked = [message.text for message in state.messages if isinstance(message, ChatMessageUser)]
    return asked[-1] if asked else ""


def _sections(turn: ChatMessageAssistant, number: int) -> Iterator[Section]:
    written, said = parted(plain(turn.text))
    output = "\n".join([said.strip(), *map(_called, turn.tool_calls or [])])
    native = [plain(readable) for readable, _ in map(_readable, _blocks(turn)) if readable]
    yield Section("reasoning", number, "\n".join([*native, written]).strip())
    yield Section("output", number, output.strip())


def _called(call: ToolCall) -> str:
    """A tool call as a line of output: what a model submits is what it says, too."""
    return plain(f"{call.function}({json.dumps(call.arguments, ensure_ascii=False)})")


def _visibilities(turn: ChatMessageAssistant) -> Iterator[Visibility]:
    yield from (kind for _, kind in map(_readable, _blocks(turn)) if kind != "none")
    if parted(turn.text).reasoning:
        yield "full"


def _blocks(turn: ChatMessageAssistant) -> list[ContentReasoning]:
    return [] if isinstance(turn.content, str) else [one for one in turn.content if isinstance(one, ContentReasoning)]


def _readable(block: ContentReasoning) -> tuple[str, Visibility]:
    """What can be read of a block of reasoning, and how it was shown."""
    if block.reasoning.strip() and not block.redacted:
        return block.reasoning, "full"
    if block.summary and block.summary.strip():
        return block.summary, "summary"
    return "", "encrypted" if block.redacted else "none"
