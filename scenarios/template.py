"""Jinja as scenarios use it: strict, sandboxed, with dates that follow the world's clock."""

import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gyges.scenarios.errors import ScenarioError

FILTERS: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda at: at.strftime("%Y-%m-%d"),
    "stamp": lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    "time": lambda at: at.strftime("%H:%M"),
    "weekday": lambda at: at.strftime("%A"),
    "day": lambda at: f"{at:%A} {at.day} {at:%B}",
    "rfc": format_datetime,
}
"""How a template writes a moment; all UTC, English names."""

ERRORS = (TemplateError, ValueError, TypeError, ArithmeticError, LookupError)
"""What a template can raise; a SecurityError is a TemplateError."""


class Templates:
    """The templates of one scenario's folder, and texts that are templates themselves."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(root),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.filters.update(FILTERS)
        self._text = lru_cache(maxsize=None)(self.environment.from_string)
        self.plain = lru_cache(maxsize=None)(self._plain)

    def _plain(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def file(self, name: str, context: Mapping[str, Any]) -> str:
        """The file `name`, relative to the scenario's folder, filled in. Raises ScenarioError with the line."""
        try:
            return self.environment.get_template(name).render(context)
        except ERRORS as error:
            file = self.root / name
            line = getattr(error, "lineno", None)
            for frame in traceback.extract_tb(error.__traceback__):
                # Jinja rewrites tracebacks so that a frame inside a template carries the template's own file and line.
                if frame.filename == str(file):
                    line = frame.lineno
            raise ScenarioError(f"cannot be filled in: {error}", file, line=line) from error

    def text(self, text: str, context: Mapping[str, Any], name: str, field: str) -> str:
        """`text`, the value of `field` in the file `name`, filled in. Raises ScenarioError."""
        if "{" not in text:
            return text
        try:
            return self._text(text).render(context)
        except ERRORS as error:
            raise ScenarioError(f"cannot be filled in: {error}", self.root / name, field=field) from error
