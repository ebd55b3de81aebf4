"""The steps of a playbook, as they stand in the file."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, JsonValue, Tag, model_validator

from gyges.organisms.turn import StopReason


def _compiled(value: Any) -> Any:
    """Compile line by line (`^` and `$` match at every line), as one thinks of a log or a listing."""
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]


class Strict(BaseModel):
    """The base of everything in a playbook: no unknown field, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Call(Strict):
    """One tool call; neither the tool nor its arguments need to exist, for models get them wrong too."""

    tool: str = Field(min_length=1)
    args: dict[str, JsonValue] = Field(default_factory=dict)
    args_raw: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Call:
        if self.args and self.args_raw is not None:
            raise ValueError("give args or args_raw, not both")
        return self


class Tokens(Strict):
    """The usage that a turn reports instead of its true one."""

    input: int | None = Field(default=None, ge=0)
    output: int | None = Field(default=None, ge=0)


class Condition(Strict):
    """What must hold; several fields in one condition must all hold."""

    shown: Pattern | None = None
    last: Pattern | None = None
    chance: Annotated[float, Field(ge=0, le=1)] | str | None = None
    not_: Condition | None = Field(default=None, alias="not")
    any: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None
    all: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Condition:
        if not self.model_fields_set:
            raise ValueError("a condition needs one of shown, last, chance, not, any, all")
        return self


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Speech(Strict):
    """One turn of the model."""

    think: str = ""
    say: str = ""
    call: Annotated[tuple[Call, ...], BeforeValidator(_listed)] = ()
    stop_reason: StopReason | None = None
    usage: Tokens = Tokens()


class Capture(Strict):
    """Variables taken from what was shown."""

    capture: dict[str, Pattern] = Field(min_length=1)


class Branch(Strict):
    """One of two ways on."""

    when: Condition
    then: tuple[Step, ...] = ()
    else_: tuple[Step, ...] = Field(default=(), alias="else")


class Repeat(Strict):
    """Steps taken at most `repeat` times, and not again once `until` holds."""

    repeat: int = Field(ge=1, le=1000)
    until: Condition | None = None
    steps: tuple[Step, ...] = Field(min_length=1)


class Include(Strict):
    """The variables and steps of `parts/NAME.yaml` beside the playbook."""

    include: str = Field(pattern=r"^[\w-]+$")


class End(Strict):
    """Nothing more: from here on the organism says its closing words."""

    end: Literal[True]


KINDS: dict[str, type[Strict]] = {
    "when": Branch, "repeat": Repeat, "capture": Capture, "include": Include, "end": End,
    "think": Speech, "say": Speech, "call": Speech, "stop_reason": Speech,
}  # fmt: skip


def _kind(step: Any) -> str | None:
    """Name of the step's class, told by the first of its keys that belongs to one."""
    if isinstance(step, Strict):
        return type(step).__name__
    keys = step if isinstance(step, dict) else ()
    return next((kind.__name__ for key, kind in KINDS.items() if key in keys), None)


Step = Annotated[
    Annotated[Branch, Tag("Branch")]
    | Annotated[Repeat, Tag("Repeat")]
    | Annotated[Capture, Tag("Capture")]
    | Annotated[Include, Tag("Include")]
    | Annotated[End, Tag("End")]
    | Annotated[Speech, Tag("Speech")],
    Discriminator(_kind, custom_error_type="step", custom_error_message=f"a step needs one of {', '.join(KINDS)}"),
]

for _model in (Condition, Branch, Repeat):
    _model.model_rebuild()
