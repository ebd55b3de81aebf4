"""How the harness writes into Inspect's transcript."""

from collections.abc import Mapping
from typing import Any

from inspect_ai.log import transcript


class RecordError(RuntimeError):
    """The record could not be taken. A fault of the harness: the sample errors and is never scored."""


def note(source: str, data: Mapping[str, Any]) -> None:
    """Writes one record into the transcript, as `gyges/SOURCE`."""
    transcript().info(dict(data), source=f"gyges/{source}")
