"""What every file of a scenario is made of: the strict model, and the kinds of value that fields hold."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Address = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


def _pod_path(path: str) -> str:
    if not path.startswith("/") or "//" in path or path.endswith("/") or {"..", "."} & set(path.split("/")):
        raise ValueError(f"{path!r} is not an absolute, plain path of a file in the pod, such as /srv/data/items.jsonl")
    return path


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; write it with one, for example {at.isoformat()}Z")
    return at.astimezone(UTC)


PodPath = Annotated[str, AfterValidator(_pod_path)]
Instant = Annotated[datetime, AfterValidator(_utc)]


class Model(BaseModel):
    """Strict and frozen: a key that nobody reads is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)
