"""Rows in files: the same in three formats, whole or not there at all."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from gyges.evidence.output import OutputError
from gyges.evidence.row_file import json_line, row_file, spreadsheet_text
from gyges.evidence.rows import Column, Row

COLUMNS = (
    Column("name", "text", "A text."),
    Column("count", "integer", "A whole number."),
    Column("share", "number", "A number."),
    Column("met", "boolean", "Yes or no."),
)
ROWS: list[Row] = [
    {"name": "plain", "count": 1, "share": 0.5, "met": True},
    {"name": None, "count": None, "share": None, "met": None},
    {"name": 'quo"te, comma\r\nline\rreturn\nfeed', "count": -(2**63), "share": 1e300, "met": False},
    {"name": "nul\0, escape\x1b[2J, bidi\u202e, astral\U0001f600", "count": 2**63 - 1},
    {"name": '=HYPERLINK("http://x")', "count": -1, "share": -0.25, "met": True},
]
FORMATS = (".parquet", ".csv", ".jsonl")


def write(path: Path, rows: Iterable[Row], **options: Any) -> None:
    with row_file(path, COLUMNS, {"schema": "1"}, **options) as put:
        for row in rows:
            put(row)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, by a reader that has nothing to do with the writer where there is one."""
    match path.suffix:
        case ".parquet":
            return list(parquet.read_table(path).to_pylist())
        case ".jsonl":
            return [json.loads(line) for line in path.read_text().splitlines()]
    rows = csv.DictReader(io.StringIO(path.read_bytes().decode(), newline=""))
    kinds: dict[str, Any] = {"name": _text, "count": int, "share": float, "met": "true".__eq__}
    return [{name: kinds[name](cell) if cell else None for name, cell in row.items()} for row in rows]


def _text(cell: str) -> str:
    return cell.removeprefix("'").replace("\\x00", "\0")


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_value_comes_back(tmp_path: Path, suffix: str) -> None:
    """Quotes, line breaks, NUL, control and astral characters, extreme numbers and nulls are what they were."""
    path = tmp_path / f"rows{suffix}"
    write(path, ROWS)
    names = [column.name for column in COLUMNS]
    assert read(path) == [{name: row.get(name) for name in names} for row in ROWS]


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_row_is_still_a_file(tmp_path: Path, suffix: str) -> None:
    """Without a row the file is there, and CSV and Parquet name the columns."""
    path = tmp_path / f"rows{suffix}"
    write(path, [])
    assert read(path) == []
    if suffix != ".jsonl":
        assert b"count" in path.read_bytes()


def test_parquet_says_its_version(tmp_path: Path) -> None:
    """The labels stand in the file's metadata, and the columns have their types."""
    path = tmp_path / "rows.parquet"
    write(path, ROWS)
    schema = parquet.read_schema(path)
    assert schema.metadata[b"gyges.schema"] == b"1"
    assert [str(field.type) for field in schema] == ["string", "int64", "double", "bool"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("'quoted", "''quoted"),
        ("a=1", "a=1"),
        ("", ""),
        ("a\0b", "a\\x00b"),
    ],
)
def test_a_spreadsheet_runs_no_cell(text: str, cell: str) -> None:
    """What could be a formula gets an apostrophe, and taking one off gives the text back."""
    assert spreadsheet_text(text) == cell


def test_lines_are_ascii() -> None:
    """JSON lines hold no character that could steer a terminal, and every column in order."""
    line = json_line({"name": "\x1b[2J\u202e\x85"}, COLUMNS)
    assert line.isascii()
    assert line.isprintable()
    assert list(json.loads(line)) == ["name", "count", "share", "met"]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
def test_an_interrupted_file_is_not_there(tmp_path: Path, suffix: str, error: type[BaseException]) -> None:
    """Whatever ends the writing leaves neither half a file nor a temporary one, and the file before it as it was."""
    path = tmp_path / f"rows{suffix}"
    path.write_text("before")

    def interrupted() -> Iterator[Row]:
        yield ROWS[0]
        raise error

    with pytest.raises(error):
        write(path, interrupted(), overwrite=True)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    """An existing file is an error that names the option; with it, the new rows stand there."""
    path = tmp_path / "rows.jsonl"
    write(path, ROWS[:1])
    with pytest.raises(OutputError, match="--overwrite"):
        write(path, ROWS)
    assert len(read(path)) == 1
    write(path, ROWS, overwrite=True)
    assert len(read(path)) == len(ROWS)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rows.xlsx", "must end in one of .parquet, .csv, .jsonl"),
        ("rows", "must end in one of"),
        ("gone/rows.csv", "gone is no folder"),
        ("folder.csv", "is a folder"),
    ],
)
def test_a_bad_target_is_named_with_the_way_out(tmp_path: Path, name: str, words: str) -> None:
    """Another suffix, a folder that is not there and a folder in place of the file are refused before any work."""
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match=words):
        write(tmp_path / name, ROWS)


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    """What the system refuses while writing comes out as the one error of this module."""
    path = tmp_path / "rows.csv"
    with pytest.raises(OutputError, match=r"rows\.csv cannot be written: No space left"), row_file(path, COLUMNS, {}):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, suffix: str) -> None:
    """Ten times the rows take about the same memory."""

    def peak(count: int) -> int:
        with row_file(tmp_path / f"{count}{suffix}", COLUMNS, {}) as put:
            tracemalloc.start()
            for nth in range(count):
                put({"name": f"{nth}" * 200, "count": nth})
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    peak(2000)
    assert peak(40_000) < 1.5 * peak(4000) + 100_000


@pytest.mark.parametrize("suffix", FORMATS)
def test_one_huge_text_is_a_cell_like_any(tmp_path: Path, suffix: str) -> None:
    """A cell of ten megabytes is written and read."""
    csv.field_size_limit(1 << 25)
    path = tmp_path / f"rows{suffix}"
    write(path, [{"name": "y" * 10_000_000}])
    assert len(read(path)[0]["name"]) == 10_000_000
