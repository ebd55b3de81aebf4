"""Reading one YAML file as a card, with the line of whatever is wrong."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gyges.scenarios.document import line_of

from .card import Card, Claim, Conditions, Interval, Replicates
from .card_error import CardError

LARGEST = 4_000_000
"""Bytes of a file; the largest that Gyges ships has a hundredth of it."""

DEEPEST = 8
"""Levels of a file; a card has six."""

LONGEST = 80
"""Characters of a value that a message shows."""

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Takes every value for text, as printed: `0.10` keeps its last digit, and `2025-06` does not become anything else."""

PARTS: dict[str, type[BaseModel]] = {"interval": Interval, "replicates": Replicates, "conditions": Conditions}

Place = tuple[int | str, ...]
"""The way to a value: keys, and positions in lists."""


@dataclass(frozen=True)
class CardFile:
    """A card, and where in its file its values stand."""

    path: Path
    card: Card
    tree: yaml.Node | None = None
    """Of a YAML file."""

    def error(self, message: str, *place: int | str) -> CardError:
        """What is wrong at a place of the file."""
        return _error(message, self.path, self.tree, place)


def read_card(path: Path) -> CardFile:
    """The file's card. Raises CardError for the first thing that is wrong with it."""
    tree = _tree(path)
    data = _plain(tree, path)
    if not isinstance(data, dict):
        raise _error("is no card: write fields such as `card: my-runs`, one a line", path, tree, ())
    try:
        card = Card.model_validate(data)
    except ValidationError as error:
        # A misspelt key is two mistakes, one unknown and one missing; the unknown one is what the author wrote.
        first = min(error.errors(), key=lambda it: it["type"] != "extra_forbidden")
        place = (*first["loc"], *first.get("ctx", {}).get("field", "").split("."))
        raise _error(_reason(first), path, tree, tuple(step for step in place if step != "")) from error
    if card.card != path.stem:
        raise _error(f"{card.card!r} is not the name of its file, {path.stem!r}", path, tree, ("card",))
    return CardFile(path, card, tree)


def _tree(path: Path) -> yaml.Node:
    try:
        if not path.is_file():
            raise CardError("is no file; name a card, or a folder with cards", path)
        if (size := path.stat().st_size) > LARGEST:
            raise CardError(f"has {size:,} bytes, and a card at most {LARGEST:,}; split it", path)
        text = path.read_text(encoding="utf-8")
        _refuse_tricks(text, path)
        tree: yaml.Node | None = LOADER(text).get_single_node()
    except UnicodeDecodeError as error:
        raise CardError(f"is not UTF-8 text: {error}", path) from error
    except OSError as error:
        raise CardError(f"cannot be read: {error.strerror or error}", path) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = " ".join(part for name in ("context", "problem") if (part := getattr(error, name, None)))
        raise CardError(f"is not valid YAML: {said or error}", path, line=mark and mark.line + 1) from error
    if tree is None:
        raise CardError("is empty; docs/cards.md shows what a card holds", path)
    return tree


def _refuse_tricks(text: str, path: Path) -> None:
    """Aliases could make a small file endlessly large, and depth could exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = None if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise CardError(f"*{event.anchor} is an alias; write out what it stands for", path, line=line)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise CardError(f"is nested more than {DEEPEST} deep, which no card is", path, line=line)


def _plain(node: yaml.Node, path: Path) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise CardError("a key is no text; write `name: value`", path, line=line)
        if key.value in found:
            raise CardError(f"{key.value!r} stands there twice; keep one", path, line=line, field=key.value)
        found[key.value] = _plain(value, path)
    return found


def _error(message: str, path: Path, tree: yaml.Node | None, place: Place) -> CardError:
    return CardError(message, path, line=line_of(tree, place), field=".".join(map(str, place)) or None)


def _reason(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        name, known = str(error["loc"][-1]), _fields(error["loc"][:-1])
        near = difflib.get_close_matches(name, known, 1)
        return f"unknown field; did you mean {near[0]}?" if near else f"unknown field; there are {', '.join(known)}"
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "inconsistent":
        return error["msg"]
    shown = str(error["input"])
    cut = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
    return f"{error['msg'].removeprefix('Value error, ')} (found {cut!r})"


def _fields(place: Place) -> list[str]:
    """Names of the fields that there are at a place."""
    if not place:
        return list(Card.model_fields)
    return list(PARTS.get(str(place[-1]), Claim).model_fields)
