"""The Anthropic Messages protocol: https://docs.claude.com/en/api/messages and .../messages-streaming."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from gyges.organisms.conversation import Conversation
from gyges.organisms.server.dialect import Json, Loose, RequestError
from gyges.organisms.turn import Request, Turn, tokens

STOP = {
    "stop": "end_turn",
    "tool_calls": "tool_use",
    "max_tokens": "max_tokens",
    "model_length": "model_context_window_exceeded",
    "content_filter": "refusal",
}
ERRORS = {400: "invalid_request_error", 404: "not_found_error", 405: "invalid_request_error"}


class Block(Loose):
    """One block of a message; which fields it has depends on its type."""

    type: Literal["text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking"]
    text: str = ""
    content: str | tuple[Block, ...] = ""
    thinking: str = ""
    signature: str = ""

    def shown(self) -> Iterator[str]:
        """The texts in it that a user or a tool wrote."""
        if self.type == "text":
            yield self.text
        elif self.type == "tool_result":
            yield from _shown(self.content)


def _shown(content: str | tuple[Block, ...]) -> Iterator[str]:
    """A result in several text blocks is still one text."""
    if isinstance(content, str):
        yield content
    else:
        yield "\n".join(text for block in content for text in block.shown())


class Message(Loose):
    """One message, the user's or the model's."""

    role: Literal["user", "assistant"]
    content: str | tuple[Block, ...]

    def shown(self) -> tuple[str, ...]:
        """Its texts, one for each block."""
        blocks = (Block(type="text", text=self.content),) if isinstance(self.content, str) else self.content
        return tuple(text for block in blocks for text in block.shown())


class Metadata(Loose):
    """What the client says of the request."""

    user_id: str | None = None


class Counted(Loose):
    """The part of a request that is counted: `POST /v1/messages/count_tokens`."""

    model: str
    messages: tuple[Message, ...] = Field(min_length=1)
    system: str | tuple[Block, ...] = ()

    def conversation(self) -> Conversation:
        """What was shown. Raises RequestError for a thinking block whose signature is not its own."""
        for number, message in enumerate(self.messages):
            for place, block in enumerate(message.content if isinstance(message.content, tuple) else ()):
                if block.type == "thinking" and block.signature != signature(block.thinking):
                    field = f"messages.{number}.content.{place}.signature"
                    raise RequestError(400, f"{field}: Invalid `signature` in `thinking` block", field)
        spoken = [(message.role == "assistant", message.shown()) for message in self.messages]
        return Conversation.of([(False, tuple(_shown(self.system)) if self.system else ()), *spoken])

    def count(self) -> Json:
        """Its tokens by the rule of thumb that usage is counted by."""
        conversation = self.conversation()
        return {"input_tokens": sum(tokens(text) for text in conversation.shown(conversation.turn))}


class MessagesRequest(Counted):
    """`POST /v1/messages`."""

    max_tokens: int = Field(ge=1)
    stream: bool = False
    metadata: Metadata = Metadata()

    def salt(self) -> str:
        """The client's user, if it names one."""
        return self.metadata.user_id or ""

    def whole(self, turn: Turn) -> Json:
        """The message."""
        return {
            "id": f"msg_{turn.id}",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": list(_blocks(turn)),
            "stop_reason": STOP[turn.stop],
            "stop_sequence": None,
            "usage": _usage(turn),
        }

    def events(self, turn: Turn) -> Iterator[str]:
        """The message, opened, block by block, and closed."""
        start = self.whole(turn) | {"content": [], "stop_reason": None, "usage": _usage(turn) | {"output_tokens": 1}}
        yield _event("message_start", message=start)
        for index, block in enumerate(_blocks(turn)):
            empty, deltas = _in_pieces(block)
            yield _event("content_block_start", index=index, content_block=empty)
            for delta in deltas:
                yield _event("content_block_delta", index=index, delta=delta)
            yield _event("content_block_stop", index=index)
        end = {"stop_reason": STOP[turn.stop], "stop_sequence": None}
        yield _event("message_delta", delta=end, usage=_usage(turn))
        yield _event("message_stop")


def failure(error: RequestError) -> Json:
    """An error as the protocol has it."""
    kind = ERRORS.get(error.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": error.message}}


def signature(thinking: str) -> str:
    """What proves that a thinking block that comes back is the one that went out."""
    return base64.b64encode(hashlib.sha512(thinking.encode("utf-8", "surrogatepass")).digest()).decode("ascii")


def _blocks(turn: Turn) -> Iterator[Json]:
    if turn.think:
        yield {"type": "thinking", "thinking": turn.think, "signature": signature(turn.think)}
    if turn.say:
        yield {"type": "text", "text": turn.say}
    for request in turn.requests:
        yield {"type": "tool_use", "id": f"toolu_{request.id}", "name": request.tool, "input": _input(request)}


def _input(request: Request) -> Json:
    """Arguments are an object in this protocol; other text is wrapped as its documentation says for invalid JSON."""
    return request.arguments if request.raw is None else {"INVALID_JSON": request.raw}


def _in_pieces(block: Json) -> tuple[Json, list[Json]]:
    """The block as it starts, and the deltas that fill it."""
    if block["type"] == "thinking":
        return block | {"thinking": "", "signature": ""}, [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    if block["type"] == "text":
        return block | {"text": ""}, [{"type": "text_delta", "text": block["text"]}]
    return block | {"input": {}}, [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]


def _usage(turn: Turn) -> Json:
    return {
        "input_tokens": turn.usage.input,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": turn.usage.output,
        "output_tokens_details": {"thinking_tokens": turn.usage.reasoning},
    }


def _event(name: str, **data: object) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"
