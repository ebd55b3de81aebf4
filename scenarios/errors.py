"""What goes wrong with what somebody wrote: always the author's or the caller's mistake, never the model's."""

from pathlib import Path


class AuthorError(ValueError):
    """Names the file (and line), the field, the offending value and the way out."""

    def __init__(
        self, message: str, file: Path | None = None, *, line: int | None = None, field: str | None = None
    ) -> None:
        self.message, self.file, self.line, self.field = message, file, line, field
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(where + ("" if field is None else f"{field}: ") + message)


class ScenarioError(AuthorError):
    """A scenario, or what was asked of one, cannot be used."""
