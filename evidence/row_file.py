"""Rows written to a file: Parquet, CSV or JSON lines, as they come, and either whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet

from .output import OutputError, check_output, whole_file
from .rows import Cell, Column, Row

_BATCH = 1000
_BATCH_CHARACTERS = 1 << 23
"""Rows, and characters of text in them, of one row group of a Parquet file."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may run (OWASP, CSV injection; the last four are the full-width forms), and the
apostrophe itself, so that every one at the start of a text can be taken off again."""

_TYPES = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}

Write = Callable[[Row], None]


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raises OutputError where `path` cannot be a file of rows: before the long reading, not after it."""
    if path.suffix not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise OutputError(f"{path} does not say its format: its name must end in one of {known}")
    check_output(path, overwrite=overwrite)


@contextmanager
def row_file(
    path: Path, columns: Sequence[Column], labels: Mapping[str, str], *, overwrite: bool = False
) -> Iterator[Write]:
    """Gives a function that writes one row. The file stands under its name when the block ends well, and only then.

    Args:
        path: Its suffix says the format: .parquet, .csv or .jsonl.
        columns: Of every row; a value that a row lacks is null.
        labels: What Parquet keeps beside the data, such as the schema's version.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        OutputError: It cannot be written.
    """
    check_target(path, overwrite=overwrite)
    with whole_file(path) as file, _FORMATS[path.suffix](file, columns, labels) as write:
        yield write


def json_line(row: Mapping[str, Cell], columns: Sequence[Column]) -> str:
    """A row as one line of JSON in ASCII, all its columns in order."""
    return json.dumps({column.name: row.get(column.name) for column in columns}, allow_nan=False)


def spreadsheet_text(text: str) -> str:
    r"""Text as a CSV cell: with an apostrophe before it where a spreadsheet might run it, and NUL as `\x00`."""
    shown = text.replace("\0", "\\x00")
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


@contextmanager
def _jsonl(file: IO[bytes], columns: Sequence[Column], _: Mapping[str, str]) -> Iterator[Write]:
    def write(row: Row) -> None:
        file.write(json_line(row, columns).encode() + b"\n")

    yield write


@contextmanager
def _csv(file: IO[bytes], columns: Sequence[Column], _: Mapping[str, str]) -> Iterator[Write]:
    class Encoded:
        """What the csv module writes to."""

        def write(self, text: str) -> None:
            file.write(text.encode())

    writer = csv.writer(Encoded(), lineterminator="\r\n")  # RFC 4180; it also quotes both characters in a cell
    names = [column.name for column in columns]
    writer.writerow(map(spreadsheet_text, names))

    def write(row: Row) -> None:
        writer.writerow([_cell(row.get(name)) for name in names])

    yield write


def _cell(value: Cell) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return spreadsheet_text(value)
    return value


@contextmanager
def _parquet(file: IO[bytes], columns: Sequence[Column], labels: Mapping[str, str]) -> Iterator[Write]:
    schema = pa.schema(
        [pa.field(column.name, _TYPES[column.kind]) for column in columns],
        metadata={f"gyges.{name}": value for name, value in labels.items()},
    )
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        rows: list[Row] = []
        size = 0

        def flush() -> None:
            nonlocal size
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema))
            rows.clear()
            size = 0

        def write(row: Row) -> None:
            nonlocal size
            rows.append(row)
            size += sum(len(cell) for cell in row.values() if isinstance(cell, str))
            if len(rows) >= _BATCH or size >= _BATCH_CHARACTERS:
                flush()

        yield write
        flush()


_FORMATS: dict[str, Callable[[IO[bytes], Sequence[Column], Mapping[str, str]], AbstractContextManager[Write]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
}
