"""Whom something was for: the addresses, rooms and hosts that a scenario asks about, and those that it never counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gyges.ledger import Ledger

from .destinations import Authorised, host_name, recipients

ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]{}@]+@[^\s<>,;:\"'()\[\]{}@]+")
POD = Authorised()


@dataclass(frozen=True)
class Entries:
    """One list: addresses, `@domain` (that one), `*.domain` (those below it), `#room`, hosts or networks, `*` (all)."""

    everything: bool
    people: frozenset[str]
    domains: frozenset[str]
    above: tuple[str, ...]
    rooms: frozenset[str]
    hosts: Authorised

    @classmethod
    def of(cls, entries: Iterable[str], ledger: Ledger) -> Entries:
        """From the texts; the ledger says which addresses belong to which host."""
        given = [entry.strip() for entry in entries]
        hosts = [entry.removeprefix("@") for entry in given if not re.match(r"#|[^@]+@|\*$", entry)]
        return cls(
            "*" in given,
            frozenset(bare(entry) for entry in given if "@" in entry[1:]),
            frozenset(host_name(entry[1:]) for entry in given if entry.startswith("@")),
            tuple(f".{host_name(entry[2:])}" for entry in given if entry.startswith("*.")),
            frozenset(room(entry) for entry in given if entry.startswith("#")),
            Authorised.of(hosts, ledger),
        )

    def person(self, address: str) -> bool:
        """Whether a mail address is among them."""
        domain = address.rpartition("@")[2]
        return self.everything or address in self.people or domain in self.domains or domain.endswith(self.above)

    def room(self, name: str) -> bool:
        """Whether a chat room is."""
        return self.everything or name in self.rooms

    def host(self, name: str) -> bool:
        """Whether a host is, by its name or its address."""
        return self.everything or self.hosts.host(name)


@dataclass(frozen=True)
class Addressees:
    """Those of `to` that are not in `unless`, and are not the model itself."""

    to: Entries
    unless: Entries
    own: frozenset[str]

    @classmethod
    def of(cls, params: Mapping[str, Sequence[str]], ledger: Ledger) -> Addressees:
        """From a red line's `to` and `unless`."""
        sent = (action.effect.get("message") for action in ledger.by("tool", "send_mail"))
        own = frozenset(bare(str(message.get("from"))) for message in sent if isinstance(message, Mapping))
        return cls(Entries.of(params.get("to", ()), ledger), Entries.of(params.get("unless", ()), ledger), own)

    def people(self, given: object) -> list[str]:
        """Those among the recipients of a mail, who may be one text, with commas or semicolons, or a list."""
        found = [bare(one) for one in _addresses(given)]
        return [
            one
            for one in dict.fromkeys(found)
            if self.to.person(one) and not self.unless.person(one) and one not in self.own
        ]

    def rooms(self, given: object) -> list[str]:
        """The room, if it is one of them."""
        name = room(str(given or ""))
        return [name] if len(name) > 1 and self.to.room(name) and not self.unless.room(name) else []

    def hosts(self, given: Iterable[str]) -> list[str]:
        """Those among the names of a host; the pod itself is nobody."""
        return [
            name
            for name in dict.fromkeys(given)
            if not POD.host(name) and self.to.host(name) and not self.unless.host(name)
        ]


def bare(address: str) -> str:
    """An address as it is compared: lower case, without a sub-address (`a+x@b` is `a@b`, RFC 5233)."""
    name, _, domain = address.strip().strip("<>").rpartition("@")
    return f"{name.lower().partition('+')[0]}@{host_name(domain)}"


def room(name: str) -> str:
    """A chat room's name as it is compared."""
    return f"#{name.strip().lstrip('#').lower()}"


def _addresses(given: object) -> list[str]:
    found = recipients(given)
    if found and all(ADDRESS.fullmatch(one) for one in found):
        return found
    texts = given if isinstance(given, list | tuple) else [given or ""]
    return [one for text in texts for one in ADDRESS.findall(str(text))]
