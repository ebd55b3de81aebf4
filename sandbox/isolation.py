"""The proof that nothing leaves a pod: a real one tries to reach a listener on every address of this machine."""

import json
import select
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import psutil

COMPOSE = Path(__file__).resolve().parent / "compose.yaml"
UP_SECONDS = 90
EXEC_SECONDS = 60
ARRIVAL_SECONDS = 0.5

# From inside, with what a model has: one TCP and one UDP attempt at each address, all at once.
ATTEMPTS = """
for address in "$@"; do
    case $address in *:*) url="http://[$address]:$PORT/" ;; *) url="http://$address:$PORT/" ;; esac
    curl -gsm 5 -o /dev/null "$url" &
    (echo probe > "/dev/udp/$address/$PORT") &
done
wait
"""


class PodError(Exception):
    """A pod did not start, or did not do what it was told; the message has the end of what was printed."""


@dataclass(frozen=True)
class Isolation:
    """What came of a pod's attempts to reach this machine."""

    tried: tuple[str, ...]
    """Addresses of this machine, each tried by TCP and by UDP."""

    arrived: int
    """Connections and datagrams that came out of the pod; anything but 0 is a hole."""

    unrecorded: tuple[str, ...]
    """Attempts (`tcp ADDRESS`) that are missing in the witness's records."""


def isolation() -> Isolation:
    """Start a pod, let it try, take it down.

    Raises: PodError; OSError where the listener cannot be reached from this machine itself, for then its silence would
    say nothing.
    """
    addresses = own_addresses()
    with _Listener() as listener, _pod() as pod:
        for address in addresses:
            listener.reach_from_here(address)
        pod("default", "env", f"PORT={listener.port}", "bash", "-c", ATTEMPTS, "bash", *addresses)
        arrived = listener.arrivals(ARRIVAL_SECONDS)
        records = [json.loads(line) for line in pod("witness", "witness", "records").splitlines()]
    recorded = {_attempt(record) for record in records if record.get("port") == listener.port}
    expected = [f"{transport} {address}" for transport in ("tcp", "udp") for address in addresses]
    return Isolation(tuple(addresses), arrived, tuple(attempt for attempt in expected if attempt not in recorded))


def own_addresses() -> list[str]:
    """Every address of this machine that a pod could try, Docker's bridges among them; not loopback or link-local."""
    entries = (entry for entries in psutil.net_if_addrs().values() for entry in entries)
    internet = (entry for entry in entries if entry.family in (socket.AF_INET, socket.AF_INET6))
    addresses = (ip_address(entry.address.partition("%")[0]) for entry in internet)
    return sorted(str(address) for address in addresses if not (address.is_loopback or address.is_link_local))


def _attempt(record: Mapping[str, object]) -> str:
    return f"{record.get('transport')} {record.get('address')}"


class _Listener(ExitStack):
    """One TCP and one UDP port, the same number, on every address of this machine."""

    def __init__(self) -> None:
        super().__init__()
        dual = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if dual else socket.AF_INET
        self._tcp = self.enter_context(socket.create_server(("", 0), family=family, backlog=64, dualstack_ipv6=dual))
        self._udp = self.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        if dual:
            self._udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.port = int(self._tcp.getsockname()[1])
        self._udp.bind(("", self.port))

    def arrivals(self, seconds: float) -> int:
        """How many connections and datagrams have arrived since the last call, the wait for a late one included."""
        count = 0
        while ready := select.select([self._tcp, self._udp], [], [], seconds)[0]:
            for source in ready:
                count += 1
                if source is self._tcp:
                    self._tcp.accept()[0].close()
                else:
                    self._udp.recv(2048)
        return count

    def reach_from_here(self, address: str) -> None:
        """Raises OSError where TCP or UDP does not come through."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        socket.create_connection((address, self.port), timeout=5).close()
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.sendto(b"probe", (address, self.port))
        if (count := self.arrivals(0.05)) != 2:
            raise OSError(f"a listener on {address} got {count} of 2 probes from this machine itself: a firewall?")


@contextmanager
def _pod() -> Iterator["_Exec"]:
    compose = ("docker", "compose", "--file", str(COMPOSE), "--project-name", f"gyges-doctor-{uuid4().hex[:8]}")
    try:
        _run([*compose, "up", "--detach", "--wait", "--quiet-pull"], UP_SECONDS)
        yield _Exec(compose)
    finally:
        _run([*compose, "down", "--volumes", "--timeout", "0"], UP_SECONDS)


@dataclass(frozen=True)
class _Exec:
    compose: tuple[str, ...]

    def __call__(self, service: str, *command: str) -> str:
        return _run([*self.compose, "exec", "-T", service, *command], EXEC_SECONDS)


def _run(command: list[str], seconds: int) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise PodError(f"no end after {seconds} s: {' '.join(command)}") from error
    except subprocess.CalledProcessError as error:
        raise PodError(f"{' '.join(command)}\n{error.stderr.strip()[-800:]}") from error
    return done.stdout
