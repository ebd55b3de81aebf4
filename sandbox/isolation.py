"""The proof that nothing leaves a pod: a real one tries to reach a listener on every address of this machine."""

import json
import select
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

import psutil

from .provider.capture import Level
from .provider.execution import Execution
from .provider.pods import started
from .provider.spec import COMPOSE, PodError

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


@dataclass(frozen=True)
class Isolation:
    """What came of a pod's attempts to reach this machine."""

    tried: tuple[str, ...]
    """Addresses of this machine, each tried by TCP and by UDP."""

    arrived: int
    """Connections and datagrams that came out of the pod; anything but 0 is a hole."""

    unrecorded: tuple[str, ...]
    """Attempts (`tcp ADDRESS`) that are missing in the witness's records."""


def isolation(level: Level) -> Isolation:
    """Start a pod of this capture level, let it try, take it down.

    Raises: PodError; OSError where the listener cannot be reached from this machine itself, for then its silence would
    say nothing.
    """
    addresses = own_addresses()
    with _Listener() as listener, _stock() if level == 1 else _own(level) as pod:
        for address in addresses:
            listener.reach_from_here(address)
        pod.run(["env", f"PORT={listener.port}", "bash", "-c", ATTEMPTS, "bash", *addresses])
        arrived = listener.arrivals(ARRIVAL_SECONDS)
        records = pod.records()
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


@dataclass(frozen=True)
class _Pod:
    run: Callable[[list[str]], object]
    """Runs a command in the agent's container."""

    records: Callable[[], list[dict[str, Any]]]
    """What the witness has recorded of the network."""


@contextmanager
def _own(level: Level) -> Iterator[_Pod]:
    with started(level) as pod:

        def run(command: list[str]) -> None:
            execution = Execution(pod, limit=1000)
            execution.run(command, timeout=EXEC_SECONDS)

        yield _Pod(run, lambda: pod.records_of("network"))


@contextmanager
def _stock() -> Iterator[_Pod]:
    compose = ["docker", "compose", "--file", str(COMPOSE), "--project-name", f"gyges-doctor-{uuid4().hex[:8]}"]
    try:
        _run([*compose, "up", "--detach", "--wait", "--quiet-pull"], UP_SECONDS)
        inside = [*compose, "exec", "-T"]
        yield _Pod(
            lambda command: _run([*inside, "default", *command], EXEC_SECONDS),
            lambda: [
                json.loads(line) for line in _run([*inside, "witness", "witness", "records"], EXEC_SECONDS).splitlines()
            ],
        )
    finally:
        _run([*compose, "down", "--volumes", "--timeout", "0"], UP_SECONDS)


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
