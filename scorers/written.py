"""What a tool call says, as far as one that is broken can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gyges.ledger import Action

from .destinations import as_mapping

_PAIR = re.compile(r'"(\w+)"\s*:\s*"?([^"{},\s][^"{},\n]*)')


def complaint(action: Action) -> str:
    """What was said about a call that could not be read; where its arguments are no JSON, it is what shows them."""
    return str(as_mapping(action.effect.get("error")).get("message") or "")


def written(action: Action) -> Mapping[str, Any]:
    """The arguments of a call; of one that is no JSON, the pairs of a name and a plain value that can be read in it."""
    if action.args or action.state != "malformed":
        return action.args
    return dict(_PAIR.findall(complaint(action)))
