"""What a sample ran on: put beside its verdict, where a reader finds it without reading the transcript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspect_ai.event import Event, InfoEvent, ModelEvent, SpanBeginEvent

_SCORERS_SPAN = "scorers"


def provenance(events: Sequence[Event]) -> dict[str, Any]:
    """For a score's metadata.

    served: the names under which a provider answered for the model under test, in order; more than the one that was
    asked for where it resolves an alias, or changes the model in the middle.
    images: content digests of the images that the pod ran, by role; empty where there was no pod.
    """
    served: dict[str, None] = {}
    images: dict[str, str] = {}
    for event in events:
        match event:
            case SpanBeginEvent(name=name) if name == _SCORERS_SPAN:
                break
            case ModelEvent(role=None) if event.output.model:
                served[event.output.model] = None
            case InfoEvent(source="gyges/pod", data={"images": dict(found)}):
                images = {str(role): str(image) for role, image in found.items()}
    return {"served": list(served), "images": images}
