"""How much of a pod can be recorded here, and the profile that makes it so.

3  network, files, and every process: the container runtime hands over what the kernel tells of (`listenerPath`)
2  network, files, and every process that a launcher in the pod started, which hands the same over
1  network, and guarded files between tool calls: Inspect's own docker provider
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from gyges.sandbox.witness.processes.calls import NOTIFIED, NUMBERS, X32, X86_64

Level = Literal[1, 2, 3]
PROFILE = Path(__file__).parent / "profile.yaml"
_SENDTO_ADDRESS = 4
_SOCKETCALL = "socketcall"
"""Through which 32-bit programs make sockets, connect and send."""


def profile(listener: str, architecture: str) -> dict[str, Any]:
    """A seccomp profile as the Docker Engine takes it, by which the runtime brings each process tree's notices.

    Args:
        listener: Path of the socket on this machine that it brings them to.
        architecture: What the engine calls the machine, such as `x86_64`.
    """
    declared = _declared()
    handed_over = (*NOTIFIED, _SOCKETCALL)
    # With an address, that is: connected sockets send without one, and are known by their `connect`.
    unconnected = _condition("sendto", _SENDTO_ADDRESS, "NE", 0, "NOTIFY")
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 1,
        "architectures": [f"SCMP_ARCH_{name}" for name in declared["architectures"].get(architecture, [])],
        "listenerPath": listener,
        "syscalls": [
            _rule(set(declared["allowed"].split()) - set(handed_over), "ALLOW"),
            _rule(set(handed_over) - {"sendto"}, "NOTIFY"),
            unconnected,
            _condition("sendto", _SENDTO_ADDRESS, "EQ", 0),
            *(_condition(*condition) for condition in declared["conditions"]),
            {**_rule(declared["absent"], "ERRNO"), "errnoRet": 38},
        ],
    }


def launcher_filter() -> str:
    """The same calls as a classic BPF program for the launcher (seccomp(2), linux/filter.h), in base64."""
    program: list[bytes] = []
    for architecture, names in NUMBERS.items():
        numbers = {number: name for number, name in names.items() if name in (*NOTIFIED, _SOCKETCALL)}
        if architecture == X86_64:
            numbers |= {number | X32: name for number, name in numbers.items()}
        body = [_load(_NUMBER), *(part for pair in numbers.items() for part in _told(*pair)), _return(_ALLOW)]
        program += [_load(_ARCHITECTURE), _instruction(_JUMP_EQUAL, architecture, 1, 0), _skip(len(body)), *body]
    return b64encode(b"".join([*program, _return(_ALLOW)])).decode("ascii")


def _told(number: int, name: str) -> list[bytes]:
    """Instructions that hand a call over if it has this number."""
    if name != "sendto":
        return [_instruction(_JUMP_EQUAL, number, 0, 1), _return(_NOTIFY)]
    address = _ARGUMENTS + 8 * _SENDTO_ADDRESS
    return [
        _instruction(_JUMP_EQUAL, number, 0, 6),
        _load(address),
        _instruction(_JUMP_EQUAL, 0, 0, 2),
        _load(address + 4),
        _instruction(_JUMP_EQUAL, 0, 1, 0),
        _return(_NOTIFY),
        _return(_ALLOW),
    ]


_LOAD_WORD, _JUMP_EQUAL, _JUMP, _GIVE = 0x20, 0x15, 0x05, 0x06
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in `struct seccomp_data`."""


def _instruction(code: int, value: int, if_equal: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_equal, if_not, value)


def _load(offset: int) -> bytes:
    return _instruction(_LOAD_WORD, offset)


def _return(action: int) -> bytes:
    return _instruction(_GIVE, action)


def _skip(count: int) -> bytes:
    return _instruction(_JUMP, count)


@cache
def _declared() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    return found


def _rule(names: Iterable[str], action: str) -> dict[str, Any]:
    return {"names": sorted(names), "action": f"SCMP_ACT_{action}"}


def _condition(name: str, index: int, comparison: str, value: int, action: str = "ALLOW") -> dict[str, Any]:
    compared = {"index": index, "value": value, "valueTwo": 0, "op": f"SCMP_CMP_{comparison}"}
    return {**_rule([name], action), "args": [compared]}
