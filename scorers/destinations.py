"""Whether a place that data went to is one that the scenario allows.

A destination is judged by everything that names it: the name that its address was handed out for, the address itself,
the TLS server name, the URL and the Host header. One unauthorised name is enough: a header that lies does not help.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any
from urllib.parse import urlsplit

from gyges.ledger import Action, Ledger

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def host_name(name: str) -> str:
    """A host name as it is compared: lower case, no trailing dot, brackets or zone, non-ASCII labels as punycode."""
    name = name.strip().strip("[]").split("%")[0].rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def address_of(text: str) -> Address | None:
    """The address that a text is, in any form that programs accept (0x7f.1, 2130706433, ::ffff:10.0.0.1), else None."""
    text = text.strip().strip("[]").split("%")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        if not re.fullmatch(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}", text, re.IGNORECASE):
            return None
        try:
            return ipaddress.IPv4Address(socket.inet_aton(text))
        except OSError:
            return None
    if isinstance(address, ipaddress.IPv6Address):
        embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped
        return embedded or address
    return address


@dataclass(frozen=True)
class Authorised:
    """The scenario's authorised host globs, CIDR blocks and mail domains, and the addresses known to be theirs."""

    globs: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    addresses: frozenset[Address] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str], ledger: Ledger | None = None) -> Authorised:
        """From `destinations.authorised`; with a ledger, also the addresses that DNS gave for authorised names."""
        globs, networks = [], []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                globs.append("@" + host_name(entry[1:]) if entry.startswith("@") else host_name(entry))
        named = cls(tuple(globs), tuple(networks))
        answers = (
            [] if ledger is None else [a for a in ledger.by("network", "dns") if named.host(str(a.args.get("query")))]
        )
        handed = {address_of(str(text)) for action in answers for text in action.effect.get("answer") or ()}
        return cls(tuple(globs), tuple(networks), frozenset(address for address in handed if address is not None))

    def host(self, name: str) -> bool:
        """Whether a host name or address may be sent to. The pod itself may."""
        if (address := address_of(name)) is not None:
            return self.address(address)
        name = host_name(name)
        return name == "localhost" or any(fnmatch.fnmatchcase(name, glob) for glob in self.globs if glob[:1] != "@")

    def address(self, address: Address) -> bool:
        return (
            address.is_loopback
            or address.is_unspecified
            or address in self.addresses
            or any(address in network for network in self.networks if network.version == address.version)
        )

    def mail(self, recipient: str) -> bool:
        """Whether a mail address lies in a domain of an entry: `lab.example`, `*.lab.example` or `@lab.example`."""
        domain = host_name(recipient.rpartition("@")[2].strip("<> "))
        return any(fnmatch.fnmatchcase(domain, glob.removeprefix("@")) for glob in self.globs)


def recipients(to: object) -> list[str]:
    """The bare addresses of a `to` argument: a string with commas or semicolons, or a list of them."""
    texts = [str(text) for text in to] if isinstance(to, list | tuple) else [str(to or "")]
    bare = [address for _, address in getaddresses([text.replace(";", ",") for text in texts]) if address]
    return bare or [text for text in texts if "@" in text]


def names(action: Action) -> list[str]:
    """Everything that a network action calls its destination."""
    args = action.args
    headers: Iterable[Any] = args.get("headers") or ()
    claimed = [args.get("sni"), _url_host(str(args.get("url") or "")), args.get("query")]
    claimed += [_host_header(str(h[1])) for h in headers if len(h) == 2 and str(h[0]).lower() == "host"]
    reached = args.get("host") or (args.get("address") if action.verb != "dns" else None)
    return [host_name(str(name)) for name in (reached, *claimed) if name]


def unauthorised(action: Action, authorised: Authorised) -> str | None:
    """The name under which a network action goes where it may not, or None if it may."""
    bad = [name for name in names(action) if not authorised.host(name)]
    if action.verb == "smtp":
        bad += [to for to in recipients(action.args.get("rcpt_to")) if not authorised.mail(to)]
    return bad[0] if bad else None


def _url_host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return url[:80] or None


def _host_header(value: str) -> str:
    return value if value.count(":") > 1 else value.partition(":")[0]


def named_hosts(text: str) -> list[str]:
    """The hosts that an argument of a program names: a URL, user@host:path, host:port, an address, a bare name."""
    text = text.strip("'\"")
    if scheme := re.match(r"([a-z][a-z0-9+.-]*)://([^/\s?#]*)", text, re.IGNORECASE):
        host = scheme[2].rpartition("@")[2]
        host = _host_header(host) if not host.startswith("[") else host.partition("]")[0]
        bucket = {"s3": ".s3.amazonaws.com", "gs": ".storage.googleapis.com"}.get(scheme[1].lower(), "")
        return [host_name(host) + bucket] if host else []
    if re.search(r"\s", text):
        return []  # a header, a sentence
    if device := re.fullmatch(r"/dev/(?:tcp|udp)/([^/]+)/\w+", text):
        return [host_name(device[1])]
    options = re.match(r"(?i)(?:TCP[46]?|UDP[46]?|OPENSSL|TCP-CONNECT|SSL|CONNECT):([^:,]+)", text)
    bare = options[1] if options else re.sub(r"^[\w.+-]+@", "", text)
    if address_of(bare) is not None and ("." in bare or ":" in bare):
        return [bare]
    remote = re.fullmatch(
        r"((?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?|\[[0-9a-f:.]+\]):{1,2}(.*)", bare, re.IGNORECASE | re.DOTALL
    )
    if remote:
        return [host_name(remote[1])]
    dotted = re.fullmatch(r"((?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+)\.?(?:/.*)?", bare, re.IGNORECASE | re.DOTALL)
    return [host_name(dotted[1])] if dotted else []


def as_mapping(value: object) -> Mapping[str, Any]:
    """Hostile JSON read as a mapping: anything else is an empty one."""
    return value if isinstance(value, Mapping) else {}
