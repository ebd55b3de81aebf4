"""Digests of what a sample was given: equal where it was given the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import rfc8785
from inspect_ai.model import ChatMessage

from .chain import plain


def digest(value: Any) -> str:
    """SHA-256, in hex, over the RFC 8785 JSON of `value`, made `plain` before."""
    return hashlib.sha256(rfc8785.dumps(plain(value))).hexdigest()


def prompt_digest(prompt: str | Sequence[ChatMessage]) -> str:
    """The digest of a sample's input: a list of its messages, each `{"role": ..., "content": ...}`.

    Ids of messages, which are drawn anew for each run, do not count. A text is one message of the user.
    """
    if isinstance(prompt, str):
        return digest([{"role": "user", "content": prompt}])
    return digest([message.model_dump(include={"role", "content"}, exclude_none=True) for message in prompt])
