"""What a sample ran on, as the scorers note it."""

from __future__ import annotations

from typing import Any

import pytest
from inspect_ai.event import Event, InfoEvent, ModelEvent, SpanBeginEvent
from inspect_ai.model import GenerateConfig, ModelOutput

from gyges.scorers.provenance import provenance


def answered(served: str, role: str | None = None) -> ModelEvent:
    return ModelEvent(
        model="provider/alias",
        role=role,
        input=[],
        tools=[],
        tool_choice="auto",
        config=GenerateConfig(),
        output=ModelOutput(model=served),
    )


def pod(**data: Any) -> InfoEvent:
    return InfoEvent(source="gyges/pod", data=data)


SCORERS = SpanBeginEvent(id="1", name="scorers")


@pytest.mark.parametrize(
    ("events", "served", "images"),
    [
        ([], [], {}),
        ([answered("a-1"), answered("a-1"), answered("a-2"), answered("")], ["a-1", "a-2"], {}),
        ([answered("a-1"), answered("judge-1", role="judge")], ["a-1"], {}),
        ([answered("a-1"), SCORERS, answered("judge-1")], ["a-1"], {}),
        ([pod(state="ready", images={"agent": "sha256:1"}), pod(state="end")], [], {"agent": "sha256:1"}),
        ([InfoEvent(source="other", data={"images": {"agent": "x"}}), pod(images="none")], [], {}),
    ],
)
def test_models_and_images(events: list[Event], served: list[str], images: dict[str, str]) -> None:
    """Each name that answered for the model under test once, in order; the images of the pod's own record."""
    assert provenance(events) == {"served": served, "images": images}
