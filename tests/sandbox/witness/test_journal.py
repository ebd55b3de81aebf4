"""The witness's records: one chain, in a file with a bound."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gyges.sandbox.witness.journal import EXHAUSTED, GENESIS, Journal, canonical, digest

NAME = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3),
    max_leaves=10,
)


def read(journal: Journal) -> list[dict[str, Any]]:
    """All records of a journal, from its file."""
    return [json.loads(line) for line in journal.path.read_bytes().splitlines()]


@given(st.dictionaries(NAME, JSON))
def test_canonical(record: dict[str, Any]) -> None:
    r"""For ASCII the hashed form is that of RFC 8785, but for the control characters that only JSON's `\\u` can say."""
    expected = rfc8785.dumps(record)
    assert canonical(record).replace(b"\\u007f", b"\x7f") == expected


def test_chain(tmp_path: Path) -> None:
    """Each record carries the hash of the one before it and its own, and any change of one breaks it."""
    journal = Journal(tmp_path / "records")
    for n in range(5):
        journal.write("dns", query=f"n{n}.example", answer=["10.0.0.1"], host=None)
    records = read(journal)
    assert [r["seq"] for r in records] == list(range(5))
    assert [r["prev"] for r in records] == [GENESIS, *(r["hash"] for r in records[:-1])]
    unhashed = {k: v for k, v in records[3].items() if k != "hash"}
    plain = json.dumps(unhashed, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert records[3]["hash"] == hashlib.sha256(plain.encode()).hexdigest() == digest(records[3])
    assert journal.head == records[-1]["hash"]
    assert digest(records[3] | {"query": "other.example"}) != records[3]["hash"]


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [
        (-1, 10**6, [0, 1, 2, 3, 4]),
        (2, 10**6, [3, 4]),
        (4, 10**6, []),
        (99, 10**6, []),
        (-1, 1, [0]),
        (3, 0, [4]),
        (-7, 1, [0]),
    ],
)
def test_slice(after: int, limit: int, expected: list[int], tmp_path: Path) -> None:
    """What is asked for comes in whole records, as many as fit, and one if there is one."""
    journal = Journal(tmp_path / "records")
    for n in range(5):
        journal.write("udp", n=n)
    start, end = journal.slice(after, limit)
    assert [json.loads(line)["seq"] for line in journal.path.read_bytes()[start:end].splitlines()] == expected


def test_slice_takes_what_fits(tmp_path: Path) -> None:
    """Two records fit in the bytes of two, and not in one byte less."""
    journal = Journal(tmp_path / "records")
    for _ in range(3):
        journal.write("udp")
    start, end = journal.slice(0, 10**6)
    assert journal.slice(0, end - start) == (start, end)
    assert journal.slice(0, end - start - 1)[1] < end


def test_budget(tmp_path: Path) -> None:
    """Past the limit there is one fault and nothing more, the file stays within it, and what is lost is counted."""
    journal = Journal(tmp_path / "records", limit=20_000)
    for _ in range(200):
        journal.write("udp", body={"stored": "x" * 500})
    records = read(journal)
    assert [r["error"] for r in records if r["kind"] == "fault"] == [EXHAUSTED]
    assert records[-1]["kind"] == "fault"
    assert (journal.total, journal.head) == (len(records), records[-1]["hash"])
    assert journal.path.stat().st_size <= 20_000
    assert journal.dropped == 200 - (len(records) - 1)


def test_full_disk() -> None:
    """Storage that takes nothing does not end the witness; each answer from then on says that there is a hole."""
    journal = Journal(Path("/dev/full"))
    journal.write("udp")
    journal.write("udp")
    assert (journal.total, journal.dropped) == (0, 2)
    assert journal.state(-1, 100)["silent"] is True


def test_exhausted_budget_is_said_in_the_record(tmp_path: Path) -> None:
    """Where the record itself can say that it has a hole, no answer needs to."""
    journal = Journal(tmp_path / "records", limit=3000)
    for _ in range(20):
        journal.write("udp", filler="x" * 100)
    assert journal.dropped > 0
    assert journal.state(-1, 100)["silent"] is False
