"""The Inspect model provider `organism/NAME`: `inspect eval tasks/exfil.py --model organism/flagrant`.

Model arguments: `-M playbook=FILE`, `-M scenario=ID|FOLDER`, `-M rate=P`, `-M seed=N`. Nothing is
fetched from anywhere: usage is counted here, and so is text, where Inspect would otherwise fetch a tokenizer.
"""

from __future__ import annotations

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.event import SampleInitEvent
from inspect_ai.log import transcript
from inspect_ai.log._samples import sample_active
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    Content,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.model._call_tools import parse_tool_call
from inspect_ai.tool import ToolChoice, ToolInfo

from gyges.organisms.conversation import Conversation
from gyges.organisms.organism import Organism
from gyges.organisms.playbook import PlaybookError
from gyges.organisms.turn import Turn, tokens


class OrganismAPI(ModelAPI):
    """A scripted model; every turn follows from its playbook and what the conversation shows."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        **model_args: object,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        try:
            self.organism = Organism.of(model_name, **model_args)
        except PlaybookError as error:
            raise PrerequisiteError(str(error)) from error

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,  # noqa: ARG002  an organism chooses by its playbook alone
        config: GenerateConfig,  # noqa: ARG002
    ) -> ModelOutput:
        """The next turn; the sample at hand only says whose playbook to play and which draw of `chance` is its own.

        Raises:
            PlaybookError: the playbook cannot be loaded or played.
        """
        scenario, salt = _sample()
        return _output(self.model_name, self.organism.turn(conversation(input), salt, scenario), tools)

    async def count_text_tokens(self, text: str) -> int:
        """Tokens by the rule of thumb that usage is counted by."""
        return tokens(text)


def conversation(messages: list[ChatMessage]) -> Conversation:
    """Inspect's messages from the model's side; a failed tool call shows its error, as providers send it.

    Turns that were part of the prompt are not its own: it is shown them, and takes its first turn after them.
    """
    return Conversation.of((_own(message), (_text(message),)) for message in messages)


def _own(message: ChatMessage) -> bool:
    return isinstance(message, ChatMessageAssistant) and message.source != "input"


def _sample() -> tuple[str | None, str]:
    """Scenario and salt of the sample at hand; when a log is scored again, its record tells which that is."""
    if active := sample_active():
        return (active.sample.metadata or {}).get("scenario"), f"{active.sample.id}/{active.epoch}"
    for event in transcript().events:
        if isinstance(event, SampleInitEvent):
            return (event.sample.metadata or {}).get("scenario"), f"{event.sample.id}/{event.uuid}"
    return None, ""


def _text(message: ChatMessage) -> str:
    if isinstance(message, ChatMessageTool) and message.error is not None:
        return message.error.message
    return message.text


def _output(model: str, turn: Turn, tools: list[ToolInfo]) -> ModelOutput:
    content: list[Content] = [ContentReasoning(reasoning=turn.think)] if turn.think else []
    message = ChatMessageAssistant(
        content=[*content, ContentText(text=turn.say)] if turn.think else turn.say,
        tool_calls=[parse_tool_call(one.id, one.tool, one.text, tools) for one in turn.requests] or None,
        model=model,
        source="generate",
    )
    usage = ModelUsage(
        input_tokens=turn.usage.input,
        output_tokens=turn.usage.output,
        total_tokens=turn.usage.input + turn.usage.output,
        reasoning_tokens=turn.usage.reasoning,
    )
    return ModelOutput(model=model, choices=[ChatCompletionChoice(message=message, stop_reason=turn.stop)], usage=usage)


@modelapi(name="organism")
def organism() -> type[ModelAPI]:
    """Register `organism/NAME`."""
    return OrganismAPI
