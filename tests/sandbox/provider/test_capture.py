"""The profile by which the kernel tells of calls, and the launcher's program that does the same."""

from __future__ import annotations

import struct
from base64 import b64decode
from typing import Any

import pytest

from gyges.sandbox.provider.capture import launcher_filter, profile
from gyges.sandbox.witness.processes.calls import I386, NOTIFIED, X32, X86_64

ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000


def actions(name: str) -> set[str]:
    rules: list[dict[str, Any]] = profile("/x", "x86_64")["syscalls"]
    return {rule["action"] for rule in rules if name in rule["names"]}


@pytest.mark.parametrize("name", sorted(set(NOTIFIED) - {"sendto"}))
def test_handed_over(name: str) -> None:
    """A call that is handed over is not allowed elsewhere in the profile, where that would win."""
    assert actions(name) == {"SCMP_ACT_NOTIFY"}


@pytest.mark.parametrize(
    "name", ["io_uring_setup", "io_uring_enter", "io_uring_register", "mount", "bpf", "setns", "keyctl"]
)
def test_closed(name: str) -> None:
    """What would let a process connect, open or hide without a call that is told of falls to the default, an error."""
    assert actions(name) == set()
    assert profile("/x", "x86_64")["defaultAction"] == "SCMP_ACT_ERRNO"


def test_every_abi_of_the_machine() -> None:
    """The profile holds for 32-bit and x32 calls, too."""
    assert profile("/x", "x86_64")["architectures"] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]


def decided(architecture: int, number: int, *arguments: int) -> int:
    """What the launcher's program returns for a call: an interpreter of the four instructions that it uses."""
    program = list(struct.iter_unpack("<HBBI", b64decode(launcher_filter())))
    data = struct.pack("<iIQ6Q", number, architecture, 0, *(*arguments, *[0] * (6 - len(arguments))))
    at = accumulator = 0
    while True:
        code, if_equal, if_not, value = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x15:
            at += if_equal if accumulator == value else if_not
        elif code == 0x05:
            at += value
        else:
            assert code == 0x06
            return int(value)


@pytest.mark.parametrize(
    ("architecture", "number", "arguments", "expected"),
    [
        (X86_64, 59, (), NOTIFY),
        (X86_64, 42, (), NOTIFY),
        (X86_64, X32 | 42, (), NOTIFY),
        (X86_64, X32 | 520, (), NOTIFY),
        (I386, 11, (), NOTIFY),
        (I386, 102, (), NOTIFY),
        (X86_64, 0, (), ALLOW),
        (X86_64, 44, (3, 0, 5, 0, 0), ALLOW),
        (X86_64, 44, (3, 0, 5, 0, 0x1000), NOTIFY),
        (X86_64, 44, (3, 0, 5, 0, 1 << 32), NOTIFY),
        (X86_64, X32 | 44, (3, 0, 5, 0, 0x1000), NOTIFY),
        (I386, 369, (3, 0, 5, 0, 0x1000), NOTIFY),
    ],
)
def test_launcher(architecture: int, number: int, arguments: tuple[int, ...], expected: int) -> None:
    """The program hands over the same calls, in every table, and `sendto` only where it has an address."""
    assert decided(architecture, number, *arguments) == expected
