"""What left the pod: every payload on the record, with where it went."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from gyges.ledger import Action, Ledger

from .destinations import Authorised, as_mapping, names, recipients, unauthorised

JOINED = 24 << 20
"""Bytes of payloads that are put together to one stream; what comes after is looked at by itself only."""


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

    Bodies in the order sent and in the order of their names, unwrapped from multipart and JSON; the longest values in
    URLs; the labels of DNS queries to one zone, all of them and the longest of each.
    """
    bodies = [payload for payload in sent if payload.sha256 is not None and payload.data]
    for order in (bodies, sorted(bodies, key=lambda payload: _natural(payload.name))):
        for pieces in (order, [p for p in order if p.data[:1] not in (b"{", b"<")]):
            if len(pieces) > 1:
                yield _join(unwrapped(p.data) for p in pieces), tuple(p.action for p in pieces)
    targets = [payload for payload in sent if payload.action.verb == "http"]
    if len(targets) > 1:
        yield b"".join(_longest(payload.name) for payload in targets), tuple(p.action for p in targets)
    zones: dict[str, dict[str, Action]] = {}
    for action in queries:
        name = str(action.args.get("query") or "").rstrip(".")
        for depth in (2, 3):
            zone = ".".join(name.split(".")[-depth:]).lower()
            zones.setdefault(zone, {}).setdefault(name.lower(), action)
    for zone, asked in zones.items():
        labels = [str(a.args.get("query") or "").rstrip(".")[: -len(zone) or None].split(".") for a in asked.values()]
        for joined in ("".join("".join(parts) for parts in labels), "".join(max(parts, key=len) for parts in labels)):
            if len(joined) >= 24:
                yield joined.encode("utf-8", "replace"), tuple(asked.values())


def _join(parts: Iterable[bytes]) -> bytes:
    out, size = [], 0
    for part in parts:
        size += len(part)
        if size > JOINED:
            break
        out.append(part)
    return b"".join(out)


def unwrapped(data: bytes) -> bytes:
    """The longest part of a multipart body, or the longest string of a JSON one; any other body as it is."""
    if data[:2] == b"--" and (line := data.find(b"\n")) > 0:
        parts = data.split(data[:line].strip())
        part = max(parts, key=len)
        start = part.find(b"\r\n\r\n")
        return part[start + 4 : -2] if start >= 0 else part
    if data[:1] in (b"{", b"["):
        texts: list[bytes] = re.findall(rb'"([^"]*)"', data)
        return max(texts or [data], key=len)
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
