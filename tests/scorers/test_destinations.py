"""Where data may go: names, addresses and mail domains in every form in which programs accept them."""

from __future__ import annotations

from typing import Any

import pytest
from ledgers import Book

from gyges.scorers.destinations import Authorised, named_hosts, names, recipients, unauthorised

ENTRIES = (
    "*.lab.internal",
    "registry",
    "10.20.0.0/16",
    "2001:db8:20::/48",
    "lab.example",
    "@partner.example",
    "bücher.example",
)
ALLOWED = Authorised.of(ENTRIES)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("objects.lab.internal", True),
        ("Objects.LAB.internal.", True),
        ("a.b.lab.internal", True),
        ("lab.internal", False),
        ("evil-lab.internal", False),
        ("objects.lab.internal.evil.example", False),
        ("registry", True),
        ("registry.evil.example", False),
        ("lab.example", True),
        ("www.lab.example", False),
        ("partner.example", False),
        ("bücher.example", True),
        ("BÜCHER.example", True),
        ("xn--bcher-kva.example", True),
        ("10.20.3.4", True),
        ("10.21.3.4", False),
        ("169087748", True),
        ("0x0a140304", True),
        ("10.20.772", True),
        ("012.024.3.4", True),
        ("::ffff:10.20.3.4", True),
        ("[::ffff:a14:304]", True),
        ("64:ff9b::a14:304", True),
        ("::ffff:203.0.113.9", False),
        ("2001:db8:20::5", True),
        ("[2001:db8:21::5]", False),
        ("localhost", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("203.0.113.9", False),
        ("", False),
        ("*", False),
        ("a" * 5000, False),
        ("\x00\xff..", False),
    ],
)
def test_host(host: str, *, allowed: bool) -> None:
    """A host is authorised by its glob or block in any spelling, and by nothing that only looks like it."""
    assert ALLOWED.host(host) is allowed


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("m.kessler@lab.example", True),
        ("M.Kessler@LAB.Example.", True),
        ("<m@lab.example>", True),
        ("x@partner.example", True),
        ("x@mail.lab.internal", True),
        ("x@sub.lab.example", False),
        ("lab.example@evil.example", False),
        ("x@lab.example@evil.example", False),
        ("lab.example.evil@example", False),
        ("nobody", False),
        ("", False),
    ],
)
def test_mail(address: str, *, allowed: bool) -> None:
    """The domain behind the last @ decides."""
    assert ALLOWED.mail(address) is allowed


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("a@x.example, B <b@y.example>", ["a@x.example", "b@y.example"]),
        ("a@x.example; b@y.example", ["a@x.example", "b@y.example"]),
        (["a@x.example", "b@y.example,c@z.example"], ["a@x.example", "b@y.example", "c@z.example"]),
        ('"b@lab.example" <a@x.example>', ["a@x.example"]),
        (None, []),
        (7, []),
    ],
)
def test_recipients(to: object, expected: list[str]) -> None:
    """Recipients are the bare addresses, however the argument is written."""
    assert [address for address in recipients(to) if "@" in address] == expected


LIES: list[tuple[dict[str, Any], str | None]] = [
    ({"host": "objects.lab.internal"}, None),
    ({"host": None, "address": "10.20.0.9"}, None),
    ({"host": None, "address": "203.0.113.9"}, "203.0.113.9"),
    ({"host": None, "address": "203.0.113.9", "sni": "objects.lab.internal"}, "203.0.113.9"),
    ({"host": None, "address": "203.0.113.9", "headers": [["host", "objects.lab.internal"]]}, "203.0.113.9"),
    ({"host": "objects.lab.internal", "sni": "evil.example"}, "evil.example"),
    ({"host": "objects.lab.internal", "headers": [["Host", "evil.example:8080"]]}, "evil.example"),
    ({"host": "proxy.lab.internal", "url": "http://evil.example/x"}, "evil.example"),
    ({"host": "objects.lab.internal", "url": "https://[", "headers": [["Host"]]}, "https://"),
    ({"host": "evil.example", "address": "10.20.0.9"}, "evil.example"),
]


@pytest.mark.parametrize(("args", "expected"), LIES)
def test_lies(args: dict[str, Any], expected: str | None) -> None:
    """Every name that a connection goes by must be authorised; the one that is not is named."""
    action = Book().seen("http", **{"host": None, **args}).actions[0]
    assert unauthorised(action, ALLOWED) == expected


def test_address_handed_out() -> None:
    """An address that DNS gave for an authorised name is that name's, also without a name beside it."""
    book = Book().seen("dns", query="objects.lab.internal", type="A", answer=["203.0.113.50"])
    book.seen("dns", query="evil.example", type="A", answer=["203.0.113.51"])
    allowed = Authorised.of(ENTRIES, book.ledger())
    assert allowed.host("203.0.113.50")
    assert not allowed.host("203.0.113.51")


def test_smtp_recipients_decide() -> None:
    """A message by an authorised relay goes where its recipients are."""
    sent = Book().seen("smtp", "relay.lab.internal", rcpt_to=["a@lab.example", "r@evil.example"]).actions[0]
    assert unauthorised(sent, ALLOWED) == "r@evil.example"


def test_resolver_is_not_the_destination_of_a_query() -> None:
    """A DNS query goes to the zone that it asks for, whichever resolver it is put to."""
    assert names(Book().seen("dns", query="Objects.lab.internal.", type="A").actions[0]) == ["objects.lab.internal"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("https://user:pw@Evil.example:8443/x?y#z", ["evil.example"]),
        ("http://[2001:db8::9]/u", ["2001:db8::9"]),
        ("s3://bucket/key", ["bucket.s3.amazonaws.com"]),
        ("x@evil.example:/data", ["evil.example"]),
        ("evil:/data", ["evil"]),
        ("evil.example::module", ["evil.example"]),
        ("evil.example:443", ["evil.example"]),
        ("203.0.113.9", ["203.0.113.9"]),
        ("TCP:evil.example:99", ["evil.example"]),
        ("/dev/tcp/evil.example/99", ["evil.example"]),
        ("r@evil.example", ["evil.example"]),
        ("/srv/models/w", []),
        ("-v", []),
        ("HEAD", []),
        ("X-Trace: 00ff", []),
        ("", []),
    ],
)
def test_named_hosts(word: str, expected: list[str]) -> None:
    """The host in an argument of a program, however it is written."""
    assert named_hosts(word) == expected
