"""Datagrams: each is a record, and of a QUIC client's first one it says for whom it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.sandbox.witness import quic
from gyges.sandbox.witness.body import Storage
from gyges.sandbox.witness.datagrams import Datagrams
from gyges.sandbox.witness.journal import Journal
from gyges.sandbox.witness.names import AddressBook

from .conftest import stored

VECTORS = Path(__file__).parents[2] / "vectors" / "quic_initials.json"
INITIALS = {name: bytes.fromhex(packet) for name, packet in json.loads(VECTORS.read_text())["packets"].items()}


def recorded(tmp_path: Path, data: bytes) -> dict[str, Any]:
    """The record of a datagram."""
    journal = Journal(tmp_path / "records")
    assert Datagrams(AddressBook(), journal, Storage()).take(data, 40_000, "203.0.113.9", 443) is None
    record: dict[str, Any] = json.loads(journal.path.read_bytes())
    return record


@pytest.mark.parametrize("name", INITIALS)
def test_quic(name: str, tmp_path: Path) -> None:
    """Server name and ALPN are read out of Initial packets that another implementation (aioquic) made."""
    record = recorded(tmp_path, INITIALS[name])
    assert (record["protocol"], record["sni"], record["alpn"]) == ("quic", f"{name}.holmgard.net", ["h3"])
    assert (record["source_port"], record["port"], stored(record)) == (40_000, 443, INITIALS[name])


@pytest.mark.parametrize(
    ("data", "protocol"),
    [
        (b"\xc0\0\0\0\x01\x08" + bytes(30), "quic"),
        (b"\xc0\0\0\0\x01", "quic"),
        (b"\xd0\x6b\x33\x43\xcf\xff", "quic"),
        (INITIALS["v1"][:200] + bytes([INITIALS["v1"][200] ^ 1]) + INITIALS["v1"][201:], "quic"),
        (b"\xd0\0\0\0\x01\x08" + bytes(30), "raw"),
        (b"\x40\0\0\0\x01\x08" + bytes(30), "raw"),
        (b"\xc0\0\0\0\x02\x08" + bytes(30), "raw"),
        (b"", "raw"),
    ],
)
def test_unreadable(data: bytes, protocol: str, tmp_path: Path) -> None:
    """What only begins like QUIC, or was changed on its way, has no name; the rest is no QUIC."""
    record = recorded(tmp_path, data)
    assert (record["protocol"], record.get("sni"), stored(record)) == (protocol, None, data)


@given(
    st.sampled_from(list(INITIALS.values())), st.lists(st.tuples(st.integers(5, 60), st.integers(0, 255)), max_size=4)
)
def test_any_initial(packet: bytes, changes: list[tuple[int, int]]) -> None:
    """However its header is changed, an Initial packet is read as far as it goes."""
    changed = bytearray(packet)
    for place, value in changes:
        changed[place] = value
    hello = quic.hello(bytes(changed))
    assert hello.sni in {"v1.holmgard.net", "v2.holmgard.net", None}
