"""Names of models: one name for what providers, dates and spellings make many of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple


class Name(NamedTuple):
    """A model, and which version of it where the name says."""

    model: str
    snapshot: str = ""


_VENDOR = re.compile(
    r"^(?:[a-z]{2,6}\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|mistral|moonshot|openai|qwen|writer|xai)\."
)
"""What Amazon Bedrock puts before a name: `us.anthropic.`"""

_BUILD = re.compile(r"-v\d+(?::\d+)?$")
"""What Amazon Bedrock puts behind it: `-v1:0`."""

_VARIANT = re.compile(r":(?:beta|exacto|extended|floor|free|nitro|online|thinking)$")
"""What OpenRouter puts behind it."""

_SNAPSHOT = re.compile(
    r"-(?P<snapshot>20\d{6}|20\d\d-\d\d-\d\d|(?:(?:preview|exp)-)?\d\d-\d\d|(?:(?:preview|exp)-)?[0-2]\d[0-3]\d(?:-preview)?|00\d)$"
)
"""A date in one of the ways in which developers write it, or a number such as `-002`."""

_TRIAL = re.compile(r"^(?P<model>gemini-.+)-(?P<snapshot>preview|exp)$")
"""`preview` is a version of a Gemini; `o1-preview` and `claude-mythos-preview` are models of their own."""

_CLAUDE = re.compile(r"^claude-(?P<version>\d+(?:\.\d+)?)-(?P<family>haiku|opus|sonnet)\b")
"""`claude-3-opus` and `claude-opus-4` are in one order each."""

_MODE = re.compile(r"^(?P<model>(?:claude|gpt|grok)-.+)-thinking$")
"""A way to call these models, not another model."""

_SIZES = re.compile(r"^(?P<model>llama-4-(?:maverick|scout))-.+$")


def canonical(name: str) -> Name:
    """What a provider, a log or a card calls a model as one name, and the version if it says.

    `anthropic/claude-opus-4-20250514`, `us.anthropic.claude-opus-4-20250514-v1:0` and `claude-opus-4@20250514` are all
    `claude-opus-4` of `20250514`; `claude-3-5-sonnet-latest` is `claude-sonnet-3.5`. A name that follows no known rule
    is only put in lower case, without what stands before its last slash.
    """
    rest = re.sub(r"[\s_]+", "-", name.strip().lower().rstrip("/").rpartition("/")[2])
    rest = _VARIANT.sub("", _BUILD.sub("", _VENDOR.sub("", rest)))
    rest, _, snapshot = rest.partition("@")
    rest = rest.removesuffix("-latest")
    if dated := _SNAPSHOT.search(rest):
        rest, snapshot = rest[: dated.start()], dated["snapshot"]
    if trial := _TRIAL.match(rest):
        rest, snapshot = trial["model"], snapshot or trial["snapshot"]
    rest = re.sub(r"(?<=-)(\d)-(\d)(?=-|$)", r"\1.\2", rest)
    rest = re.sub(r"(?<=-)(\d+)\.0(?=-|$)", r"\1", rest)
    rest = _CLAUDE.sub(r"claude-\g<family>-\g<version>", rest)
    for rule in (_MODE, _SIZES):
        if found := rule.match(rest):
            rest = found["model"]
    return Name(rest, "" if snapshot in ("latest", "default") else snapshot)


def matches(pattern: str, name: str) -> bool:
    """Whether a model is meant: by any of its names, or by a pattern with `*`, `?` or `[...]` for one of them."""
    if not set("*?[") & set(pattern):
        return canonical(pattern).model == canonical(name).model
    wanted = pattern.lower()
    return any(fnmatchcase(one, wanted) for one in (name.lower(), canonical(name).model))


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Those of the known names that are spelt most like a name, the nearest first."""
    by_model = {canonical(one).model: one for one in known}
    return [by_model[model] for model in get_close_matches(canonical(name).model, by_model, count)]
