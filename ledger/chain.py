"""The hash chain: SHA-256 over RFC 8785 (JSON Canonicalization Scheme) of each link and the hash before it.

The chain is unkeyed. It shows that a record is whole and in order; it does not show who wrote it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

import rfc8785

from .action import Action

GENESIS = "0" * 64
"""What the first link names as the hash before it."""

_SAFE_INTEGER = 2**53 - 1
"""Largest integer that RFC 8785 can represent (section 3.2.2.3)."""


def plain(value: Any) -> Any:
    r"""`value` as JSON that RFC 8785 can write, whatever a model put there.

    Integers beyond 2**53 - 1, NaN and infinities become their decimal text; lone surrogates become `\udXXX` text.
    """
    match value:
        case Mapping():
            return {plain(str(k)): plain(v) for k, v in value.items()}
        case list() | tuple():
            return [plain(v) for v in value]
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case None | bool():
            return value
        case int() if abs(value) <= _SAFE_INTEGER:
            return value
        case float() if isfinite(value):
            return value
    return plain(str(value))


def link(prev: str, content: Mapping[str, Any]) -> str:
    """Hash, in hex, of a link with `content` (made `plain` before) that follows the link with hash `prev`."""
    return hashlib.sha256(rfc8785.dumps({**content, "prev": prev})).hexdigest()


def content_of(action: Action) -> dict[str, Any]:
    """The part of an action that its hash covers: everything but `prev` and `hash`."""
    body = asdict(action)
    del body["prev"], body["hash"]
    return {**body, "refs": list(action.refs)}


def chained(contents: list[dict[str, Any]]) -> tuple[Action, ...]:
    """Actions in order, numbered and chained. Each content holds every field of `Action` but seq, prev and hash."""
    actions: list[Action] = []
    prev = GENESIS
    for seq, raw in enumerate(contents):
        content = {"seq": seq, **plain(raw)}
        digest = link(prev, content)
        actions.append(Action(**{**content, "refs": tuple(content["refs"])}, prev=prev, hash=digest))
        prev = digest
    return tuple(actions)


def first_break(actions: tuple[Action, ...]) -> int | None:
    """Index of the first action whose number, `prev` or `hash` is wrong; None for a sound chain."""
    prev = GENESIS
    for index, action in enumerate(actions):
        if action.seq != index or action.prev != prev or action.hash != link(prev, content_of(action)):
            return index
        prev = action.hash
    return None
