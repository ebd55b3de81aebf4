"""What the server needs to know of a protocol, and how it says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gyges.organisms.conversation import Conversation
from gyges.organisms.turn import Turn

Json = dict[str, Any]


class RequestError(Exception):
    """A request that cannot be answered; `field` is the place in the body, say `messages.0.role`."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field


class Asked(Protocol):
    """A request for a turn, and how its protocol tells the answer."""

    @property
    def model(self) -> str: ...
    @property
    def stream(self) -> bool: ...

    def conversation(self) -> Conversation:
        """What the model was shown. Raises RequestError for messages that make no sense."""
        ...

    def salt(self) -> str:
        """What tells this conversation from another with the same words; empty if the client gave nothing."""
        ...

    def whole(self, turn: Turn) -> Json:
        """The answer in one piece."""
        ...

    def events(self, turn: Turn) -> Iterator[str]:
        """The answer as server-sent events."""
        ...


class Loose(BaseModel):
    """Part of a request; fields that organisms have no use for are let through."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Body = TypeVar("Body", bound=BaseModel)


def read(kind: type[Body], body: bytes) -> Body:
    """The request in `body`. Raises RequestError (400) that names the first wrong field."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise RequestError(400, f"{field}: {first['msg']}" if field else first["msg"], field or None) from None
