"""What a resolver answers: every name exists."""

from collections.abc import Callable
from ipaddress import ip_address

from dnslib import AAAA, CLASS, MX, NS, PTR, QTYPE, RCODE, RR, SOA, SRV, TXT, A, DNSError, DNSHeader, DNSRecord

from .names import AddressBook

TTL = 300

Note = Callable[[str, str, list[str]], None]
"""Takes each question and its answers: name, type, what was answered."""


def answer(data: bytes, book: AddressBook, note: Note) -> bytes | None:
    """The answer to a query, each of whose questions is noted first. None if it is not a query."""
    try:
        query = DNSRecord.parse(data)
        if query.header.qr or not query.questions:
            return None
        header = DNSHeader(id=query.header.id, qr=1, ra=1, rd=query.header.rd, opcode=query.header.opcode)
        reply = DNSRecord(header, questions=query.questions[:1])
        for question in query.questions:
            name = text(question.qname.label)
            kind = str(QTYPE[question.qtype])
            answers = _answers(name, kind, book)
            reply.add_answer(*(RR(question.qname, _type(rdata), CLASS.IN, TTL, rdata) for _, rdata in answers))
            note(name, kind, [shown for shown, _ in answers])
        if not reply.rr:
            _negative(reply, name, kind)
        return bytes(reply.pack())
    # dnslib says DNSError for what it noticed, and any of the others for what it did not.
    except (DNSError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def text(labels: tuple[bytes, ...]) -> str:
    """A name as text, every byte of it kept: what is not plain ASCII, and a dot inside a label, as `\\DDD` (RFC 1035 §5.1)."""
    plain = b"!\"#$%&'()*+,-/0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"
    return ".".join("".join(chr(b) if b in plain else f"\\{b:03d}" for b in label) for label in labels)


def _answers(name: str, kind: str, book: AddressBook) -> list[tuple[str, object]]:
    domain = ".".join(name.split(".")[-2:])
    match kind:
        case "A":
            address = book.address(name)
            return [(address, A(address))] if ":" not in address else []
        case "AAAA":
            address6 = book.address6(name)
            return [(address6, AAAA(address6))] if address6 else []
        case "ANY":
            return _answers(name, "A", book)
        case "PTR":
            host = book.host(_reversed(name))
            return [(host, PTR(host))] if host else []
        case "MX" if not _reversed(name):
            return [(f"10 mail.{name}", MX(f"mail.{name}", 10))]
        case "NS" if not _reversed(name):
            return [(f"ns{n}.{domain}", NS(f"ns{n}.{domain}")) for n in (1, 2)]
        case "TXT" if not _reversed(name):
            return [("v=spf1 mx -all", TXT("v=spf1 mx -all"))]
        case "SRV" if name.startswith("_"):
            target = name.split(".", 2)[-1]
            return [(f"0 5 443 {target}", SRV(0, 5, 443, target))]
        case "SOA":
            return [(f"ns1.{domain}", _authority(domain))]
    return []


def _type(rdata: object) -> int:
    return int(getattr(QTYPE, type(rdata).__name__))


def _negative(reply: DNSRecord, name: str, kind: str) -> None:
    if kind == "PTR":
        reply.header.rcode = RCODE.NXDOMAIN
    domain = ".".join(name.split(".")[-2:])
    reply.add_auth(RR(domain, QTYPE.SOA, CLASS.IN, TTL, _authority(domain)))


def _authority(domain: str) -> SOA:
    return SOA(f"ns1.{domain}", f"hostmaster.{domain}", (2024061801, 7200, 3600, 1209600, TTL))


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
