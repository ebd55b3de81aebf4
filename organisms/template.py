"""Words and arguments with variables in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import JsonValue

ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)


@lru_cache(maxsize=4096)
def _template(text: str) -> Template:
    return ENVIRONMENT.from_string(text)


def names(text: str) -> set[str]:
    """The variables that `text` needs.

    Raises:
        TemplateError: `text` is no Jinja template.
    """
    return meta.find_undeclared_variables(ENVIRONMENT.parse(text))


def strings(value: JsonValue) -> Iterator[str]:
    """Every string inside `value`; keys are left alone, for they name parameters."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def render(value: JsonValue, variables: Mapping[str, object]) -> JsonValue:
    """`value` with every string in it rendered.

    Raises:
        TemplateError: a template fails, for instance on a variable that is not set.
    """
    if isinstance(value, str):
        return _template(value).render(variables)
    if isinstance(value, list):
        return [render(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: render(item, variables) for key, item in value.items()}
    return value


__all__ = ["TemplateError", "names", "render", "strings"]
