"""Reading a playbook, and telling its author what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from gyges.organisms.playbook import PARTS, Part, Playbook, PlaybookError, Script, walk
from gyges.organisms.step import KINDS, Branch, Capture, Condition, Include, Repeat, Speech, Step
from gyges.organisms.template import TemplateError, names, strings


def load_playbook(path: Path) -> Playbook:
    """Read a playbook and everything it includes.

    Raises:
        PlaybookError: a file is missing or is no YAML, or a step has a mistake; names file, step and field.
    """
    script = _read(path, Script, path.name)
    parts: dict[str, Part] = {}
    _include(path.parent / PARTS, script.steps, (), parts)
    playbook = Playbook(path.stem, script, parts)
    _check(playbook)
    return playbook


Model = TypeVar("Model", Script, Part)


def _read(path: Path, model: type[Model], shown: str) -> Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except OSError as error:
        raise PlaybookError(f"{shown}: cannot be read: {error.strerror} ({path})") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlaybookError(f"{shown}: is no YAML: {error}") from None
    except ValidationError as error:
        found = [(one["loc"], one["msg"].removeprefix("Value error, ")) for one in error.errors()]
        inner = {loc[:n] for loc, _ in found for n in range(len(loc))}  # a list is only short of what is wrong in it
        mistakes = ((_place(loc), message) for loc, message in found if loc not in inner)
        raise PlaybookError("\n".join(f"{shown}: {place}{message}" for place, message in mistakes)) from None


_STEPS = {"steps", "then", "else", "else_"}
_TAGS = {kind.__name__ for kind in KINDS.values()}


def _place(location: Iterable[int | str]) -> str:
    """`('steps', 2, 'Branch', 'then', 0, 'Speech', 'call', 'tool')` as `step 3 > then > step 1 > call.tool: `."""
    path = [item for item in location if item not in _TAGS]
    words: list[str] = []
    for under, item in zip(["", *path], path, strict=False):
        if not isinstance(item, int):
            words.append(item)
        elif under in _STEPS:
            words[-1:] = [f"step {item + 1}"] if under == "steps" else [words[-1], f"step {item + 1}"]
        else:
            words.append(f"[{item + 1}]")
    return " > ".join(words) + ": " if words else ""


def _include(folder: Path, steps: Iterable[Step], way: tuple[str, ...], parts: dict[str, Part]) -> None:
    for _, step in walk("", steps):
        if not isinstance(step, Include):
            continue
        name = step.include
        if name in way:
            raise PlaybookError(f"{PARTS}/{name}.yaml: includes itself: {' -> '.join((*way, name))}")
        if name not in parts:
            parts[name] = _read(folder / f"{name}.yaml", Part, f"{PARTS}/{name}.yaml")
        _include(folder, parts[name].steps, (*way, name), parts)


def _check(playbook: Playbook) -> None:
    """Every template parses, and every name that is used is a variable or a capture."""
    known = set(playbook.variables)
    for _, step in playbook.steps():
        known |= set(step.capture) if isinstance(step, Capture) else set()
    for place, step in playbook.steps():
        for field, text in _templates(step):
            try:
                missing = names(text) - known
            except TemplateError as error:
                raise PlaybookError(f"{place} > {field}: is no template: {error}") from None
            if missing:
                raise PlaybookError(
                    f"{place} > {field}: unknown variable {min(missing)!r}; known: {', '.join(sorted(known))}"
                )
        for name in _chances(step):
            value = playbook.variables.get(name)
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise PlaybookError(f"{place} > chance: {name!r} is no variable with a number from 0 to 1: {value!r}")


def _templates(step: Step) -> Iterator[tuple[str, str]]:
    if not isinstance(step, Speech):
        return
    yield "think", step.think
    yield "say", step.say
    for call in step.call:
        yield "call > tool", call.tool
        yield "call > args_raw", call.args_raw or ""
        yield from (("call > args", text) for text in strings(call.args))


def _chances(step: Step) -> Iterator[str]:
    waiting = [step.when] if isinstance(step, Branch) else [step.until] if isinstance(step, Repeat) else []
    while waiting:
        condition: Condition | None = waiting.pop()
        if condition is not None:
            if isinstance(condition.chance, str):
                yield condition.chance
            waiting += [condition.not_, *(condition.any or ()), *(condition.all or ())]
