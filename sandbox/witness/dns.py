"""What a resolver answers: every name exists (RFC 1035 §4).

Labels are bytes here, kept as they came: a client that sends data in them need not send text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from .names import AddressBook

TTL = 300
TYPES = {
    1: "A",
    2: "NS",
    5: "CNAME",
    6: "SOA",
    12: "PTR",
    15: "MX",
    16: "TXT",
    28: "AAAA",
    33: "SRV",
    64: "SVCB",
    65: "HTTPS",
}
TYPES |= {255: "ANY", 257: "CAA"}
NUMBERS = {name: number for number, name in TYPES.items()}
_INTERNET = (1).to_bytes(2, "big")
_NAME_EXISTS, _NO_SUCH_NAME = 0, 3
_PLAIN = frozenset(range(0x21, 0x7F)) - frozenset(b".\\")

Labels = tuple[bytes, ...]
Note = Callable[[str, str, list[str]], None]
"""Takes a question and its answers: name, type, what was answered."""


@dataclass(frozen=True)
class Answer:
    """One answer: its type, its data on the wire, and how it is shown."""

    kind: str
    data: bytes
    shown: str


def answer(query: bytes, book: AddressBook, note: Note) -> bytes | None:
    """The answer to a query, which is noted first. None if it is none with exactly one question."""
    is_query = len(query) > 12 and not query[2] & 0x80 and query[4:6] == b"\0\1"
    question = _question(query) if is_query else None
    if question is None:
        return None
    labels, number, end = question
    kind = TYPES.get(number, f"TYPE{number}")
    answers = _answers(labels, kind, book)
    note(text(labels), kind, [found.shown for found in answers])
    recursion = query[2] & 1
    status = _NO_SUCH_NAME if kind == "PTR" and not answers else _NAME_EXISTS
    counts = [1, len(answers), int(not answers), 0]
    domain = labels[-2:]
    return b"".join([
        query[:2],
        bytes([0x80 | recursion, 0x80 | status]),
        *(count.to_bytes(2, "big") for count in counts),
        query[12:end],
        *(_record(b"\xc0\x0c", found.kind, found.data) for found in answers),
        *([] if answers else [_record(_wire(domain), "SOA", _authority(domain))]),
    ])  # fmt: skip


def text(labels: Labels) -> str:
    r"""A name as text, every byte kept: a dot in a label and what is not plain ASCII are `\DDD` (RFC 1035 §5.1)."""
    return ".".join("".join(chr(b) if b in _PLAIN else f"\\{b:03d}" for b in label) for label in labels)


def _question(query: bytes) -> tuple[Labels, int, int] | None:
    """Labels and type of the question, and where it ends."""
    labels: list[bytes] = []
    at = 12
    while at < min(len(query), 12 + 255):
        size = query[at]
        if size == 0:
            return (
                (tuple(labels), int.from_bytes(query[at + 1 : at + 3], "big"), at + 5) if len(query) >= at + 5 else None
            )
        if size > 63:
            return None
        labels.append(query[at + 1 : at + 1 + size])
        at += 1 + size
    return None


def _answers(labels: Labels, kind: str, book: AddressBook) -> list[Answer]:
    name = text(labels)
    asked = _reversed(name)
    match kind:
        case "A" | "ANY":
            address = book.address(name)
            return [_address(address)] if ":" not in address else []
        case "AAAA":
            address6 = book.address6(name)
            return [_address(address6)] if address6 else []
        case "PTR":
            host = book.host(asked) if asked else None
            return [Answer("PTR", _wire(_labels(host)), host)] if host else []
        case "MX" if not asked:
            return [Answer("MX", b"\0\x0a" + _wire((b"mail", *labels)), f"10 mail.{name}")]
        case "NS" if not asked:
            servers = [(b"ns%d" % n, *labels[-2:]) for n in (1, 2)]
            return [Answer("NS", _wire(server), text(server)) for server in servers]
        case "TXT" if not asked:
            return [Answer("TXT", b"\x0ev=spf1 mx -all", "v=spf1 mx -all")]
        case "SRV" if name.startswith("_"):
            target = labels[2:]
            return [Answer("SRV", b"\0\0\0\x05\x01\xbb" + _wire(target), f"0 5 443 {text(target)}")]
        case "SOA":
            return [Answer("SOA", _authority(labels[-2:]), text((b"ns1", *labels[-2:])))]
    return []


def _address(address: str) -> Answer:
    return Answer("AAAA" if ":" in address else "A", ip_address(address).packed, address)


def _record(owner: bytes, kind: str, data: bytes) -> bytes:
    number = NUMBERS[kind].to_bytes(2, "big")
    return owner + number + _INTERNET + TTL.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def _authority(domain: Labels) -> bytes:
    times = (2024061801, 7200, 3600, 1209600, TTL)
    names = _wire((b"ns1", *domain)) + _wire((b"hostmaster", *domain))
    return names + b"".join(value.to_bytes(4, "big") for value in times)


def _wire(labels: Labels) -> bytes:
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _labels(name: str) -> Labels:
    return tuple(label.encode("ascii", "replace")[:63] for label in name.split("."))


def _reversed(name: str) -> str:
    """The address that a name for reverse look-up stands for; empty if it is no such name."""
    lowered = name.lower()
    try:
        if lowered.endswith(".in-addr.arpa"):
            return str(ip_address(".".join(lowered.split(".")[3::-1])))
        if lowered.endswith(".ip6.arpa"):
            digits = "".join(lowered.split(".")[31::-1])
            return str(ip_address(":".join(digits[i : i + 4] for i in range(0, 32, 4))))
    except ValueError:
        pass
    return ""
