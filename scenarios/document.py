"""Reading one YAML file of a scenario into its model, with the line of whatever is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.field import Model

T = TypeVar("T", bound=Model)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Both read the same YAML; the one in C is there where PyYAML was built with libyaml."""


def read(model: type[T], file: Path) -> T:
    """The file as `model`. Raises ScenarioError for a missing file, bad YAML, and the first field that does not fit."""
    try:
        text = file.read_text(encoding="utf-8")
        loader = LOADER(text)
        tree = loader.get_single_node()
        data = None if tree is None else loader.construct_document(tree)
    except FileNotFoundError as error:
        raise ScenarioError("does not exist; every scenario needs it", file) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"is not UTF-8 text: {error}", file) from error
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        raise ScenarioError(f"is not valid YAML: {problem or error}", file, line=mark and mark.line + 1) from error
    for key in _repeated(tree):
        raise ScenarioError(f"key {key.value!r} stands there twice; keep one", file, line=key.start_mark.line + 1)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        # A misspelt key is two mistakes, one unknown and one missing; the unknown one is what the author wrote.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        field = ".".join(map(str, first["loc"])) or None
        raise ScenarioError(_reason(first, model), file, line=line_of(tree, first["loc"]), field=field) from error


def _reason(error: ErrorDetails, model: type[Model]) -> str:
    if error["type"] == "extra_forbidden":
        known = f"; {model.__name__} has {', '.join(model.model_fields)}" if len(error["loc"]) == 1 else ""
        return f"unknown key{known}; remove it or correct its spelling"
    shown = "" if error["type"] == "missing" else f" (found {str(error['input'])[:80]!r})"
    return f"{error['msg'].removeprefix('Value error, ')}{shown}"


def _repeated(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Keys that a mapping holds twice, of which YAML would silently drop the first."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        yield from (key for i, (key, _) in enumerate(node.value) if key.value in keys[:i])
    if isinstance(node, yaml.CollectionNode):
        for child in node.value:
            for inner in child if isinstance(child, tuple) else (child,):
                yield from _repeated(inner)


def line_of(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int | None:
    """The line of the deepest node on the way that `loc` describes; 1-based."""
    if node is None:
        return None
    line: int = node.start_mark.line + 1
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                continue
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
