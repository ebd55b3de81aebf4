"""The file that a page is written to: refused before the long reading, and written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


class PageError(Exception):
    """The page cannot be written; the message names the file and the way out."""


def check_page(path: Path, *, overwrite: bool) -> None:
    """Raises PageError where a page cannot be written to `path`."""
    if path.is_dir():
        raise PageError(f"{path} is a folder; name a file in it")
    if path.exists() and not overwrite:
        raise PageError(f"{path} exists; name another file, or add --overwrite")
    if not path.parent.is_dir():
        raise PageError(f"{path.parent} is no folder; make it, or name another")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PageError(f"{path.parent} cannot be written to; name another folder")


def write_whole(path: Path, text: str) -> None:
    """Writes `text` beside `path` and puts it there in one step. Raises PageError where that fails."""
    part: Path | None = None
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as file:
            part = Path(file.name)
            file.write(text)
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise PageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        if part:
            part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
