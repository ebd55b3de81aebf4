"""Bodies: counted and hashed whole, kept within bounds."""

from __future__ import annotations

import hashlib
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.sandbox.witness.body import BODY_LIMIT, HEAD_LIMIT, POD_LIMIT, RESERVE, Body, Storage


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(0, 2000), st.integers(0, 4000))
def test_whole_and_front(chunks: list[bytes], limit: int, room: int) -> None:
    """In whatever pieces it comes, size and hash are those of the whole; its front is kept, within both bounds."""
    storage = Storage(room)
    body = Body(storage, limit)
    for chunk in chunks:
        body.add(chunk)
    whole = b"".join(chunks)
    record = body.record()
    stored = b64decode(record["stored"])
    assert (record["bytes"], record["sha256"]) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert whole.startswith(stored)
    assert len(stored) <= min(limit, room)
    assert record["cut"] == (len(stored) < len(whole))
    assert storage.left == room - len(stored)
    if room >= len(whole):
        assert len(stored) == min(limit, len(whole))


def test_limits() -> None:
    """A body keeps 4 MiB, and all of a pod together 32 MiB, however many there are."""
    storage = Storage()
    chunk = bytes(1 << 20)
    kept = []
    for _ in range(20):
        body = Body(storage)
        for _ in range(5):
            body.add(chunk)
        kept.append(len(b64decode(body.record()["stored"])))
    assert kept[:6] == [BODY_LIMIT] * 6
    assert sum(kept) == POD_LIMIT - RESERVE


def test_reserve_is_for_fronts() -> None:
    """When long bodies have taken all that they may, a short one is still kept whole."""
    storage = Storage(4000)
    long = Body(storage)
    long.add(bytes(70_000))
    short = Body(storage)
    short.add(b"short")
    assert len(b64decode(long.record()["stored"])) == 3000
    assert not short.record()["cut"]


@pytest.mark.parametrize(("left", "stored"), [(10, b"abcde"), (9, b"")])
def test_snapshot(left: int, stored: bytes) -> None:
    """A body shown before its end is paid for once more, or shown without its bytes; its end is not affected."""
    storage = Storage(left)
    body = Body(storage)
    body.add(b"abcde")
    assert b64decode(body.snapshot()["stored"]) == stored
    assert b64decode(body.record()["stored"]) == b"abcde"


def test_forget() -> None:
    """What a body kept can be given back."""
    storage = Storage(100)
    body = Body(storage)
    body.add(bytes(60))
    body.forget()
    assert storage.left == 100


def test_head() -> None:
    """The front is there for whoever has to answer it, storage or not."""
    body = Body(Storage(0))
    for n in range(100):
        body.add(bytes([n]) * 100)
    assert body.head == b"".join(bytes([n]) * 100 for n in range(100))[:HEAD_LIMIT]
