"""A question to a model that is answered by one JSON value of a closed form, or not at all."""

import re
from typing import TypeVar

from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, GenerateConfig, Model, ResponseSchema
from inspect_ai.util import JSONSchema, json_schema
from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")
FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?```\s*", re.DOTALL)
SHOWN = 80
"""Characters of an answer that an error shows."""


class NoAnswerError(Exception):
    """The model answered, and not in the form: it refused, was cut off, or wrote something else."""


class ModelFailedError(Exception):
    """The provider gave no answer at all, its own retries included."""


async def ask(
    model: Model, system: str, user: str, form: type[T], schema: JSONSchema | None = None, seed: int | None = None
) -> T:
    """The model's answer as `form`; a surrounding code fence is allowed, words around the JSON are not.

    `schema` is for forms that are no pydantic model. Raises NoAnswerError and ModelFailedError.
    """
    wanted = ResponseSchema(name="answer", json_schema=schema or json_schema(form))
    messages: list[ChatMessage] = [ChatMessageSystem(content=system), ChatMessageUser(content=user)]
    try:
        output = await model.generate(messages, config=GenerateConfig(response_schema=wanted, seed=seed))
    except Exception as error:  # providers raise errors of their own
        raise ModelFailedError(f"{model} cannot be asked: {error}") from error
    if output.stop_reason in {"content_filter", "max_tokens", "model_length"}:
        raise NoAnswerError(f"the answer of {model} ended early ({output.stop_reason})")
    text = output.completion
    fenced = FENCE.fullmatch(text)
    try:
        return TypeAdapter(form).validate_json(fenced[1] if fenced else text)
    except ValidationError as error:
        said = " ".join(text.split())[:SHOWN]
        raise NoAnswerError(
            f"{model} did not answer in the form asked for ({error.errors()[0]['msg']}): {said!r}"
        ) from error
