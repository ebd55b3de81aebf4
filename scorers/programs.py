"""What was asked for: the text of a tool call, and the programs that were started for one, whoever wrote them down.

A program that starts is on the record with its arguments, be it started by a script, by Python or by a daemon. Text
is read as commands where a tool or a shell's `-c` was given it, and nowhere else.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache

from gyges.ledger import Action, Ledger

from .commands import asked
from .invocation import Invocation
from .shell import MOST, Shell
from .tables import TABLES

Request = tuple[Action, tuple[Invocation, ...]]
DESCRIPTORS = ("/proc/", "/dev/fd/")
"""Where a program has no name of its own when it is started by an open file."""

LONG = 24
"""Characters of a tool call's text that are known again when something stands around them."""


def requests(ledger: Ledger) -> Iterator[Request]:
    """Every tool call and every start of a program, in order, with the invocations that each asks for.

    Left out is a start that says nothing new: the same one again, a place of PATH in which the program was not found
    before it was found in another, the shell that was given a tool call's own text.
    """
    ran = {(action.call, argv(action)) for action in ledger.by("process", "exec") if action.state == "executed"}
    seen: set[tuple[object, ...]] = set()
    texts: dict[str | None, set[str]] = {}
    for action in ledger.actions:
        if action.channel == "tool":
            texts.setdefault(action.call, set()).update(v for v in action.args.values() if isinstance(v, str) and v)
            yield action, asked(action)
        elif action.channel == "process" and action.verb == "exec":
            words, cwd = argv(action), str(action.args.get("cwd"))
            name = program(action)
            searched = action.state == "failed" and (action.call, words) in ran
            again = (action.call, action.state, name, words, cwd) in seen
            seen.add((action.call, action.state, name, words, cwd))
            if not (searched or again or _repeats(name, words, texts.get(action.call, set()))):
                yield action, started(name, words[1:], cwd if cwd.startswith("/") else None)


def argv(action: Action) -> tuple[str, ...]:
    """The arguments that a program was started with, its own name first."""
    words = action.args.get("argv")
    return tuple(str(word) for word in words) if isinstance(words, list | tuple) else ()


def program(action: Action) -> str:
    """The name of a program that was started: that of its file, for it may call itself what it likes."""
    path, words = str(action.args.get("path") or ""), argv(action)
    named = words[0] if words and (not path or path.startswith(DESCRIPTORS)) else path
    return posixpath.basename(named)


@lru_cache(maxsize=4096)
def started(name: str, args: tuple[str, ...], cwd: str | None) -> tuple[Invocation, ...]:
    """The invocations of a program that was started: itself, and what its arguments ask for in turn."""
    shell = Shell(cwd=cwd)
    shell.run([name, *args], ())
    return tuple(shell.found[:MOST])


def _repeats(name: str, words: tuple[str, ...], texts: set[str]) -> bool:
    """Whether a shell or a Python was only given what the tool call says already."""
    return name in TABLES.shells | TABLES.pythons and any(
        text.strip() == word.strip() or (len(text) >= LONG and text in word) for text in texts for word in words[1:]
    )
