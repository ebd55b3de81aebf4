"""The witness in a real pod: whatever is tried from inside, by whichever program, is recorded with where and what."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from gyges.sandbox.witness.body import BODY_LIMIT, POD_LIMIT
from gyges.sandbox.witness.journal import GENESIS, digest
from gyges.sandbox.witness.processes.privileges import WATCHING

from .conftest import Pod, body

pytestmark = pytest.mark.pod

PAYLOAD = "".join(hashlib.sha256(str(n).encode()).hexdigest() + "\n" for n in range(50)).encode()
KEY = "-i /tmp/key -o BatchMode=yes -o ConnectTimeout=20"
TRIES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("tries.yaml").read_text())


@pytest.fixture(scope="module")
def ready(pod: Pod) -> Pod:
    """The pod with the payload, a key, a repository and a foreign authority in /tmp."""
    done = pod.run(
        "set -e; cat > /tmp/payload; ssh-keygen -q -t ed25519 -N '' -f /tmp/key\n"
        "openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -out /tmp/other.crt -subj /CN=x\n"
        "git init -q /tmp/repo; cd /tmp/repo; cp /tmp/payload .; git add .\n"
        "git -c user.name=a -c user.email=a@b.org commit -qm x",
        input=PAYLOAD.decode(),
    )
    assert done.returncode == 0, done.stderr
    return pod


@pytest.mark.parametrize("case", TRIES, ids=lambda case: case["id"])
def test_recorded(case: dict[str, Any], ready: Pod) -> None:
    """What a program sends is on record with the destination that it was meant for, and its bytes as they were sent."""
    done = ready.run(f"export F=/tmp/payload KEY='{KEY}'; {case['command']}")
    if (expected := case.get("exit", 0)) is not None:
        assert done.returncode == expected, done.stderr or done.stdout
    record = ready.find(kind=case["kind"], **case["record"])
    if case.get("body") == "payload":
        assert body(record) == PAYLOAD
        assert (record["body"]["sha256"], record["body"]["cut"]) == (hashlib.sha256(PAYLOAD).hexdigest(), False)
    elif "body" in case:
        assert re.search(case["body"].encode(), body(record))


def test_quic_names_its_server(ready: Pod) -> None:
    """The server's name is read out of a QUIC client's first datagram, and so is the port that it came from."""
    packet = json.loads((Path(__file__).parents[1] / "vectors" / "quic_initials.json").read_text())["packets"]["v1"]
    send = (
        "import socket, sys; k = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); k.bind(('', 40123));"
        "k.sendto(bytes.fromhex(sys.stdin.read()), ('203.0.113.91', 443))"
    )
    assert ready.run(f'python3 -c "{send}"', input=packet).returncode == 0
    record = ready.find(kind="udp", address="203.0.113.91", protocol="quic", sni="v1.holmgard.net", source_port=40123)
    assert body(record) == bytes.fromhex(packet)


def test_port_of_the_client(ready: Pod) -> None:
    """Every record of a connection names the port that the client had, and when it came: before what it said."""
    assert ready.run("curl -sS --local-port 41234 -T /tmp/payload https://o5.holmgard.net/").returncode == 0
    ready.find(kind="tcp", host="o5.holmgard.net")
    records = [r for r in ready.records() if r.get("host") == "o5.holmgard.net" and r["transport"] == "tcp"]
    assert {r["kind"] for r in records} == {"tls", "http", "tcp"}
    assert {(r["source_port"], r["opened"]) for r in records} == {(41234, records[0]["opened"])}
    assert all(r["opened"] < r["at"] for r in records)


def test_key_is_recorded(ready: Pod) -> None:
    """The fingerprint on record is that of the key which the client offered."""
    assert ready.run(f"ssh {KEY} v@k1.holmgard.net true").returncode == 0
    fingerprint = ready.run("ssh-keygen -lf /tmp/key").stdout.split()[1]
    assert ready.find(kind="ssh", host="k1.holmgard.net", event="auth")["key"] == fingerprint


REFUSED = {
    "ICMP": "s.socket(s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_ICMP).sendto(bytes([8, *[0] * 7]) + b'data', ('8.8.8.8', 0))",
    "UDP-Lite": "s.socket(s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_UDPLITE).sendto(b'data', ('8.8.8.8', 9))",
    "broadcast": "k = s.socket(s.AF_INET, s.SOCK_DGRAM); k.setsockopt(s.SOL_SOCKET, s.SO_BROADCAST, 1);"
    "k.sendto(b'data', ('255.255.255.255', 67))",
    "multicast": "s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'data', ('224.0.0.251', 5353))",
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, ready: Pod) -> None:
    """What would leave by the interface unrecorded is refused to its sender."""
    assert "PermissionError" in ready.run(f'python3 -c "import socket as s; {REFUSED[case]}"').stderr


def test_own_services_stay_local(ready: Pod) -> None:
    """A server that the agent runs is reached by its loopback and its own address, and leaves no record."""
    before = len(ready.records())
    serve = "python3 -m http.server 8099 >/dev/null 2>&1 & python3 -m http.server 8098 --bind ::1 >/dev/null 2>&1 &"
    urls = "127.0.0.1:8099 127.0.0.9:8099 10.20.0.13:8099 '[::1]:8098'"
    fetch = f"for u in {urls}; do curl -sSg --retry 15 --retry-connrefused $u; done"
    shown = ready.run(f"{serve} {fetch}; kill %1 %2")
    assert shown.stdout.count("<title>Directory listing") == 4, shown.stderr
    assert [r for r in ready.records(before - 1) if r["kind"] != "dns"] == []


def test_many_requests_on_a_connection(ready: Pod) -> None:
    """Each request of a connection that is kept has its record, in order, with its own body."""
    program = (
        "import requests as r\ns = r.Session()\n"
        "for n in range(60): assert s.post(f'https://k2.holmgard.net/{n}', data=str(n)).status_code == 201"
    )
    assert ready.run(f'python3 -c "{program}"').returncode == 0
    records = [r for r in ready.records() if r["kind"] == "http" and r["host"] == "k2.holmgard.net"]
    assert [r["target"] for r in records] == [f"/{n}" for n in range(60)]
    assert [body(r) for r in records] == [str(n).encode() for n in range(60)]
    assert len({r["connection"] for r in records}) == 1


def test_plausible_answers(ready: Pod) -> None:
    """Unknown hosts answer as ordinary servers do; the metadata address has nothing to give."""
    for option, first in (("--http1.1", "http/1.1 200 ok"), ("--http2", "http/2 200")):
        headers = ready.run(f"curl -sSi {option} https://z1.holmgard.net/").stdout.lower()
        assert headers.startswith(first)
        assert "server: nginx" in headers
        assert "date: " in headers
    assert json.loads(ready.run("curl -sS -d x=1 https://z1.holmgard.net/api").stdout)["id"]
    assert ready.run("curl -sS -o /dev/null -w '%{http_code}' -X DELETE https://z1.holmgard.net/a").stdout == "204"
    assert ready.run("curl -sSI https://z1.holmgard.net/").returncode == 0
    for path in ("latest/meta-data/", "latest/api/token", ""):
        assert ready.run(f"curl -sS -o /dev/null -w '%{{http_code}}' http://169.254.169.254/{path}").stdout == "404"


def test_scenario_answers(ready: Pod) -> None:
    """Answers of the scenario take the place of the plausible ones, and a fixed address is kept."""
    entry = {"method": "GET", "path": "/v1/*", "status": 418, "headers": {"X-Cluster": "eu2"}, "body": '{"quota": 7}'}
    hosts = {"*.basaltrack.net": {"http": [entry]}, "reg.int.lab.org": {"address": "10.9.8.7"}}
    answers = {"hosts": hosts, "internal": ["*.lab.org"]}
    assert ready.ask("answers", input=json.dumps(answers)).returncode == 0
    shown = ready.run("curl -sSi https://api.basaltrack.net/v1/nodes?x=1").stdout
    assert " 418 " in shown
    assert "x-cluster: eu2" in shown.lower()
    assert shown.endswith('{"quota": 7}')
    assert "418" not in ready.run("curl -sSi https://api.basaltrack.net/other").stdout
    assert ready.run("getent ahostsv4 reg.int.lab.org").stdout.startswith("10.9.8.7 ")
    assert ready.run("getent ahostsv4 other.lab.org").stdout.startswith("10.")
    assert ready.find(kind="http", host="api.basaltrack.net", target="/v1/nodes?x=1")["status"] == 418


WRONG_ANSWERS = {
    "no JSON": ("{", "Expecting"),
    "unknown key": ('{"host": {}}', "host"),
    "no address": ('{"hosts": {"a.b": {"address": "here"}}}', "here"),
    "no status": ('{"hosts": {"a.b": {"http": [{"status": "ok"}]}}}', "ok"),
}


@pytest.mark.parametrize("case", WRONG_ANSWERS)
def test_wrong_answers(case: str, ready: Pod) -> None:
    """Answers that are none are refused with what is wrong."""
    given, named = WRONG_ANSWERS[case]
    done = ready.ask("answers", input=given)
    assert done.returncode == 1
    assert named in done.stderr


@contextmanager
def talking(pod: Pod, command: str) -> Iterator[Callable[[str], None]]:
    """A command that runs in the pod; gives what writes to its standard input, which ends with the block."""
    full = ["docker", "exec", "-i", "-u", "ops", pod.agent, "bash", "-c", command]
    with subprocess.Popen(full, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin

        def say(text: str) -> None:
            assert process.stdin
            process.stdin.write(text)
            process.stdin.flush()

        yield say
        process.stdin.close()
        process.wait(30)


def test_open_connection_is_shown(ready: Pod) -> None:
    """What a connection has brought so far is on record while it is open, once for each time that there was more."""
    here: dict[str, Any] = {"kind": "tcp", "address": "203.0.113.90"}
    with talking(ready, "nc -q 0 203.0.113.90 7000") as say:
        say("one")
        assert body(ready.find(**here, open=True, bytes_in=3)) == b"one"
        ready.records()
        assert len([r for r in ready.records() if r.get("address") == "203.0.113.90" and r["bytes_in"] == 3]) == 1
        say("two")
        assert body(ready.find(**here, open=True, bytes_in=6)) == b"onetwo"
    last = ready.find(**here, bytes_in=6, open=None)
    assert (body(last), last["protocol"], last["error"]) == (b"onetwo", "raw", None)


def test_request_that_goes_on_is_shown(ready: Pod) -> None:
    """A request's body is on record before its end, and stays there when the client breaks off."""
    with talking(ready, "timeout 60 nc -q 0 slow.holmgard.net 80") as say:
        say("PUT /up HTTP/1.1\r\nHost: slow.holmgard.net\r\nContent-Length: 99\r\n\r\nso far")
        assert body(ready.find(kind="tcp", host="slow.holmgard.net", open=True, protocol="http")) == b"so far"
    broken = ready.find(kind="http", host="slow.holmgard.net", status=None)
    assert (broken["method"], broken["url"], body(broken)) == ("PUT", "http://slow.holmgard.net/up", b"so far")


def test_large_upload(new_pod: Callable[[], Pod]) -> None:
    """Of 50 MB the front is kept; size and hash are those of the whole."""
    pod = new_pod()
    made = pod.run("head -c 50000000 /dev/urandom > /tmp/big; sha256sum /tmp/big").stdout.split()[0]
    assert pod.run("curl -sS -o /dev/null -T /tmp/big https://big.holmgard.net/").returncode == 0
    record = pod.find(kind="http", host="big.holmgard.net")
    assert record["body"]["sha256"] == made
    assert (record["body"]["bytes"], record["body"]["cut"], len(body(record))) == (50_000_000, True, BODY_LIMIT)


def test_storage_is_bounded(new_pod: Callable[[], Pod]) -> None:
    """When long bodies have used up what may be stored, short ones are still kept, and long ones counted and hashed."""
    pod = new_pod()
    upload = "curl -sS -o /dev/null -T /tmp/z http://many.holmgard.net/$n"
    pod.run(f"head -c 5000000 /dev/zero > /tmp/z; for n in $(seq 12); do {upload}; done", timeout=120)
    pod.run("curl -sS -d little=1 http://little.holmgard.net/")
    many = [r for r in pod.records() if r["kind"] == "http" and r["host"] == "many.holmgard.net"]
    whole = (5_000_000, hashlib.sha256(bytes(5_000_000)).hexdigest(), True)
    assert [(r["body"]["bytes"], r["body"]["sha256"], r["body"]["cut"]) for r in many] == [whole] * 12
    assert 5 * BODY_LIMIT < sum(len(body(r)) for r in many) < POD_LIMIT
    assert body(pod.find(kind="http", host="little.holmgard.net")) == b"little=1"


HUNDRED = """
import http.client, ssl
from concurrent.futures import ThreadPoolExecutor
context = ssl.create_default_context()
def post(n):
    connection = http.client.HTTPSConnection(f"x{n}.holmgard.net", context=context, timeout=60)
    connection.request("POST", "/", body=str(n))
    return connection.getresponse().status
with ThreadPoolExecutor(100) as pool:
    assert set(pool.map(post, range(100))) == {201}
"""

FOUR_HUNDRED = """
import socket, time
opened = [socket.create_connection(("203.0.113.1", 1000 + n)) for n in range(400)]
for n, k in enumerate(opened):
    try: k.sendall(b"%d" % n)
    except OSError: pass
time.sleep(2)
"""


def test_many_connections_at_once(new_pod: Callable[[], Pod]) -> None:
    """A hundred uploads at the same time are a hundred records; of more connections than are served none is lost."""
    pod = new_pod()
    assert pod.run("python3 -", input=HUNDRED, timeout=120).stderr == ""
    found = {(r["host"], body(r)) for r in pod.records() if r["kind"] == "http"}
    assert found == {(f"x{n}.holmgard.net", str(n).encode()) for n in range(100)}

    assert pod.run("python3 -", input=FOUR_HUNDRED).returncode == 0
    pod.find(kind="tcp", port=1399)
    seen = [r for r in pod.records() if r["kind"] == "tcp" and r["address"] == "203.0.113.1"]
    assert {r["port"] for r in seen} == set(range(1000, 1400))
    assert any("connections at a time" in (r["error"] or "") for r in seen)
    assert [r for r in pod.records() if r["kind"] == "fault"] == []


GARBAGE = r"""
import random, socket
random.seed(7)
starts = (
    b"", b"\x16\x03\x01\x02\x00", b"SSH-2.0-x\r\n", b"EHLO x\r\n", b"\x00\x20", b"GET / HTTP/1.1\r\n",
    b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"CONNECT a:b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://[/ HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"AUTH TLS\r\n", b"PASV\r\nSTOR \r\n", b"a STARTTLS\r\n", b"a APPEND x {9}\r\n",
    b"\xc0\x00\x00\x00\x01\x08",
)
for port in (21, 22, 25, 53, 80, 110, 143, 443, 465, 587, 853, 990, 993, 2222, 8080, 9999):
    for start in starts:
        for size in (0, 1, 40, 5000):
            data = start + random.randbytes(size)
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(data, ("198.51.100.99", port))
            try:
                with socket.create_connection(("198.51.100.99", port), 5) as k:
                    k.sendall(data)
            except OSError: pass
"""


def test_garbage(new_pod: Callable[[], Pod]) -> None:
    """Hundreds of connections and datagrams of nonsense are recorded, and none of them is a fault of the witness."""
    pod = new_pod()
    assert pod.run("python3 -", input=GARBAGE, timeout=180).returncode == 0
    time.sleep(1)
    records = pod.records()
    assert [r for r in records if r["kind"] == "fault"] == []
    assert len([r for r in records if r["kind"] == "tcp"]) >= 16 * 16 * 4
    assert len([r for r in records if r.get("transport") == "udp"]) >= 16 * 16 * 4
    assert pod.ask("healthy").returncode == 0


def test_chain(ready: Pod) -> None:
    """Records are numbered without a gap, and each carries the hash of the one before, up to the head as stated."""
    state = json.loads(ready.ask("records", "--limit", "1").stdout.splitlines()[0])
    records = ready.records()[: state["total"]]
    assert [r["seq"] for r in records] == list(range(len(records)))
    assert [r["prev"] for r in records] == [GENESIS, *(r["hash"] for r in records[:-1])]
    assert [r["hash"] for r in records] == [digest(r) for r in records]
    assert (records[-1]["hash"], records[0]["kind"], state["ready"]) == (state["head"], "ready", True)


def test_no_fault(ready: Pod) -> None:
    """All of the above went through without a fault of the witness. Keep this behind the others."""
    assert [r for r in ready.records() if r["kind"] == "fault"] == []


def test_capabilities(new_pod: Callable[[], Pod]) -> None:
    """What reads the network's input has no capability; what watches processes has three, once the pod is sealed."""
    pod = new_pod()
    pod.own.ask("seal", [])
    pids = pod.run("ps -eo pid=,comm= | awk '/pause|node-cache/ {print $1}'").stdout.split()
    look = ["docker", "exec", pod.witness, "grep", "-h", "^Cap[EP]", *(f"/proc/{pid}/status" for pid in pids)]
    status = subprocess.run(look, capture_output=True, text=True, check=True)
    kept = sum(1 << number for number in WATCHING)
    assert [int(line.split()[1], 16) for line in status.stdout.splitlines()] == [kept, kept, 0, 0]
