"""The messages of a sample, cut to what a page has room for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from inspect_ai.model import ChatMessage, ContentReasoning, ContentText

from .selection import Selection

FIRST, LAST = 6, 10
"""Messages that are shown from the start and from the end of a transcript."""


@dataclass(frozen=True)
class Part:
    """One piece of a message."""

    kind: str
    """`says`, `thinks`, `calls NAME`, or `returns` for what a tool gave back."""

    text: str


@dataclass(frozen=True)
class Turn:
    """One message."""

    place: int
    """In the transcript, from 1."""

    role: str
    parts: tuple[Part, ...]


def prompts(messages: Sequence[ChatMessage]) -> list[Turn]:
    """What the model was given before it first spoke."""
    return [_turn(nth, it) for nth, it in enumerate(takewhile(lambda it: it.role != "assistant", messages), 1)]


def turns(messages: Sequence[ChatMessage]) -> Selection[Turn]:
    """What came after the prompts: the first messages and the last ones."""
    start = len(prompts(messages))
    rest = [_turn(nth, it) for nth, it in enumerate(messages[start:], start + 1)]
    if len(rest) <= FIRST + LAST:
        return Selection(tuple(rest), 0)
    return Selection((*rest[:FIRST], *rest[-LAST:]), len(rest) - FIRST - LAST)


def _turn(place: int, message: ChatMessage) -> Turn:
    return Turn(place, message.role, tuple(part for part in _parts(message) if part.text.strip()))


def _parts(message: ChatMessage) -> Iterator[Part]:
    says = "returns" if message.role == "tool" else "says"
    if isinstance(message.content, str):
        yield Part(says, message.content)
    else:
        for content in message.content:
            if isinstance(content, ContentText):
                yield Part(says, content.text)
            elif isinstance(content, ContentReasoning):
                hidden = "(the provider hides this reasoning)" if content.redacted else content.reasoning
                yield Part("thinks", content.summary or hidden)
            else:
                yield Part(says, f"({content.type})")
    for call in getattr(message, "tool_calls", None) or ():
        yield Part(f"calls {call.function}", _arguments(call.arguments))
    if error := getattr(message, "error", None):
        yield Part("returns", f"error: {error.message}")


def _arguments(arguments: Any) -> str:
    if isinstance(arguments, dict) and len(arguments) == 1 and isinstance(value := next(iter(arguments.values())), str):
        return value
    return json.dumps(arguments, ensure_ascii=False, default=str)
