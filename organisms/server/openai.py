"""The OpenAI Chat Completions protocol: https://platform.openai.com/docs/api-reference/chat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from gyges.organisms.conversation import Conversation
from gyges.organisms.server.dialect import Json, Loose, RequestError
from gyges.organisms.turn import Request, Turn

FINISH = {
    "stop": "stop",
    "tool_calls": "tool_calls",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
}
ERRORS = {404: "model_not_found"}
CREATED = 1767225600
"""A time for fields that want one: 2026-01-01T00:00:00Z. The same request gets the same answer."""


class ContentPart(Loose):
    """One part of a message."""

    type: str
    text: str = ""


class Message(Loose):
    """One message."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | tuple[ContentPart, ...] | None = None

    def shown(self) -> tuple[str, ...]:
        """Its text; a message in several parts is still one text."""
        if isinstance(self.content, tuple):
            return ("\n".join(part.text for part in self.content),)
        return (self.content,) if self.content else ()


class StreamOptions(Loose):
    """How to stream."""

    include_usage: bool = False


class CompletionRequest(Loose):
    """`POST /v1/chat/completions`."""

    model: str
    messages: tuple[Message, ...] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    seed: int | None = None
    user: str | None = None

    def conversation(self) -> Conversation:
        """What was shown."""
        return Conversation.of((message.role == "assistant", message.shown()) for message in self.messages)

    def salt(self) -> str:
        """The client's seed and user, if it gives any."""
        return "/".join(str(part) for part in (self.seed, self.user) if part is not None)

    def whole(self, turn: Turn) -> Json:
        """The completion."""
        message: Json = {"role": "assistant", "content": turn.say or None} | _reasoning(turn)
        if turn.requests:
            message["tool_calls"] = [_call(request) for request in turn.requests]
        choice = {"index": 0, "message": message, "finish_reason": FINISH[turn.stop], "logprobs": None}
        return self._envelope(turn, "chat.completion", [choice]) | {"usage": _usage(turn)}

    def events(self, turn: Turn) -> Iterator[str]:
        """The completion in chunks: role, reasoning, words, calls, the reason to stop, and usage if asked for."""
        for delta in _deltas(turn):
            yield self._chunk(turn, delta)
        yield self._chunk(turn, {}, FINISH[turn.stop])
        if self.stream_options is not None and self.stream_options.include_usage:
            yield _event(self._envelope(turn, "chat.completion.chunk", []) | {"usage": _usage(turn)})
        yield "data: [DONE]\n\n"

    def _chunk(self, turn: Turn, delta: Json, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _event(self._envelope(turn, "chat.completion.chunk", [choice]))

    def _envelope(self, turn: Turn, kind: str, choices: list[Json]) -> Json:
        return {
            "id": f"chatcmpl-{turn.id}",
            "object": kind,
            "created": CREATED,
            "model": self.model,
            "choices": choices,
        }


def failure(error: RequestError) -> Json:
    """An error as the protocol has it."""
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    code = ERRORS.get(error.status)
    return {"error": {"message": error.message, "type": kind, "param": error.field, "code": code}}


def models(name: str) -> Json:
    """`GET /v1/models`."""
    return {"object": "list", "data": [{"id": name, "object": "model", "created": CREATED, "owned_by": "organism"}]}


def _reasoning(turn: Turn) -> Json:
    return {"reasoning_content": turn.think} if turn.think else {}


def _call(request: Request) -> Json:
    return {
        "id": f"call_{request.id}",
        "type": "function",
        "function": {"name": request.tool, "arguments": request.text},
    }


def _deltas(turn: Turn) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    if turn.think:
        yield _reasoning(turn)
    if turn.say:
        yield {"content": turn.say}
    for index, request in enumerate(turn.requests):
        yield {"tool_calls": [{"index": index} | _call(request)]}


def _usage(turn: Turn) -> Json:
    return {
        "prompt_tokens": turn.usage.input,
        "completion_tokens": turn.usage.output,
        "total_tokens": turn.usage.input + turn.usage.output,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": turn.usage.reasoning},
    }


def _event(data: Json) -> str:
    return f"data: {json.dumps(data)}\n\n"
