"""The network of a pod: an ordinary-looking interface, and rules by which whatever leaves it ends at the witness.

TCP: rules in the `output` hook change the destination to the witness's listener; `SO_ORIGINAL_DST` gives it back.

UDP: a redirect would lose the destination, and the record of the connection that knows it can only be read with
NET_ADMIN, for as long as datagrams arrive. So datagrams are not changed at all: they are marked, the mark routes them
back into this machine, and `tproxy` gives them to a transparent socket, which learns the destination with each
(`IP_RECVORIGDSTADDR`). The same socket may send from any address, so that answers come from where they are expected;
it is bound to port 53, hence only resolvers can answer. It is opened while there is NET_ADMIN, which is then dropped.
(SO_RCVMARK would do it with one rule less, but needs Linux 5.19.)

All of it goes by way of `eth0`, not `lo`: a program may bind its socket to that interface.

Where the namespace comes with an interface that leads out, as a Kubernetes pod's does, `redirect` turns that one round
before anything else runs, and `listen` follows in another container of the pod.
"""

import socket
import subprocess
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, ip_address
from pathlib import Path

INTERFACE = "eth0"
ADDRESS = IPv4Interface("10.20.0.13/24")
"""Taken where /etc/hosts has no other address for the host's own name."""

ADDRESS6 = IPv6Interface("fd20:0:0:1::d/64")
LISTEN = "127.0.0.54"
"""Where systemd-resolved's second listener is on many machines; so is the port."""

PORT = 53
MARK = 1
TABLE = 100
PROBE = 18181
"""Where the name server that inspect-k8s-sandbox puts into each pod says that it is ready; the node asks for it."""

BACKLOG = 512
UDP_BUFFER = 4 * 1024 * 1024

# From linux/netfilter_ipv4.h, linux/in.h and linux/in6.h; Python's socket module has none of them.
SO_ORIGINAL_DST = 80
IP_TRANSPARENT, IP_PKTINFO, IP_RECVORIGDSTADDR = 19, 8, 20
IPV6_TRANSPARENT, IPV6_PKTINFO, IPV6_RECVORIGDSTADDR = 75, 50, 74


@dataclass(frozen=True)
class Listeners:
    """The sockets on which everything arrives."""

    tcp: tuple[socket.socket, ...]
    udp: tuple[socket.socket, ...]


def set_up(hosts: Path = Path("/etc/hosts")) -> Listeners:
    """Makes interface, routes and rules, and opens the listeners. Needs NET_ADMIN in a namespace without interfaces.

    Raises:
        subprocess.CalledProcessError: A rule was not accepted; its message is on standard error.
    """
    own = own_address(hosts)
    _run(["ip", "-batch", "-"], _links(own) + _inward() + _inward6(own))
    _run(["ip", "-6", "rule", "add", "fwmark", str(MARK), "lookup", str(TABLE)])
    listeners = listen()
    _run(["nft", "-f", "-"], _rules(own))
    return listeners


def redirect(hosts: Path = Path("/etc/hosts")) -> None:
    """Turns the interface round that is there. Needs NET_ADMIN, and that nothing else runs in the namespace yet.

    Raises:
        subprocess.CalledProcessError: A rule was not accepted; its message is on standard error.
    """
    own = own_address(hosts)
    _run(["nft", "-f", "-"], _rules(own, given=True))
    _run(["ip", "-batch", "-"], _inward())
    if _has_ipv6():
        _run(["ip", "-batch", "-"], _inward6(own))
        _run(["ip", "-6", "rule", "add", "fwmark", str(MARK), "lookup", str(TABLE)])


def listen() -> Listeners:
    """Opens the listeners. Needs NET_ADMIN."""
    if not _has_ipv6():
        return Listeners((_tcp(LISTEN),), (_udp(LISTEN),))
    return Listeners((_tcp(LISTEN), _tcp(str(ADDRESS6.ip))), (_udp(LISTEN), _udp("::1")))


def _has_ipv6() -> bool:
    """Whether the interface can have an address of IPv6; a cluster may have switched that off."""
    switch = Path(f"/proc/sys/net/ipv6/conf/{INTERFACE}/disable_ipv6")
    return switch.exists() and switch.read_text().strip() == "0"


def own_address(hosts: Path) -> IPv4Interface:
    """The interface's address: what `hosts` gives the machine's own name, so that the two agree."""
    name = socket.gethostname()
    for line in hosts.read_text().splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if name in names and "." in address and not ip_address(address).is_loopback:
            return IPv4Interface(f"{address}/24")
    return ADDRESS


def original_destination(connection: socket.socket) -> tuple[str, int]:
    """Address and port that a TCP client asked for; the listener's own where it was asked for by its name."""
    try:
        if connection.family == socket.AF_INET6:
            raw = connection.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28)
            return socket.inet_ntop(socket.AF_INET6, raw[8:24]), int.from_bytes(raw[2:4], "big")
        raw = connection.getsockopt(socket.IPPROTO_IP, SO_ORIGINAL_DST, 16)
        return socket.inet_ntoa(raw[4:8]), int.from_bytes(raw[2:4], "big")
    except OSError:
        address, port = connection.getsockname()[:2]
        return address, port


def receive(listener: socket.socket) -> tuple[bytes, tuple[str, int], tuple[str, int]]:
    """The next datagram: its bytes, where it came from, and where it was to go."""
    data, ancillary, _, source = listener.recvmsg(65535, 256)
    destination = listener.getsockname()[:2]
    for level, kind, value in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_RECVORIGDSTADDR):
            destination = socket.inet_ntoa(value[4:8]), int.from_bytes(value[2:4], "big")
        elif (level, kind) == (socket.IPPROTO_IPV6, IPV6_RECVORIGDSTADDR):
            destination = socket.inet_ntop(socket.AF_INET6, value[8:24]), int.from_bytes(value[2:4], "big")
    return data, source, destination


def send(listener: socket.socket, data: bytes, source: str, destination: tuple[str, int]) -> None:
    """Answers a datagram from the address that it was sent to."""
    if listener.family == socket.AF_INET6:
        info = socket.inet_pton(socket.AF_INET6, source) + bytes(4)
        listener.sendmsg([data], [(socket.IPPROTO_IPV6, IPV6_PKTINFO, info)], 0, destination)
    else:
        info = bytes(4) + socket.inet_aton(source) + bytes(4)
        listener.sendmsg([data], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, destination)


def _tcp(address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, PORT), family=family, backlog=BACKLOG)
    listener.setblocking(False)
    return listener


def _udp(address: str) -> socket.socket:
    if ":" in address:
        listener = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        listener.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
        listener.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1)
    else:
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
        listener.setsockopt(socket.IPPROTO_IP, IP_RECVORIGDSTADDR, 1)
    # With NET_ADMIN the system's limit on receive buffers does not hold.
    listener.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), UDP_BUFFER)
    listener.bind((address, PORT))
    listener.setblocking(False)
    return listener


def _links(own: IPv4Interface) -> str:
    hardware = "02:42:" + ":".join(f"{byte:02x}" for byte in own.ip.packed)
    return f"""
link add {INTERFACE} address {hardware} type veth peer name veth3f1c2ab
link set veth3f1c2ab addrgenmode none
link set veth3f1c2ab up
link set {INTERFACE} up
addr add {own} brd + dev {INTERFACE}
neigh add {own.network[1]} lladdr {_router(own)} dev {INTERFACE} nud permanent
route add default via {own.network[1]} dev {INTERFACE}
"""


def _inward() -> str:
    return f"""
route add local {LISTEN}/32 dev {INTERFACE} table local
route add local 0.0.0.0/0 dev {INTERFACE} table {TABLE}
rule add fwmark {MARK} lookup {TABLE}
"""


def _inward6(own: IPv4Interface) -> str:
    gateway = ADDRESS6.network[1]
    # A metric that leaves room for a default route that is there already: by that one, too, nothing gets out.
    return f"""
addr add {ADDRESS6} dev {INTERFACE} nodad
neigh add {gateway} lladdr {_router(own)} dev {INTERFACE} nud permanent
route add default via {gateway} dev {INTERFACE} metric 4096
route add local ::/0 dev {INTERFACE} table {TABLE}
"""


def _router(own: IPv4Interface) -> str:
    return "02:42:" + ":".join(f"{byte:02x}" for byte in own.network[1].packed)


def _rules(own: IPv4Interface, *, given: bool = False) -> str:
    # What stays inside: the machine's own services on its own addresses. But a resolver may be configured on a loopback
    # address other than 127.0.0.1 (127.0.0.53, 127.0.0.11), where nobody listens.
    stays = f"""
        ip daddr {{ {own.ip}, {LISTEN}{"" if given else ", 127.0.0.1"} }} return
        ip daddr 127.0.0.0/8 meta l4proto {{ tcp, udp }} th dport != 53 return"""
    # In a given namespace, the name server on 127.0.0.1 must swallow nothing, and the node asks whether it is ready.
    answers = f"oifname {INTERFACE} ct direction reply tcp sport {PROBE} accept" if given else ""
    stays6 = f"ip6 daddr {{ ::1, {ADDRESS6.ip} }} return"
    return f"""
table ip nat {{
    chain output {{
        type nat hook output priority -100; policy accept;{stays}
        meta l4proto tcp dnat to {LISTEN}:{PORT}
    }}
}}
table ip6 nat {{
    chain output {{
        type nat hook output priority -100; policy accept;
        {stays6}
        meta l4proto tcp dnat to [{ADDRESS6.ip}]:{PORT}
    }}
}}
table ip mangle {{
    chain output {{
        type route hook output priority -150; policy accept;{stays}
        meta l4proto udp meta mark set {MARK}
    }}
    chain prerouting {{
        type filter hook prerouting priority -150; policy accept;
        meta mark {MARK} meta l4proto udp tproxy to {LISTEN}:{PORT} accept
    }}
}}
table ip6 mangle {{
    chain output {{
        type route hook output priority -150; policy accept;
        {stays6}
        meta l4proto udp meta mark set {MARK}
    }}
    chain prerouting {{
        type filter hook prerouting priority -150; policy accept;
        meta mark {MARK} meta l4proto udp tproxy to [::1]:{PORT} accept
    }}
}}
table inet filter {{
    chain postrouting {{
        # Whatever still leaves by the interface (ICMP, UDP-Lite, multicast) reaches nobody and would not be recorded;
        # so the sender gets EPERM, and can not take it for sent.
        type filter hook postrouting priority 0; policy accept;
        {answers}
        oifname {INTERFACE} drop
    }}
}}
"""


def _run(command: list[str], script: str = "") -> None:
    subprocess.run(command, input=script, text=True, check=True, timeout=20)
