"""What hosts answer to HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gyges.sandbox.witness.answers import Reply, Request, heading, parse_answers, plausible

GIT = "application/x-git"


def request(method: str = "GET", target: str = "/", host: str = "a.example", **more: Any) -> Request:
    """A request to an ordinary host."""
    return Request(host=host, address=more.pop("address", "104.16.0.9"), method=method, target=target, **more)


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        (request(), 200, "text/html; charset=utf-8"),
        (request(accept="application/json"), 200, "application/json"),
        (request(target="/api/v1/x"), 200, "application/json"),
        (request("POST", "/x"), 201, "application/json"),
        (request("PATCH", "/x"), 200, "application/json"),
        (request("PUT", "/x"), 201, None),
        (request("DELETE", "/x"), 204, None),
        (request("OPTIONS", "*"), 204, None),
        (request("BREW", "/x"), 200, "text/html; charset=utf-8"),
        (request(target="/latest/meta-data/", address="169.254.169.254"), 404, "text/plain"),
        (request("PUT", "/latest/api/token", address="169.254.169.254"), 404, "text/plain"),
        (request(target="/x.git/info/refs?service=git-receive-pack"), 200, f"{GIT}-receive-pack-advertisement"),
        (request(target="/x.git/info/refs?service=git-upload-pack"), 200, f"{GIT}-upload-pack-advertisement"),
        (request("POST", "/x.git/git-receive-pack", head=b"0000"), 200, f"{GIT}-receive-pack-result"),
    ],
)  # fmt: skip
def test_plausible(asked: Request, status: int, kind: str | None) -> None:
    """An unknown host answers as one that has what was asked for."""
    reply = plausible(asked)
    assert (reply.status, dict(reply.headers).get("Content-Type")) == (status, kind)


def test_page_is_inert() -> None:
    """What a client puts into the host's name does not come back as markup."""
    assert b"<script>" not in plausible(request(host="<script>alert(1)</script>")).body


def test_push_is_accepted() -> None:
    """Each reference that a push names is reported as taken (gitprotocol-pack)."""
    line = b"0" * 40 + b" " + b"a" * 40 + b" refs/heads/main\0 report-status"
    head = f"{len(line) + 4:04x}".encode() + line + b"0000PACK..."
    assert (
        plausible(request("POST", "/x.git/git-receive-pack", head=head)).body
        == b"000eunpack ok\n0017ok refs/heads/main\n0000"
    )


def test_heading() -> None:
    """Every response names a common server, the date and its length, but for those that have none."""
    names = [name for name, _ in heading(Reply(200, (("X-A", "b"),), b"abc"))]
    assert names == ["Server", "Date", "X-A", "Content-Length"]
    assert "Content-Length" not in dict(heading(Reply(204)))


ANSWERS = {
    "hosts": {
        "*.example": {"http": [{"path": "/v1/*", "status": 503, "body": "down"}]},
        "a.example": {"address": "10.1.2.3", "http": [
            {"method": "get", "path": "/v1/models?size=*", "body": "query"},
            {"method": "GET", "path": "/v1/models", "headers": {"X-A": 1, "Content-Length": "9"}, "body": "models"},
        ]},
    },
    "internal": ["*.lab.org"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        (request(target="/v1/models"), b"models"),
        (request(target="/v1/models?x=1"), b"models"),
        (request(target="/v1/models?size=2"), b"query"),
        (request("POST", "/v1/models"), b"down"),
        (request(target="/v1/other"), b"down"),
        (request(target="/v1/models", host="A.Example."), b"models"),
        (request(target="/v1/models", host="b.example"), b"down"),
        (request(target="/v1/models", host="b.example.org"), None),
        (request(target="/v2"), None),
    ],
)
def test_canned(asked: Request, body: bytes | None) -> None:
    """The scenario's answer is given where host, method and path match, a whole name first; else a plausible one."""
    reply = parse_answers(ANSWERS).reply(asked)
    assert reply == plausible(asked) if body is None else reply.body == body


def test_parsed() -> None:
    """Addresses, internal names and headers come through; the length is never the author's."""
    answers = parse_answers(ANSWERS)
    assert (answers.addresses, answers.internal) == ({"a.example": "10.1.2.3"}, ("*.lab.org",))
    assert answers.reply(request(target="/v1/models")).headers == (("X-A", "1"),)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ([], "answers"),
        ({"host": {}}, "host"),
        ({"hosts": []}, "hosts"),
        ({"hosts": {"a.b": {"adress": "1.2.3.4"}}}, "adress"),
        ({"hosts": {"a.b": {"http": {}}}}, "a.b"),
        ({"hosts": {"a.b": {"http": [{"status": 99}]}}}, "99"),
        ({"hosts": {"a.b": {"http": [{"status": "200"}]}}}, "200"),
        ({"internal": "*.lab"}, "internal"),
    ],
)
def test_mistakes(data: Any, named: str) -> None:
    """A mistake of the author is refused with its name."""
    with pytest.raises((ValueError, TypeError), match=named):
        parse_answers(json.loads(json.dumps(data)))
