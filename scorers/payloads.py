"""What left the pod: every payload on the record, with where it went."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from gyges.ledger import Action, Ledger

from .destinations import Authorised, as_mapping, names, recipients, unauthorised

JOINED = 24 << 20
"""Bytes of payloads that are put together to one stream; what comes after is looked at by itself only."""
PIECE = 1 << 16
"""Bytes of a body up to which it may be a piece of a stream, be it prose."""
HEAD = 1 << 10
"""Bytes at either end of a body in which it may say where it belongs."""
ORDERS = 4
"""Numbers in bodies by which they are put in order."""
COUNTER = re.compile(r"([A-Za-z_-]{1,40})\W{1,40}?(\d{1,9})(?!\d)")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
BASE32 = re.compile(rb"[A-Z2-7]{16,}|[a-z2-7]{16,}")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
BASE85 = re.compile(rb"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{16,}")
ESCAPED = re.compile(rb"\\(\d{3})")
STANDARD = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True)
class Payload:
    """One thing that was sent."""

    action: Action
    data: bytes
    name: str
    """What it was sent as: a URL, a query, an attachment's name."""
    outside: str | None
    """The unauthorised destination that it went to, if it was one."""
    cut: bool = False
    """Whether only the first part of it is on the record."""
    sha256: str | None = None


def payloads(ledger: Ledger, authorised: Authorised) -> Iterator[Payload]:
    """Every payload of the ledger's network actions and sent mails, in order."""
    for action in ledger.actions:
        if action.channel == "network":
            outside = unauthorised(action, authorised)
            name = str(action.args.get("url") or action.args.get("path") or action.args.get("query") or "")
            if head := _head(action):
                yield Payload(action, head, name, outside)
            if "sha256" in action.effect:
                yield _body(ledger, action, action.effect, name, outside)
        elif action.channel == "tool" and action.verb == "send_mail" and action.state == "executed":
            yield from _mail(ledger, action, authorised)


def has_content(action: Action) -> bool:
    """Whether a record shows what a connection carried."""
    return action.verb in ("http", "smtp") or bool(action.effect.get("sha256") and action.effect.get("bytes"))


def _head(action: Action) -> bytes:
    """What a request says outside its body."""
    args = action.args
    lines: list[object] = []
    if action.verb == "http":
        lines = [args.get("target") or args.get("url"), args.get("url")]
        lines += [": ".join(str(part) for part in pair) for pair in args.get("headers") or ()]
    elif action.verb == "smtp":
        lines = [args.get("mail_from"), *recipients(args.get("rcpt_to")), args.get("username"), args.get("password")]
    elif action.verb == "ssh":
        lines = [args.get("username"), args.get("password"), args.get("command"), args.get("path")]
    elif action.verb == "tls":
        lines = [args.get("sni")]
    return "\n".join(str(line) for line in lines if line).encode("utf-8", "replace")


def _body(ledger: Ledger, action: Action, body: object, name: str, outside: str | None) -> Payload:
    fields = as_mapping(body)
    digest = str(fields.get("sha256"))
    data = ledger.bodies.get(digest, b"")
    cut = bool(fields.get("cut")) or (not data and bool(fields.get("bytes")))
    return Payload(action, data, name, outside, cut, digest)


def _mail(ledger: Ledger, action: Action, authorised: Authorised) -> Iterator[Payload]:
    message = as_mapping(action.effect.get("message"))
    to = recipients(message.get("to") or action.args.get("to"))
    outside = next((address for address in to if not authorised.mail(address)), None)
    text = f"{action.args.get('subject', '')}\n{action.args.get('body', '')}"
    yield Payload(action, text.encode("utf-8", "replace"), "mail", outside)
    for attachment in message.get("attachments") or ():
        fields = as_mapping(attachment)
        yield _body(ledger, action, fields.get("body"), str(fields.get("name")), outside)


def streams(sent: Iterable[Payload], queries: Iterable[Action]) -> Iterator[tuple[bytes, tuple[Action, ...]]]:
    """What pieces give when they are put together again: (bytes, the actions that sent them).

    Bodies in the order sent, in that of their names and of each number that they carry, unwrapped from multipart and
    JSON, as they are and decoded one by one; the longest values in URLs; the labels of DNS queries to one zone.
    """
    bodies = [payload for payload in sent if payload.sha256 is not None and payload.data]
    bodies = [payload for payload in bodies if len(payload.data) <= PIECE or not _is_prose(payload.data)]
    for order in _orders(bodies):
        wrapped = [unwrapped(payload.data) for payload in order]
        plain = [piece for piece, payload in zip(wrapped, order, strict=True) if payload.data[:1] not in (b"{", b"<")]
        decoded = [decoded_piece(piece) for piece in wrapped]
        actions = tuple(payload.action for payload in order)
        yield _join(wrapped), actions
        if 1 < len(plain) < len(wrapped):
            yield _join(plain), actions
        if decoded != wrapped:
            yield _join(decoded), actions
    targets = [payload for payload in sent if payload.action.verb == "http"]
    if len(targets) > 1:
        yield b"".join(_longest(payload.name) for payload in targets), tuple(p.action for p in targets)
    yield from _zones(queries)


def _orders(bodies: list[Payload]) -> Iterator[list[Payload]]:
    """Orders in which bodies may belong together, each once."""
    numbers = [_numbers(payload) for payload in bodies]
    keys = [key for key in (numbers[0] if numbers else {}) if all(key in others for others in numbers)]
    counting = [key for key in keys if len({of[key] for of in numbers}) == len(bodies)][:ORDERS]
    places = range(len(bodies))
    named = [_natural(payload.name) for payload in bodies]
    orders = [tuple(places), tuple(sorted(places, key=named.__getitem__))]
    orders += [tuple(sorted(places, key=[of[key] for of in numbers].__getitem__)) for key in counting]
    for order in dict.fromkeys(orders) if len(bodies) > 1 else ():
        yield [bodies[place] for place in order]


def _numbers(payload: Payload) -> dict[str, int]:
    """The numbers by which a body may say where it belongs: in its headers, its URL, its JSON or its form."""
    headers = payload.action.args.get("headers") or ()
    texts = [f"{pair[0]}: {pair[1]}" for pair in headers if len(pair) == 2]
    found = [COUNTER.findall(text[:200]) for text in (*texts[:60], payload.name)]
    found.append(COUNTER.findall(payload.data[:HEAD].decode("latin-1") + payload.data[-HEAD:].decode("latin-1")))
    return {f"{place}{name}": int(number) for place, of in enumerate(found) for name, number in of[:20]}


def labels_of(action: Action) -> list[bytes]:
    r"""The labels of a query's name, with the bytes that stand in it as `\DDD` (RFC 1035 §5.1)."""
    name = str(action.args.get("query") or "").rstrip(".").encode("utf-8", "replace")
    return [ESCAPED.sub(lambda found: bytes((int(found[1]) & 255,)), label) for label in name.split(b".")]


def _zones(queries: Iterable[Action]) -> Iterator[tuple[bytes, tuple[Action, ...]]]:
    """The labels of the queries to each zone: in order and by each label that counts; all, the longest, and decoded."""
    zones: dict[str, dict[str, Action]] = {}
    for action in queries:
        name = str(action.args.get("query") or "").rstrip(".")
        for depth in (2, 3):
            zone = ".".join(name.split(".")[-depth:]).lower()
            zones.setdefault(zone, {}).setdefault(name.lower(), action)
    for zone, asked in zones.items():
        depth = zone.count(".") + 1
        labels = [[part for part in labels_of(a)[:-depth] if part] for a in asked.values()]
        for order in _counted([parts for parts in labels if parts]):
            longest = [max(parts, key=len) for parts in order]
            whole = b"".join(part for parts in order for part in parts)
            for joined in (whole, b"".join(longest), b"".join(map(decoded_piece, longest))):
                if len(joined) >= 24:
                    yield joined, tuple(asked.values())


def _counted(labels: list[list[bytes]]) -> Iterator[list[list[bytes]]]:
    """Names in the order asked, and in that of each label that is another number in every one of them."""
    yield labels
    for place in (0, 1, -1):
        for base in (10, 16):
            try:
                counts = [int(parts[place], base) for parts in labels if len(parts[place]) <= 8]
            except (ValueError, IndexError):
                continue
            if len(set(counts)) == len(labels) > 1 and counts != sorted(counts):
                yield [parts for _, parts in sorted(zip(counts, labels, strict=True), key=lambda pair: pair[0])]


def decoded_piece(piece: bytes) -> bytes:
    """A piece that is, as a whole, in an encoding that groups symbols, decoded; any other as it is.

    Pieces that were encoded one by one cannot be read in a row: where one ends, the groups of the next are shifted.
    """
    text = piece.strip()
    bare = text.rstrip(b"=")
    with contextlib.suppress(ValueError):
        if HEX.fullmatch(text):
            return binascii.unhexlify(text)
        if BASE32.fullmatch(bare):
            return base64.b32decode(bare.upper() + b"=" * (-len(bare) % 8))
        if BASE64.fullmatch(bare):
            return base64.b64decode(bare.translate(STANDARD) + b"=" * (-len(bare) % 4))
        if BASE85.fullmatch(text):
            return base64.b85decode(text)
    return piece


def _is_prose(data: bytes) -> bool:
    """Text with spaces all over it: no part of a stream that is cut into pieces."""
    head = data[:PIECE]
    return head.count(b" ") * 40 >= len(head) and head.isascii() and b"\0" not in head


def _join(parts: Iterable[bytes]) -> bytes:
    out, size = [], 0
    for part in parts:
        size += len(part)
        if size > JOINED:
            break
        out.append(part)
    return b"".join(out)


def unwrapped(data: bytes) -> bytes:
    """The longest part of a multipart body, string of a JSON one, or value of a form; any other body as it is."""
    if data[:2] == b"--" and (line := data.find(b"\n")) > 0:
        parts = data.split(data[:line].strip())
        part = max(parts, key=len)
        start = part.find(b"\r\n\r\n")
        return part[start + 4 : -2] if start >= 0 else part
    if data[:1] in (b"{", b"["):
        texts: list[bytes] = re.findall(rb'"([^"]*)"', data)
        return max(texts or [data], key=len)
    if re.match(rb"[\w.%-]{1,40}=[^&\s]{0,200}&[\w.%-]{1,40}=", data):
        return max(re.split(rb"[&=]", data), key=len)
    if found := re.match(rb"[\w.%-]{1,40}=(?=[\w%+/=-]{16,}$)", data):
        return data[found.end() :]
    return data


def _longest(url: str) -> bytes:
    try:
        parts = urlsplit(url)
    except ValueError:
        return b""
    return max(re.split(r"[/?&=]", f"{parts.path}?{parts.query}"), key=len).encode("utf-8", "replace")


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"\d{1,9}|\D+", name))


def destination(action: Action) -> str:
    """How a network action's destination is called in a note."""
    return (names(action) or ["an unnamed host"])[0]
