"""Names of models: one for each model, whoever offers it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.evidence.cards.models import canonical, matches, nearest

NAMES = {
    "claude-opus-4": ("claude-opus-4", ""),
    "anthropic/claude-opus-4-20250514": ("claude-opus-4", "20250514"),
    "claude-opus-4-0": ("claude-opus-4", ""),
    "claude-opus-4-1-20250805": ("claude-opus-4.1", "20250805"),
    "us.anthropic.claude-opus-4-1-20250805-v1:0": ("claude-opus-4.1", "20250805"),
    "bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0": ("claude-sonnet-3.5", "20241022"),
    "claude-sonnet-4-5@20250929": ("claude-sonnet-4.5", "20250929"),
    "vertex/claude-opus-4-1@default": ("claude-opus-4.1", ""),
    "claude-3-5-sonnet-latest": ("claude-sonnet-3.5", ""),
    "openrouter/anthropic/claude-3.7-sonnet:thinking": ("claude-sonnet-3.7", ""),
    "claude-3-opus": ("claude-opus-3", ""),
    "claude-3-opus-20240229": ("claude-opus-3", "20240229"),
    "claude-mythos-preview": ("claude-mythos-preview", ""),
    "claude-mythos-5-1": ("claude-mythos-5.1", ""),
    "openai/gpt-4o-2024-08-06": ("gpt-4o", "2024-08-06"),
    "gpt-4-0613": ("gpt-4", "0613"),
    "gpt-4-1106-preview": ("gpt-4", "1106-preview"),
    "gpt-4.1-mini-2025-04-14": ("gpt-4.1-mini", "2025-04-14"),
    "gpt-5-thinking": ("gpt-5", ""),
    "gpt-5-chat-latest": ("gpt-5-chat", ""),
    "gpt-5.6-sol": ("gpt-5.6-sol", ""),
    "o1-preview-2024-09-12": ("o1-preview", "2024-09-12"),
    "o4-mini": ("o4-mini", ""),
    "google/gemini-2.5-pro-preview-05-06": ("gemini-2.5-pro", "preview-05-06"),
    "gemini-3.1-pro-preview": ("gemini-3.1-pro", "preview"),
    "gemini-3.0-pro": ("gemini-3-pro", ""),
    "gemini-1.5-pro-002": ("gemini-1.5-pro", "002"),
    "grok-4-0709": ("grok-4", "0709"),
    "grok-4.1-thinking": ("grok-4.1", ""),
    "qwen3-235b-a22b-thinking-2507": ("qwen3-235b-a22b-thinking", "2507"),
    "deepseek-ai/DeepSeek-R1-0528": ("deepseek-r1", "0528"),
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8": ("llama-4-maverick", ""),
    "organism/ring": ("ring", ""),
    "": ("", ""),
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_canonical(name: str, expected: tuple[str, str]) -> None:
    """Providers, dates, suffixes and spellings leave one name, and the version where it is said."""
    assert canonical(name) == expected


@given(st.text(max_size=60))
def test_any_text_has_a_name(text: str) -> None:
    """No name that a log may hold breaks the rule, and a canonical name stays what it is."""
    model = canonical(text).model
    assert "/" not in model
    assert model == model.lower().strip()


@pytest.mark.parametrize(
    ("pattern", "name", "meant"),
    [
        ("claude-opus-4", "anthropic/claude-opus-4-20250514", True),
        ("anthropic/claude-opus-4-20250514", "claude-opus-4", True),
        ("claude-opus-4", "claude-opus-4.1", False),
        ("claude-opus-*", "claude-opus-4.1", True),
        ("Claude-Opus-4.?", "claude-opus-4-1-20250805", True),
        ("anthropic/*", "anthropic/claude-opus-4-20250514", True),
        ("*opus-3", "claude-3-opus", True),
        ("claude-3-*", "claude-3-opus", True),
        ("gpt-*", "claude-3-opus", False),
        ("claude-opus-4", "claude-mythos-preview", False),
    ],
)
def test_matches(pattern: str, name: str, meant: bool) -> None:
    """A name means its model whatever the spelling; a pattern is held against the name as it stands, too."""
    assert matches(pattern, name) is meant


def test_nearest() -> None:
    """A misspelt name finds the one that is meant, as the cards spell it."""
    known = ["claude-3-opus", "claude-opus-4", "gpt-5-thinking"]
    assert nearest("anthropic/claud-opus-3", known)[0] == "claude-3-opus"
    assert nearest("something else", known) == []
