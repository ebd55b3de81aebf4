"""What a trial needs of the summary that an Inspect log holds of each sample."""

from __future__ import annotations

from typing import Any

from inspect_ai.scorer import Score
from pydantic import BaseModel, ConfigDict, Field


class Usage(BaseModel):
    """Tokens, as a provider counted them."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0


class Summary(BaseModel):
    """Part of Inspect's `EvalSampleSummary`, under the same names.

    The rest, the prompt above all, is passed over: it is most of the time and of the memory that a summary takes.
    """

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    id: int | str
    epoch: int
    target: str | list[str] = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    scores: dict[str, Score] | None = None
    error: str | None = None
    limit: str | None = None
    completed: bool = False
    retries: int | None = None
    uuid: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    total_time: float | None = None
    working_time: float | None = None
    model_usage: dict[str, Usage] = Field(default_factory=dict)
    role_usage: dict[str, Usage] = Field(default_factory=dict)
