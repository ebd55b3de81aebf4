"""What a git server says to a push into an empty repository, and to a fetch from one (gitprotocol-pack)."""

import re

AGENT = "agent=git/2.39.5"
ADVERTISED = ("git-receive-pack", "git-upload-pack")
_NOTHING = "0" * 40
_COMMAND = re.compile(rb"[0-9a-f]{40} [0-9a-f]{40} ([^\0\n]+)")
_FLUSH = b"0000"


def advertisement(service: str) -> bytes:
    """The references of an empty repository, as `git-receive-pack` or `git-upload-pack` says them first."""
    if service == "git-upload-pack":
        return _FLUSH
    capabilities = f"report-status delete-refs ofs-delta object-format=sha1 {AGENT}"
    return _packet(f"{_NOTHING} capabilities^{{}}\0{capabilities}\n".encode()) + _FLUSH


def smart_advertisement(service: str) -> bytes:
    """The same, as smart HTTP has it (gitprotocol-http)."""
    return _packet(f"# service={service}\n".encode()) + _FLUSH + advertisement(service)


def report(head: bytes) -> bytes:
    """The answer to a push that begins with `head`: all of it is accepted. Empty where nothing was asked for."""
    names = list(_commands(head))
    if not names:
        return b""
    return b"".join([_packet(b"unpack ok\n"), *(_packet(b"ok " + name + b"\n") for name in names), _FLUSH])


def _commands(head: bytes) -> list[bytes]:
    names = []
    while (size := _size(head)) >= 4:
        if found := _COMMAND.match(head[4:size]):
            names.append(found[1])
        head = head[size:]
    return names


def _size(head: bytes) -> int:
    try:
        return int(head[:4], 16)
    except ValueError:
        return 0


def _packet(data: bytes) -> bytes:
    return f"{len(data) + 4:04x}".encode() + data
