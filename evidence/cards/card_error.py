"""What is wrong with a card that somebody wrote."""

from __future__ import annotations

from pathlib import Path


class CardError(Exception):
    """A card cannot be used; the message names the file, the place in it, the value and the way out."""

    def __init__(
        self, message: str, file: Path | None = None, *, line: int | None = None, field: str | None = None
    ) -> None:
        self.message, self.file, self.line, self.field = message, file, line, field
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(where + ("" if field is None else f"{field}: ") + message)
