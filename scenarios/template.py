"""Jinja as scenarios use it: strict, sandboxed, with dates that follow the world's clock."""

import traceback
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, meta
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


KEPT = 4096
"""Filled-in texts that are kept: arms share most of theirs."""


@dataclass(frozen=True)
class Context:
    """What templates can say, and what each of those values follows from."""

    values: Mapping[str, Any]
    sources: Mapping[str, Hashable]
    """Name to what decides its value; a name that is not here has one value in a scenario."""


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
        self.plain = lru_cache(maxsize=None)(self._plain)
        self._compiled = lru_cache(maxsize=None)(self._compile)
        self._filled: dict[Hashable, str] = {}

    def _plain(self, name: str) -> bytes:
        """The file `name` as it is."""
        return (self.root / name).read_bytes()

    def file(self, name: str, context: Context) -> str:
        """The file `name`, relative to the scenario's folder, filled in. Raises ScenarioError with the line."""
        try:
            return self._fill(name, None, context)
        except ERRORS as error:
            file = self.root / name
            line = getattr(error, "lineno", None)
            for frame in traceback.extract_tb(error.__traceback__):
                # Jinja rewrites tracebacks so that a frame inside a template carries the template's own file and line.
                if frame.filename == str(file):
                    line = frame.lineno
            raise ScenarioError(f"cannot be filled in: {error}", file, line=line) from error

    def text(self, text: str, context: Context, name: str, field: str) -> str:
        """`text`, the value of `field` in the file `name`, filled in. Raises ScenarioError."""
        if "{" not in text:
            return text
        try:
            return self._fill(None, text, context)
        except ERRORS as error:
            raise ScenarioError(f"cannot be filled in: {error}", self.root / name, field=field) from error

    def _fill(self, name: str | None, text: str | None, context: Context) -> str:
        template, uses = self._compiled(name, text)
        key = (name, text, *((use, context.sources.get(use)) for use in uses))
        if key not in self._filled:
            if len(self._filled) >= KEPT:
                self._filled.clear()
            self._filled[key] = template.render(context.values)
        return self._filled[key]

    def _compile(self, name: str | None, text: str | None) -> tuple[Template, tuple[str, ...]]:
        """A template and the names that it uses. Raises TemplateError."""
        source = (self.root / name).read_text(encoding="utf-8") if name else text or ""
        tree = self.environment.parse(source, filename=str(self.root / name) if name else None)
        if any(meta.find_referenced_templates(tree)):
            raise TemplateError(
                "takes in another template; a scenario's templates stand alone, so that each can be read alone"
            )
        template = self.environment.get_template(name) if name else self.environment.from_string(source)
        return template, tuple(sorted(meta.find_undeclared_variables(tree)))
