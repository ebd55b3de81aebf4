"""A sample without a pod, in which tools can be called: what they note, and how many calls there have been."""

from __future__ import annotations

import asyncio
from typing import Any

from inspect_ai.event import InfoEvent, ToolEvent
from inspect_ai.log import Transcript, transcript
from inspect_ai.log._transcript import init_transcript
from inspect_ai.util import Store
from inspect_ai.util._store import init_subtask_store


def fresh() -> None:
    """A new sample: nothing done, nothing stored."""
    init_transcript(Transcript())
    init_subtask_store(Store())


def call(tool: Any, **arguments: Any) -> str:
    """What a tool answers; as in a sample, the call is on the transcript before the tool begins."""
    transcript()._event(ToolEvent(id="c", function="tool", arguments={}))
    return str(asyncio.run(tool(**arguments)))


def noted() -> list[dict[str, Any]]:
    """What tools have put on the record, in order."""
    return [dict(e.data) for e in transcript().events if isinstance(e, InfoEvent) and isinstance(e.data, dict)]
