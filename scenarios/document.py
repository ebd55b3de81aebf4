"""Reading one YAML file of a scenario into its model, with the line of whatever is wrong."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.schema import Model

T = TypeVar("T", bound=Model)


def read(model: type[T], file: Path) -> T:
    """The file as `model`. Raises ScenarioError for a missing file, bad YAML, and the first field that does not fit."""
    try:
        text = file.read_text(encoding="utf-8")
        tree = yaml.compose(text, yaml.SafeLoader)
        data = yaml.safe_load(text)
    except FileNotFoundError as error:
        raise ScenarioError("does not exist; every scenario needs it", file=file) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"is not UTF-8 text: {error}", file=file) from error
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise ScenarioError(f"is not valid YAML: {error.problem}", file=file, line=line) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or None
        raise ScenarioError(_reason(first, model), file=file, line=_line(tree, first["loc"]), field=field) from error


def _reason(error: object, model: type[Model]) -> str:
    assert isinstance(error, dict)
    if error["type"] == "extra_forbidden":
        known = f"; {model.__name__} has {', '.join(model.model_fields)}" if len(error["loc"]) == 1 else ""
        return f"unknown key{known}; remove it or correct its spelling"
    shown = "" if error["type"] == "missing" else f" (found {str(error['input'])[:80]!r})"
    return f"{error['msg'].removeprefix('Value error, ')}{shown}"


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int | None:
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
