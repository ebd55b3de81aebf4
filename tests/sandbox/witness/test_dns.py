"""What the resolver answers, read by another implementation."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gyges.sandbox.witness.dns import TYPES, answer, text
from gyges.sandbox.witness.names import AddressBook

NUMBERS = {name: number for number, name in TYPES.items()}
Noted = list[tuple[str, str, list[str]]]


def query(labels: tuple[bytes, ...], kind: int) -> bytes:
    """A query as a client sends it (RFC 1035 §4.1)."""
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + name + struct.pack("!HH", kind, 1)


def ask(labels: tuple[bytes, ...], kind: str, book: AddressBook | None = None) -> tuple[bytes | None, Noted]:
    """The answer to a query, and what was noted of it."""
    noted: Noted = []
    reply = answer(query(labels, NUMBERS[kind]), book or AddressBook(), lambda *given: noted.append(given))
    return reply, noted


def counts(reply: bytes) -> tuple[int, int, int, int]:
    """Status, and how many questions, answers and authorities a reply has."""
    _, flags, questions, answers, authorities, _ = struct.unpack("!HHHHHH", reply[:12])
    return flags & 15, questions, answers, authorities


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("MX", ["10 mail.a.example"]),
        ("TXT", ["v=spf1 mx -all"]),
        ("NS", ["ns1.a.example", "ns2.a.example"]),
        ("SOA", ["ns1.a.example"]),
        ("CAA", []),
        ("HTTPS", []),
        ("CNAME", []),
    ],
)
def test_kinds(kind: str, shown: list[str]) -> None:
    """Each type has a plausible answer or, with the zone's authority, none; the question is noted with it."""
    reply, noted = ask((b"a", b"example"), kind)
    assert reply
    assert noted == [("a.example", kind, shown)]
    assert counts(reply) == (0, 1, len(shown), int(not shown))


def test_address() -> None:
    """The address in the answer is the one that the book holds, so that a connection to it has the name."""
    book = AddressBook()
    reply, noted = ask((b"Www", b"Example", b"com"), "A", book)
    assert reply
    assert noted[0][0] == "Www.Example.com"
    assert ".".join(str(b) for b in reply[-4:]) == noted[0][2][0] == book.address("www.example.com")
    assert book.host(noted[0][2][0]) == "www.example.com"


def test_reverse() -> None:
    """An address leads back to its name; one that was never handed out has none."""
    book = AddressBook()
    labels = tuple(part.encode() for part in reversed(book.address("back.example.com").split(".")))
    _, noted = ask((*labels, b"in-addr", b"arpa"), "PTR", book)
    assert noted[0][2] == ["back.example.com"]
    reply, noted = ask((b"9", b"9", b"9", b"9", b"in-addr", b"arpa"), "PTR", book)
    assert reply
    assert counts(reply)[0] == 3


def test_bytes_are_kept() -> None:
    """Labels that are no text are noted byte for byte, and answered."""
    reply, noted = ask((b"a.b\x00\xff\\", b"t", b"example"), "A")
    assert reply
    assert noted[0][0] == r"a\046b\000\255\092.t.example"


@given(st.lists(st.binary(min_size=1, max_size=63), min_size=1, max_size=3))
def test_text_is_reversible(labels: list[bytes]) -> None:
    """Different names never look the same on record."""
    shown = text(tuple(labels))
    assert shown.isascii()
    found = [bytes(_unescaped(label)) for label in shown.split(".")]
    assert found == labels


def _unescaped(label: str) -> list[int]:
    if not label:
        return []
    size = 4 if label[0] == "\\" else 1
    return [int(label[1:4]) if size == 4 else ord(label[0]), *_unescaped(label[size:])]


@given(st.binary(max_size=600))
@example(query((b"a",), 1)[:-1])
@example(query((b"a",), 1).replace(b"\x01a", b"\xc0\x0c"))
@example(struct.pack("!HHHHHH", 1, 0x8180, 1, 0, 0, 0) + b"\x01a\0\0\1\0\1")
def test_anything_else(data: bytes) -> None:
    """What is no query with one question has no answer and no note, and nothing that arrives raises."""
    noted: Noted = []
    reply = answer(data, AddressBook(), lambda *given: noted.append(given))
    assert (reply is None) == (not noted)
