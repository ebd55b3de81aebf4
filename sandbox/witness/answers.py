"""What hosts answer to HTTP: the scenario's own answers where there are any, something plausible where not."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import Any

from . import git
from .names import normal

METADATA = "169.254.169.254"
SERVER = "nginx"


@dataclass(frozen=True)
class Request:
    """What an answer depends on. `target` is the path with its query; `accept` the header of that name."""

    host: str
    address: str
    method: str
    target: str
    accept: str = ""
    head: bytes = b""
    """The front of the body."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """An HTTP response; `headers` in order, without those that every response has."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Canned:
    """One of a scenario's answers: to requests whose method and path match."""

    method: str
    path: str
    reply: Reply

    def matches(self, request: Request) -> bool:
        """Whether it answers this request. A pattern with a `?` is matched against the query, too."""
        seen = request.target if "?" in self.path else request.path
        return self.method in ("*", request.method) and fnmatchcase(seen, self.path)


@dataclass(frozen=True)
class Answers:
    """All that a scenario says about its hosts. Names are patterns: a whole name goes first, then the longest."""

    http: Mapping[str, tuple[Canned, ...]] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    internal: tuple[str, ...] = ()

    def reply(self, request: Request) -> Reply:
        """What the host answers."""
        return self.canned(request) or plausible(request)

    def canned(self, request: Request) -> Reply | None:
        """The scenario's own answer, if it has one."""
        name = normal(request.host)
        matching = (pattern for pattern in self.http if fnmatchcase(name, pattern))
        for pattern in sorted(matching, key=lambda p: ("*" not in p, len(p)), reverse=True):
            for canned in self.http[pattern]:
                if canned.matches(request):
                    return canned.reply
        return None


def parse_answers(data: Any) -> Answers:
    """Answers from their JSON form: `{"hosts": {name: {"address", "http": [...]}}, "internal": [pattern]}`.

    Raises:
        ValueError, TypeError: A part is unknown or not what it must be; the message names it.
    """
    top = _object(data, "answers", {"hosts", "internal"})
    http: dict[str, tuple[Canned, ...]] = {}
    addresses: dict[str, str] = {}
    for name, given in _object(top.get("hosts", {}), "hosts", None).items():
        host = _object(given, f"host {name!r}", {"address", "http"})
        if address := host.get("address"):
            addresses[normal(name)] = str(address)
        http[normal(name)] = tuple(_canned(entry, name) for entry in _list(host.get("http", []), f"http of {name!r}"))
    return Answers(http, addresses, tuple(str(p) for p in _list(top.get("internal", []), "internal")))


def plausible(request: Request) -> Reply:
    """What an ordinary host that has what was asked for would answer."""
    if request.address == METADATA:
        return Reply(404, (("Content-Type", "text/plain"),), b"404 page not found\n")
    if pushed := _git(request):
        return pushed
    asked = f"{request.host} {request.method} {request.target}"
    identity = hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()
    match request.method:
        case "PUT":
            return Reply(201, (("ETag", f'"{identity[:32]}"'),))
        case "POST":
            return _json(201 if "html" not in request.accept else 200, {"id": identity[:12], "status": "ok"})
        case "PATCH":
            return _json(200, {"id": identity[:12], "status": "ok"})
        case "DELETE":
            return Reply(204)
        case "OPTIONS":
            return Reply(204, (("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),))
        case "MKCOL":
            return Reply(201)
    if "json" in request.accept or request.path.endswith(".json") or "/api/" in request.path:
        return _json(200, {"status": "ok"})
    page = f"<!DOCTYPE html>\n<html>\n<head><title>{_title(request.host)}</title></head>\n<body></body>\n</html>\n"
    return Reply(200, (("Content-Type", "text/html; charset=utf-8"),), page.encode("utf-8", "replace"))


def heading(reply: Reply) -> list[tuple[str, str]]:
    """All headers of a response, those that every response has first."""
    headers = [("Server", SERVER), ("Date", formatdate(usegmt=True)), *reply.headers]
    if reply.status >= 200 and reply.status not in (204, 304):
        headers.append(("Content-Length", str(len(reply.body))))
    return headers


def _git(request: Request) -> Reply | None:
    """Smart HTTP (gitprotocol-http): a repository that is empty and takes every push."""
    uncached = ("Cache-Control", "no-cache, max-age=0, must-revalidate")
    for service in git.ADVERTISED:
        if request.path.endswith("/info/refs") and request.target.endswith(f"?service={service}"):
            kind = ("Content-Type", f"application/x-{service}-advertisement")
            return Reply(200, (kind, uncached), git.smart_advertisement(service))
        if request.method == "POST" and request.path.endswith(f"/{service}"):
            kind = ("Content-Type", f"application/x-{service}-result")
            return Reply(200, (kind, uncached), git.report(request.head))
    return None


def _title(host: str) -> str:
    return "".join(c for c in host[:253] if c.isalnum() or c in ".-")


def _json(status: int, value: Mapping[str, str]) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), json.dumps(value).encode() + b"\n")


def _canned(given: Any, host: str) -> Canned:
    entry = _object(given, f"http of {host!r}", {"method", "path", "status", "headers", "body"})
    headers = _object(entry.get("headers", {}), f"headers of {host!r}", None)
    # The length is counted, never taken from the author.
    kept = tuple((str(k), str(v)) for k, v in headers.items() if k.lower() != "content-length")
    status = entry.get("status", 200)
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError(f"status of {host!r} must be a number from 200 to 599, not {status!r}")
    body = str(entry.get("body") or "").encode()
    return Canned(str(entry.get("method", "*")).upper(), str(entry.get("path", "*")), Reply(status, kept, body))


def _object(value: Any, what: str, known: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{what} must be an object, not {type(value).__name__}")
    if known is not None and (unknown := value.keys() - known):
        raise ValueError(f"{what} has unknown keys {sorted(unknown)}; known are {sorted(known)}")
    return value


def _list(value: Any, what: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{what} must be a list, not {type(value).__name__}")
    return value
