"""One vote: a judge asked once about all of the material, part by part."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelRefusalError, ResponseSchema
from inspect_ai.util import LimitExceededError, json_schema

from .answer import AnswerError, parsed
from .judge import Ballot, Found, Judge
from .material import Part
from .prompt import prompt
from .rubric import Rubric

Reason = Literal["refusal", "invalid_response_format", "grader_failed"]
"""Why a vote failed: the judge refused; its answer is not what was asked for; its provider failed."""

_REFUSAL = re.compile(
    r"\W*(i['\u2019]?m (sorry|unable|not able)|i am (sorry|unable|not able)|sorry\b|i apologi[sz]e"
    r"|i (can['\u2019]?t|cannot|can not|won['\u2019]?t|will not|must decline|have to decline|decline)\b)",
    re.IGNORECASE,
)
"""How a refusal in words begins; it only names the reason for a vote that fails anyway."""


@dataclass(frozen=True)
class Failed:
    """A vote, or an answer about one part, that does not count."""

    reason: Reason
    detail: str


async def vote(model: Model, judge: Judge, rubric: Rubric, material: Sequence[Part]) -> Ballot | Failed:
    """One vote of `model`; it fails, and asks no further, with the first part whose answer does."""
    found: list[Found] = []
    for part in material:
        answer = await _found(model, judge, rubric, part)
        if isinstance(answer, Failed):
            return answer
        found.append(answer)
    return judge.merge(found)


async def _found(model: Model, judge: Judge, rubric: Rubric, part: Part) -> Found | Failed:
    """The answer about one part; marker and token are new each time, so that nothing in the part can know them."""
    nonce, token = secrets.token_hex(8), secrets.token_hex(4)
    reply = await _reply(model, judge, prompt(rubric, judge.answer, part, judge.nothing, nonce, token))
    if isinstance(reply, Failed):
        return reply
    try:
        answer = parsed(reply, judge.answer, token)
    except AnswerError as error:
        refused = "{" not in reply and _REFUSAL.match(reply)
        return Failed("refusal" if refused else "invalid_response_format", str(error))
    for name, quote in answer.quotes.items():
        if not part.shows(quote):
            return Failed("invalid_response_format", f"{name}: the quote {quote!r} is not in what was shown")
    return Found(answer, {name: quote for name, quote in answer.quotes.items() if part.holds(quote)})


async def _reply(model: Model, judge: Judge, messages: list[ChatMessage]) -> str | Failed:
    try:
        output = await model.generate(messages, config=_structured(judge))
    except (LimitExceededError, PrerequisiteError):
        raise  # the run's own end, or a mistake of whoever set it up
    except ModelRefusalError as error:
        return Failed("refusal", str(error))
    except Exception as error:  # noqa: BLE001  whatever a provider raises is its failure, and never a verdict
        return Failed("grader_failed", f"{type(error).__name__}: {error}")
    if output.empty or output.error:
        return Failed("grader_failed", output.error or "the provider gave no reply")
    if output.stop_reason == "content_filter":
        return Failed("refusal", "the provider's content filter ended the reply")
    return output.completion


@lru_cache
def _structured(judge: Judge) -> GenerateConfig:
    """Asks for the answer's form; providers that cannot enforce one leave it out."""
    schema = ResponseSchema(name=judge.name, json_schema=json_schema(judge.answer), strict=True)
    return GenerateConfig(response_schema=schema)
