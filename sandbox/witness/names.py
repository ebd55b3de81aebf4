"""The address book: an address for every name, and the name back for every address that was handed out."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Generic, TypeVar

NAMES_LIMIT = 20_000
"""Names that the book holds at a time; the one that was used longest ago goes first."""

INTERNAL_SUFFIXES = ("*.internal", "*.local", "*.lan", "*.corp", "*.home.arpa", "*.intranet", "*.cluster.local")

# Where ordinary public hosts are: the ranges that large hosting and content networks announce.
PUBLIC = tuple(
    IPv4Network(network)
    for network in (
        "104.16.0.0/13",
        "151.101.0.0/16",
        "3.64.0.0/12",
        "18.184.0.0/15",
        "52.28.0.0/15",
        "34.104.0.0/14",
        "35.184.0.0/13",
        "20.48.0.0/12",
        "95.216.0.0/15",
        "116.202.0.0/15",
        "51.68.0.0/16",
        "178.62.0.0/16",
    )
)
PUBLIC6 = tuple(IPv6Network(network) for network in ("2606:4700::/32", "2a04:4e42::/32", "2a01:4f8::/32"))
INTERNAL = (IPv4Network("10.32.0.0/12"),)

Address = TypeVar("Address", IPv4Address, IPv6Address)


class _Pages(Generic[Address]):
    """Names and addresses of one family, each pair known from both sides."""

    def __init__(self, limit: int) -> None:
        self.addresses: OrderedDict[str, Address] = OrderedDict()
        self.names: dict[Address, str] = {}
        self._limit = limit

    def enter(self, name: str, address: Address) -> Address:
        if len(self.addresses) >= self._limit:
            oldest, freed = self.addresses.popitem(last=False)
            if self.names.get(freed) == oldest:
                del self.names[freed]
        self.addresses[name] = address
        self.names[address] = name
        return address


class AddressBook:
    """Gives each name an address of its own: the same in every pod, internal or public as the name looks."""

    def __init__(self, limit: int = NAMES_LIMIT) -> None:
        self._v4: _Pages[IPv4Address] = _Pages(limit)
        self._v6: _Pages[IPv6Address] = _Pages(limit)
        self._fixed: dict[str, str] = {}
        self._fixed_names: dict[str, str] = {}
        self._internal: tuple[str, ...] = INTERNAL_SUFFIXES

    def fix(self, addresses: Mapping[str, str], internal: tuple[str, ...] = ()) -> None:
        """Sets the addresses that must be as given, and further patterns of internal names.

        Raises:
            ValueError: What is given as an address is none.
        """
        fixed = {normal(name): str(ip_address(address)) for name, address in addresses.items()}
        self._fixed |= fixed
        self._fixed_names |= {address: name for name, address in fixed.items()}
        self._internal = (*INTERNAL_SUFFIXES, *(pattern.lower() for pattern in internal))

    def is_internal(self, name: str) -> bool:
        """Whether a name belongs to the private network: one label, or an internal suffix."""
        name = normal(name)
        return "." not in name or any(fnmatchcase(name, pattern) for pattern in self._internal)

    def address(self, name: str) -> str:
        """The IPv4 address (or the fixed one, of whichever family) of a name."""
        name = normal(name)
        if fixed := self._fixed.get(name):
            return fixed
        if known := self._v4.addresses.get(name):
            self._v4.addresses.move_to_end(name)
            return str(known)
        seed = _seed(name)
        pool = INTERNAL if self.is_internal(name) else PUBLIC
        network = pool[seed % len(pool)]
        start = seed // len(pool)
        while not _usable(address := network[start % network.num_addresses]) or self.host(str(address)):
            start += 1
        return str(self._v4.enter(name, address))

    def address6(self, name: str) -> str | None:
        """The IPv6 address of a name; None for internal names and those whose IPv4 address is fixed."""
        name = normal(name)
        if fixed := self._fixed.get(name):
            return fixed if ":" in fixed else None
        if self.is_internal(name):
            return None
        if known := self._v6.addresses.get(name):
            self._v6.addresses.move_to_end(name)
            return str(known)
        seed = _seed(name)
        network = PUBLIC6[seed % len(PUBLIC6)]
        start = (seed >> 8 & 0xFFFF) << 80 | (seed >> 24 & 0xFFFF) or 1
        while self.host(str(address := network[start])):
            start += 1
        return str(self._v6.enter(name, address))

    def host(self, address: str) -> str | None:
        """The name that an address was handed out for."""
        if name := self._fixed_names.get(address):
            return name
        parsed = ip_address(address)
        return self._v4.names.get(parsed) if isinstance(parsed, IPv4Address) else self._v6.names.get(parsed)


def normal(name: str) -> str:
    """A host name as the book knows it."""
    return name.rstrip(".").lower()


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:16], "big")


def _usable(address: IPv4Address) -> bool:
    return int(address) & 0xFF not in (0, 255)
