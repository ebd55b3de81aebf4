"""What an organism says next, in no protocol's form yet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

StopReason = Literal["stop", "tool_calls", "max_tokens", "model_length", "content_filter"]


def tokens(text: str) -> int:
    """Number of tokens of `text` by the usual rule of thumb, four characters each; 0 for no text."""
    return -(-len(text) // 4)


@dataclass(frozen=True)
class Request:
    """One requested tool call; `raw` stands for arguments that are no JSON object."""

    id: str
    tool: str
    arguments: dict[str, JsonValue]
    raw: str | None = None

    @property
    def text(self) -> str:
        """The arguments as the text that a model would have written."""
        return json.dumps(self.arguments) if self.raw is None else self.raw


@dataclass(frozen=True)
class Usage:
    """Tokens of one turn; `reasoning` is part of `output`."""

    input: int
    output: int
    reasoning: int = 0


@dataclass(frozen=True)
class Turn:
    """One turn: reasoning, then words, then tool calls."""

    id: str
    think: str
    say: str
    requests: tuple[Request, ...]
    stop: StopReason
    usage: Usage
