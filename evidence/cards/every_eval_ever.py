"""One document in the format of Every Eval Ever (arXiv 2606.14516), its place in a folder, and writing it there.

The place is that of the project's data store: `data/COLLECTION/DEVELOPER/MODEL/UUID.json`, and beside it
`UUID_samples.jsonl` where there are rows for single samples.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

VERSION = "0.3.0"
"""Of the schema that is written."""

UNKNOWN_MODEL = {"deployment_type": "unknown", "model_availability": "unknown"}
"""What the schema wants to know of every model."""

_LONGEST = 100
_RESERVED = re.compile(r"(?i)(data|unknown|con|prn|aux|nul|com[1-9]|lpt[1-9])(?=\.|$)")
"""What the data store, or a file system, keeps for itself."""


@dataclass(frozen=True)
class Document:
    """What is known of one model from one source."""

    collection: str
    model_id: str
    """`DEVELOPER/MODEL`, each as `slug` makes it."""

    key: tuple[str, ...]
    """What tells the document from all others; the file's name follows from it."""

    body: Mapping[str, Any]
    """The aggregate, as the schema has it."""

    samples: tuple[Mapping[str, Any], ...] = ()
    """Rows of the schema for single samples."""

    @property
    def path(self) -> PurePosixPath:
        """Where it stands, below the folder that `data` is in."""
        return PurePosixPath("data", slug(self.collection), *self.model_id.split("/"), f"{self._uuid}.json")

    @property
    def files(self) -> dict[PurePosixPath, bytes]:
        """Path to content; the same document has the same bytes, always and everywhere."""
        if not self.samples:
            return {self.path: _text(self.body, indent=2)}
        rows, path = b"".join(_text(row) for row in self.samples), self.path.with_name(f"{self._uuid}_samples.jsonl")
        reference = {
            "format": "jsonl",
            "file_path": str(path),
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256(rows).hexdigest(),
            "total_rows": len(self.samples),
        }
        return {self.path: _text({**self.body, "detailed_evaluation_results": reference}, indent=2), path: rows}

    @property
    def _uuid(self) -> UUID:
        # The data store takes no name but one of version 4, which is otherwise a random one.
        digest = hashlib.sha256(json.dumps([self.collection, *self.key]).encode()).digest()
        return UUID(bytes=digest[:16], version=4)


def slug(text: str) -> str:
    """`text` as one part of a path that every file system and the data store take; case is kept."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:_LONGEST].rstrip("-._") or "unnamed"
    return f"x-{plain}" if _RESERVED.match(plain) else plain


def write_eee(folder: Path, documents: Iterable[Document]) -> list[Path]:
    """Write documents below `folder` and give the files written, aggregates first.

    Raises FileExistsError, and writes nothing, when one of the files is there already.
    """
    files: dict[Path, bytes] = {}
    for document in documents:
        for place, content in document.files.items():
            path = folder / place
            if path in files or path.exists():
                raise FileExistsError(f"{path} is there already, and is not overwritten: name another folder")
            files[path] = content
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    return sorted(files, key=lambda path: (path.suffix, path))


def _text(value: Mapping[str, Any], indent: int | None = None) -> bytes:
    return (json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False) + "\n").encode()
