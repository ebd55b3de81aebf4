"""Judges played by functions, and samples whose words are given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

TOKEN = re.compile(r'its "token" is "([0-9a-f]{8})"')
MARKER = re.compile(r"^\[material ([0-9a-f]{16}) (begins|ends)\]$", re.MULTILINE)


@dataclass
class Asked:
    """One request to a judge."""

    messages: list[ChatMessage]
    config: GenerateConfig

    @property
    def system(self) -> str:
        return self.messages[0].text

    @property
    def user(self) -> str:
        return self.messages[1].text

    @property
    def token(self) -> str:
        return TOKEN.findall(self.user)[-1]

    def answer(self, **fields: Any) -> str:
        """A reply with the right token."""
        return json.dumps({"token": self.token, **fields})


Reply = Callable[[Asked], "str | ModelOutput"]


class _Played(ModelAPI):
    """A model that a function plays."""

    def __init__(self, model_name: str, base_url=None, api_key=None, config=None, *, reply=None, **_: Any) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self.reply = reply

    def canonical_name(self) -> str:
        """The name without the cloud that serves it."""
        return self.model_name.rsplit("/", 1)[-1]

    async def generate(self, input, tools, tool_choice, config) -> ModelOutput:
        said = self.reply(Asked(list(input), config))
        output = said if isinstance(said, ModelOutput) else ModelOutput.from_content(self.model_name, said)
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output


@modelapi(name="played")
def played() -> type[ModelAPI]:
    return _Played


def said(
    output: str = "", reasoning: str = "", summary: str | None = None, redacted: bool = False, source="generate"
) -> ChatMessageAssistant:
    """A turn of the model under test."""
    block = [ContentReasoning(reasoning=reasoning, summary=summary, redacted=redacted)]
    thought = block if reasoning or summary or redacted else []
    return ChatMessageAssistant(content=[*thought, ContentText(text=output)], source=source)


@dataclass(frozen=True)
class Case:
    """One sample: what was asked, and the turns that came."""

    turns: Sequence[ChatMessageAssistant]
    input: str | list[ChatMessage] = "the user's question"
    metadata: dict[str, Any] = field(default_factory=dict)


@solver
def speaks(cases: Sequence[Case]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.messages.extend(cases[int(state.sample_id) - 1].turns)
        return state

    return solve
