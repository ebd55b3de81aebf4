"""The values' containers on a real kernel: on a Docker bridge, which leads out as a cluster's network does."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from gyges.sandbox.kubernetes import Cluster, values

pytestmark = pytest.mark.pod

TAG = "latest"
MADE = values(Cluster("none", TAG))
VALUES = MADE["services"]["default"]
AGENT = {"name": "agent", **VALUES}
EXTRA = {container["name"]: container for container in MADE["extraContainers"]}
(NETWORK,) = VALUES["initContainers"]
SECONDS = 30
NAME_SERVER = """
import http.server, socket, threading
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
http.server.ThreadingHTTPServer(("", 18181), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
"""Stands where the chart's CoreDNS does: takes 127.0.0.1:53, and says on port 18181 that it is ready."""


def docker(*args: str, input: str | None = None, check: bool = True) -> str:
    done = subprocess.run(["docker", *args], input=input, capture_output=True, text=True, timeout=60, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.strip() + (done.stderr if done.returncode else "")


def image(container: dict[str, Any]) -> str:
    """The image as this machine has it."""
    return str(container["image"]).rpartition("/")[2]


def until(ready: Callable[[], bool]) -> None:
    """Waits for it."""
    deadline = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@dataclass
class Pod:
    """Containers of one network namespace, as a node would start them."""

    name: str
    address: str
    resolver: Path

    def run(self, container: dict[str, Any], *, wait: bool = False) -> str:
        """Starts one; the result is what it printed where it is waited for."""
        security, (program, *args) = container["securityContext"], container["command"]
        volumes = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in VALUES["volumes"]}
        return docker(
            *("run", *(["--rm"] if wait else ["--detach"]), "--name", f"{self.name}-{container['name']}"),
            *("--network", f"container:{self.name}", "--user", str(security["runAsUser"]), "--read-only"),
            *("--volume", f"{self.resolver}:/etc/resolv.conf:ro"),
            *(flag for cap in security["capabilities"]["drop"] for flag in ("--cap-drop", cap)),
            *(flag for cap in security["capabilities"]["add"] for flag in ("--cap-add", cap)),
            *("--security-opt", "no-new-privileges:true", "--memory", container["resources"]["limits"]["memory"][:-1]),
            *(
                # A fresh emptyDir is everybody's.
                f"--tmpfs={mount['mountPath']}:exec,mode=0777,size={volumes[mount['name']][:-1]}"
                for mount in container.get("volumeMounts", [])
            ),
            *("--entrypoint", program, image(container), *args),
        )

    def exec(self, container: str, *command: str, check: bool = True) -> str:
        return docker("exec", f"{self.name}-{container}", *command, check=check)

    def succeeds(self, *command: str) -> bool:
        return self.exec(*command, check=False) == ""

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.exec("witness", "witness", "records").splitlines()[1:]]


@dataclass
class Network:
    """A bridge without a way past this machine."""

    name: str
    gateway: str


@pytest.fixture
def network() -> Iterator[Network]:
    """Made for the test."""
    name = f"gyges-k8s-{uuid4().hex[:8]}"
    docker("network", "create", "--internal", name)
    yield Network(name, docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", name))
    docker("network", "rm", name)


@pytest.fixture(params=["0", "1"], ids=["with IPv6", "without IPv6"])
def pod(request: pytest.FixtureRequest, network: Network, tmp_path: Path) -> Iterator[Pod]:
    """A namespace with an interface and a route that lead out, a name server, and the rules; no witness yet."""
    name = network.name
    with ExitStack() as stack:
        stack.callback(lambda: docker("rm", "--force", *(f"{name}-{part}" for part in ("dns", "agent", *EXTRA)), name))
        docker(
            *("run", "--detach", "--name", name, "--network", name),
            *("--sysctl", f"net.ipv6.conf.eth0.disable_ipv6={request.param}"),
            *("--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"),
            *(image(VALUES), "sleep", "infinity"),
        )
        address = docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name)
        (resolver := tmp_path / "resolv.conf").write_text(
            "nameserver 127.0.0.1\n"
        )  # as the chart has the kubelet write it
        pod = Pod(name, address, resolver)
        root = {"image": NETWORK["image"], "resources": NETWORK["resources"]}
        root["securityContext"] = EXTRA["witness"]["securityContext"]
        route = ["ip", "route", "add", "default", "via", network.gateway]
        pod.run({**root, "name": "route", "command": route}, wait=True)
        pod.run(NETWORK, wait=True)
        pod.run({**root, "name": "dns", "command": ["python3", "-c", NAME_SERVER]})
        yield pod


@dataclass
class Outside:
    """A TCP and a UDP port on this machine's side of the bridge."""

    address: str
    port: int
    arrived: set[str]


@pytest.fixture
def outside(network: Network) -> Iterator[Outside]:
    """Notes what arrives, until the test ends."""
    with socket.create_server((network.gateway, 0)) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        port = tcp.getsockname()[1]
        udp.bind((network.gateway, port))
        outside, over = Outside(network.gateway, port, set()), threading.Event()

        def note() -> None:
            while not over.is_set():
                for ready in select.select([tcp, udp], [], [], 0.1)[0]:
                    if ready is tcp:
                        ready.accept()[0].close()
                    else:
                        ready.recv(100)
                    outside.arrived.add("tcp" if ready is tcp else "udp")

        thread = threading.Thread(target=note)
        thread.start()
        yield outside
        over.set()
        thread.join()


def attempts(outside: Outside) -> str:
    """Each way out, with what an agent has; prints how `curl` ended."""
    url = f"http://{outside.address}:{outside.port}/"
    datagram = f"echo probe > /dev/udp/{outside.address}/{outside.port}"
    return f"curl -sm 5 -o /dev/null {url}; echo $?; {datagram}; sleep 0.5"


def test_the_bridge_leads_out(network: Network, outside: Outside) -> None:
    """Without the rules the same attempts arrive, so that their silence elsewhere says something."""
    docker("run", "--rm", "--network", network.name, image(VALUES), "bash", "-c", attempts(outside))
    assert outside.arrived == {"tcp", "udp"}


def test_closed_before_it_is_open(pod: Pod, outside: Outside) -> None:
    """Between the rules and the witness, nothing leaves and connections are refused."""
    pod.run(AGENT)
    refused = "7"
    assert pod.exec("agent", "bash", "-c", attempts(outside)) == refused
    assert outside.arrived == set()


def test_everything_ends_at_the_witness(pod: Pod, outside: Outside) -> None:
    """Nothing that the agent sends arrives outside; all of it is on the record, names and what is no question too."""
    pod.run(AGENT)
    pod.run(EXTRA["witness"])
    until(lambda: pod.succeeds("witness", *EXTRA["witness"]["startupProbe"]["exec"]["command"]))
    until(lambda: pod.succeeds("witness", "witness", "healthy"))
    assert pod.exec("agent", "bash", "-c", attempts(outside)) == "0"
    assert (
        pod.exec("agent", "curl", "-sm", "5", "-o", "/dev/null", "-w", "%{http_code}", "https://example.com/") == "200"
    )
    pod.exec("agent", "bash", "-c", "echo no question > /dev/udp/127.0.0.1/53; sleep 1")
    assert outside.arrived == set()
    records = pod.records()
    seen = {(record.get("transport"), record.get("address"), record.get("port")) for record in records}
    assert {("tcp", outside.address, outside.port), ("udp", outside.address, outside.port)} <= seen
    assert "example.com" in json.dumps(records)
    assert ("udp", "127.0.0.1", 53) in seen, "the name server has swallowed it"


def test_the_node_learns_that_the_name_server_is_ready(pod: Pod) -> None:
    """The chart's probe, a connection from the node, is answered through the rules."""

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://{pod.address}:18181/", timeout=3) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    until(ready)


def test_the_keeper_gives_volumes_their_owners(pod: Pod) -> None:
    """The hook, with its few capabilities, makes owner and mode of each volume what `compose.yaml` says."""
    pod.run(EXTRA["keeper"])
    pod.exec("keeper", *EXTRA["keeper"]["lifecycle"]["postStart"]["exec"]["command"])
    stat = pod.exec("keeper", "stat", "-c", "%n %u:%g %a", *(mount["mountPath"] for mount in VALUES["volumeMounts"]))
    assert stat.splitlines() == [
        "/tmp 0:0 1777",
        "/var/tmp 0:0 1777",
        "/run 0:0 755",
        "/home/ops 1000:1000 755",
        "/srv 0:2000 2775",
        "/var/log/platform 0:2000 2775",
    ]
