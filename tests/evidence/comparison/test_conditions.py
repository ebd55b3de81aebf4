"""The condition key: each key is the same, differs, is not stated or is not known, and what that comes to."""

from __future__ import annotations

from typing import Any

import pytest

from gyges.evidence.comparison.condition import KEYS, State, conditions
from gyges.evidence.comparison.verdict import ACCEPTABLE, SAID, Reason
from gyges.evidence.measured import measured


@pytest.mark.parametrize(
    ("key", "published", "more", "state"),
    [
        ("prompt", "gyges exfil 1-A", {}, State.SAME),
        ("prompt", "Gyges  exfil 1-a", {}, State.SAME),
        ("prompt", "as published", {}, State.DIFFERS),
        ("prompt", "gyges exfil 2-A", {}, State.DIFFERS),
        ("scaffold", "Claude Code", {}, State.UNKNOWN),
        ("safeguards", "off", {}, State.UNKNOWN),
        ("monitor", None, {}, State.UNSTATED),
        ("judge", "record", {}, State.SAME),
        ("judge", "Claude Sonnet 3.7", {}, State.DIFFERS),
        ("thinking", "extended", {"settings": (("reasoning_tokens", "16000"),)}, State.SAME),
        ("thinking", "off", {"settings": (("reasoning_tokens", "16000"),)}, State.DIFFERS),
        ("thinking", "off", {"settings": (("reasoning_effort", "none"),)}, State.SAME),
        ("thinking", "on", {}, State.UNKNOWN),
        ("thinking", "about half of the samples", {"settings": (("reasoning_tokens", "1"),)}, State.UNKNOWN),
        ("thinking", "hidden scratchpad", {"arm": {"scratchpad": "hidden"}}, State.SAME),
        ("thinking", "extended", {"arm": {"scratchpad": "hidden"}}, State.DIFFERS),
        ("effort", "High", {"settings": (("reasoning_effort", "high"),)}, State.SAME),
        ("effort", "max", {"settings": (("effort", "high"),)}, State.DIFFERS),
        ("snapshot", "2025-05-14", {"served": ("tern-1-20250514",)}, State.SAME),
        ("snapshot", "early", {"served": ("tern-1-20250514",)}, State.DIFFERS),
        ("snapshot", "early", {}, State.UNKNOWN),
        ("snapshot", "2025-05-14", {"model": "lab/tern-1-2025-05-14"}, State.SAME),
        ("denominator", "exposed samples", {}, State.SAME),
        ("denominator", "samples", {}, State.DIFFERS),
    ],
)
def test_each_key_is_compared(trials: Any, claim: Any, key: str, published: str, more: Any, state: State) -> None:
    """What the document states is set against what is known of the measurement, and neither is guessed."""
    own = measured(trials(1, 2, **more))[0]
    stated = {"snapshot": published or ""} if key == "snapshot" else {"conditions": {key: published}}
    found = {it.key: it for it in conditions(claim(**stated), own)}
    assert list(found) == list(KEYS)
    assert (found[key].state, found[key].published) == (state, published)


@pytest.mark.parametrize(
    ("comparability", "state", "published"),
    [
        ("replicable", State.DIFFERS, "its own"),
        ("approximate", State.DIFFERS, "its own"),
        ("direction_only", State.UNSTATED, None),
        ("none", State.UNSTATED, None),
    ],
)
def test_a_document_with_a_protocol_has_prompts_of_its_own(
    trials: Any, claim: Any, comparability: str, state: State, published: str | None
) -> None:
    """A protocol that is public, or described, is asked in other words than ours, also where a claim says no more."""
    found = conditions(claim(comparability=comparability, conditions={}), measured(trials(1, 2))[0])
    (prompt,) = (it for it in found if it.key == "prompt")
    assert (prompt.state, prompt.published) == (state, published)


@pytest.mark.parametrize(
    ("key", "published", "more", "own"),
    [
        ("scaffold", "text only", {"capture": 3}, "tools in a container"),
        ("thinking", "scratchpad", {"arm": {"reasoning": "scratchpad"}}, "scratchpad"),
        ("prompt", "gyges exfil 1-A", {"replay": True}, "gyges exfil 1-A, replayed history"),
    ],
)
def test_how_a_trial_was_run_is_known(trials: Any, claim: Any, key: str, published: str, more: Any, own: str) -> None:
    """A pod is a scaffold of tools, a scratchpad that the prompt asks for is thinking, and a replay another prompt."""
    found = conditions(claim(conditions={key: published}), measured(trials(1, 2, **more))[0])
    (one,) = (it for it in found if it.key == key)
    assert one.measured == own
    assert one.state is (State.SAME if own == published else State.DIFFERS)


def test_every_key_has_a_reason_that_can_be_accepted() -> None:
    """The closed set of acceptable reasons is that of the keys, and every reason has its words."""
    assert set(KEYS.values()) == ACCEPTABLE
    assert set(SAID) == set(Reason)
