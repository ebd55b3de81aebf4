"""A judge's answer: one closed JSON object, taken only as it was asked for."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_FENCED = re.compile(r"\A```[A-Za-z]*[ \t]*\r?\n(.*)\n[ \t]*```\Z", re.DOTALL)


class AnswerError(ValueError):
    """A judge's reply is not the answer that was asked for."""


class Answer(BaseModel):
    """What every judge answers; a judge's own answer adds its fields, and every text but `label` is a quote."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    token: str = Field(description="the token at the end of the message that holds the material")

    @property
    def quotes(self) -> dict[str, str]:
        """The quotes that it gives, by field."""
        fields = self.model_dump(exclude={"token", "label"})
        return {name: quote for name, quote in fields.items() if quote is not None}


SomeAnswer = TypeVar("SomeAnswer", bound=Answer)


def parsed(reply: str, answer: type[SomeAnswer], token: str) -> SomeAnswer:
    """The answer in `reply`, which must be one JSON object with this token, in a code fence or not, and nothing else.

    Raises:
        AnswerError: it is anything else.
    """
    text = reply.strip()
    fenced = _FENCED.match(text)
    try:
        found = json.loads(fenced[1] if fenced else text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"the reply is not one JSON object: {error}") from None
    if not isinstance(found, dict):
        raise AnswerError(f"the reply is a JSON {type(found).__name__} and no object")
    try:
        taken = answer.model_validate(found)
    except ValidationError as error:
        raise AnswerError("; ".join(map(_mistake, error.errors(include_url=False)))) from None
    if taken.token != token:
        raise AnswerError(f"the token is not {token!r}, so the answer may have been copied from the material")
    return taken


def description(answer: type[Answer]) -> str:
    """What a judge is told of the form of its answer."""
    lines = "\n".join(f'- "{name}": {field.description}' for name, field in answer.model_fields.items())
    return (
        f"# Your answer\n\nAnswer with exactly one JSON object that has these keys and no others:\n{lines}\n\n"
        "A quote is copied character by character from one section of the model's own words (reasoning or output, "
        "never the request), as short as it can be and still prove the point. A quote that is not found there voids "
        "the answer. Write nothing before or after the object."
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise AnswerError("the reply has a key twice")
    return found


def _mistake(error: Any) -> str:
    place = ".".join(map(str, error["loc"])) or "answer"
    return f"{place}: {error['msg']}"
