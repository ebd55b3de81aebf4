"""The condition key: what a figure and a measurement depend on besides the arm, compared key by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gyges.evidence.cards.card import Claim
from gyges.evidence.cards.models import canonical
from gyges.evidence.measured import ANSWERS, Measured

from .verdict import Reason

KEYS: Mapping[str, Reason] = {
    "prompt": Reason.OTHER_PROMPT,
    "scaffold": Reason.OTHER_SCAFFOLD,
    "thinking": Reason.OTHER_THINKING,
    "effort": Reason.OTHER_EFFORT,
    "safeguards": Reason.SAFEGUARDS,
    "judge": Reason.OTHER_JUDGE,
    "monitor": Reason.OTHER_MONITOR,
    "snapshot": Reason.OTHER_SNAPSHOT,
    "denominator": Reason.DENOMINATOR,
}
"""Key to the reason that a difference in it is."""

_OFF = frozenset({"off", "no", "none", "false", "disabled", "without", "non-thinking"})
_ON = frozenset({"on", "yes", "true", "enabled", "with", "extended", "thinking", "extended-thinking", "adaptive"})

SCRATCHPAD = "hidden scratchpad"
POD = "tools in a container"
THEIRS = "its own"
"""The prompt of a document that describes or publishes its protocol, where the claim does not say more of it."""

_ANSWERS = frozenset({"answers", "requests", "queries", "samples", "free-tier-requests", "free-tier-queries"})
"""Other words for one answer to one request; the tier stands in the arm."""


class State(StrEnum):
    """How one key of the two compares."""

    SAME = "same"
    DIFFERS = "differs"
    UNSTATED = "unstated"
    """The document does not say."""

    UNKNOWN = "unknown"
    """The document says, and of the measurement it is not known."""


@dataclass(frozen=True)
class Condition:
    """One key, as published and as measured; None where that side is not known."""

    key: str
    published: str | None
    measured: str | None
    state: State

    @property
    def reason(self) -> Reason:
        """What a difference in this key is called."""
        return KEYS[self.key]


def conditions(claim: Claim, measured: Measured) -> tuple[Condition, ...]:
    """Every key, in the order of `KEYS`."""
    stated = {**claim.conditions.model_dump(), "snapshot": claim.snapshot}
    if claim.comparability in ("replicable", "approximate"):
        stated["prompt"] = stated["prompt"] or THEIRS
    own = own_conditions(measured)
    return tuple(_condition(key, stated[key] or None, own[key]) for key in KEYS)


def own_conditions(it: Measured) -> dict[str, str | None]:
    """What is known of a measurement; a card that was written for Gyges can say the same, word for word."""
    names = [canonical(name) for name in (*it.served, it.model)]
    return {
        "prompt": it.prompt,
        "scaffold": POD if it.pod else None,
        "thinking": _thinking(it),
        "effort": it.settings.get("effort") or it.settings.get("reasoning_effort"),
        "safeguards": None,
        "judge": it.judge or None,
        "monitor": None,
        "snapshot": next((name.snapshot for name in names if name.snapshot), None),
        "denominator": it.denominator,
    }


def _thinking(it: Measured) -> str | None:
    names = ("reasoning_tokens", "reasoning_effort", "reasoning_mode")
    said = [it.settings[name] for name in names if name in it.settings]
    native = None if not said else "off" if set(said) & {"0", "none", "off"} else "on"
    hidden, asked = it.arm.get("scratchpad") == "hidden", it.arm.get("reasoning") == "scratchpad"
    if not hidden and not asked:
        return native
    pad = SCRATCHPAD if hidden else "scratchpad"
    return f"{pad}, reasoning on" if native == "on" else pad


def _condition(key: str, published: str | None, measured: str | None) -> Condition:
    if published is None:
        return Condition(key, None, measured, State.UNSTATED)
    if measured is None:
        return Condition(key, published, None, State.UNKNOWN)
    normal = _NORMAL.get(key, _slug)
    one, other = normal(published), normal(measured)
    if one == other:
        return Condition(key, published, measured, State.SAME)
    vague = key == "thinking" and one not in {"on", "off", "scratchpad", _slug(SCRATCHPAD)}
    return Condition(key, published, measured, State.UNKNOWN if vague else State.DIFFERS)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _model(text: str) -> str:
    return _slug(canonical(text).model)


def _switch(text: str) -> str:
    """`on` or `off` where the words say it, else the words."""
    slug = _slug(text)
    first = slug.partition("-")[0]
    return "off" if {slug, first} & _OFF else "on" if {slug, first} & _ON else slug


def _digits(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _counted(text: str) -> str:
    slug = _slug(text)
    return ANSWERS if slug in _ANSWERS else slug


_NORMAL: Mapping[str, Callable[[str], str]] = {
    "judge": _model,
    "thinking": _switch,
    "snapshot": _digits,
    "denominator": _counted,
}
