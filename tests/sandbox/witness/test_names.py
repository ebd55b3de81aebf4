"""The address book."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gyges.sandbox.witness.names import PUBLIC, AddressBook

INTERNAL = ["db", "queue.svc.cluster.local", "nas.lan", "git.corp", "a.internal", "A.INTERNAL."]
ELSEWHERE = ["example.com", "storage.eu2.basaltrack.net", "internal.com", "xn--bcher-kva.example", r"a\000b.example"]


@pytest.mark.parametrize("name", INTERNAL)
def test_internal(name: str) -> None:
    """A name of the private network has a private address, and no IPv6 address."""
    book = AddressBook()
    assert ip_address(book.address(name)).is_private
    assert book.address6(name) is None


@pytest.mark.parametrize("name", ELSEWHERE)
def test_public(name: str) -> None:
    """Any other name has addresses of ordinary public hosts, which lead back to it."""
    book = AddressBook()
    address, address6 = book.address(name), book.address6(name)
    assert address6
    assert any(ip_address(address) in network for network in PUBLIC)
    assert ip_address(address6).is_global
    assert book.host(address) == book.host(address6) == name.lower()


def test_unique_and_stable() -> None:
    """Each of many names has an address of its own, the same in every pod and however it is written."""
    one, other = AddressBook(), AddressBook()
    names = [f"n{n}.example.com" for n in range(5000)]
    addresses = [one.address(name) for name in names]
    assert len(set(addresses)) == len(names)
    assert [other.address(name.upper() + ".") for name in names] == addresses


def test_bounded() -> None:
    """Beyond its limit the book forgets the name that was used longest ago, with its address."""
    book = AddressBook(limit=3)
    first, second = book.address("a.com"), book.address("b.com")
    book.address("c.com")
    book.address("a.com")
    book.address("d.com")
    assert (book.host(first), book.host(second)) == ("a.com", None)


def test_fixed() -> None:
    """A fixed address is the name's, wins over one handed out, and has no IPv6 twin; more suffixes can be internal."""
    book = AddressBook()
    taken = book.address("early.com")
    book.fix({"Reg.Lab.org": "10.9.8.7", "late.com": taken}, ("*.lab.org",))
    assert (book.address("reg.lab.org"), book.host("10.9.8.7"), book.address6("reg.lab.org")) == (
        "10.9.8.7",
        "reg.lab.org",
        None,
    )
    assert book.host(taken) == "late.com"
    assert book.address("x.lab.org").startswith("10.")


def test_fixed_must_be_an_address() -> None:
    """What is no address is refused by name."""
    with pytest.raises(ValueError, match="nowhere"):
        AddressBook().fix({"a.com": "nowhere"})
