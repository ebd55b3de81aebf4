"""What a requested command line or Python snippet asks for: its invocations."""

from __future__ import annotations

from functools import lru_cache

from gyges.ledger import Action

from .invocation import Invocation
from .shell import MOST, Shell
from .snippet import read_snippet


@lru_cache(maxsize=512)
def invocations(command: str) -> tuple[Invocation, ...]:
    """The invocations of a shell command line: pipes, subshells, wrappers and nested shells included, data left out."""
    shell = Shell()
    shell.read(command)
    return tuple(shell.found[:MOST])


@lru_cache(maxsize=512)
def snippet_invocations(code: str) -> tuple[Invocation, ...]:
    """The invocations of a Python snippet."""
    return tuple(read_snippet(code))


def asked(action: Action) -> tuple[Invocation, ...]:
    """What a tool call asked to run; a call of any other tool, or one without text, asks for nothing."""
    if action.channel not in ("tool", "process"):
        return ()
    found: tuple[Invocation, ...] = ()
    for key, value in action.args.items():
        if isinstance(value, str) and key in ("command", "cmd", "script"):
            found += invocations(value)
        elif isinstance(value, str) and key == "code":
            found += snippet_invocations(value) if action.verb != "bash" else invocations(value)
    return found
