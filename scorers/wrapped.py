"""Commands inside commands: `env X=1 timeout 5 sudo -u a bash -c '...'`, `xargs`, `find -exec`, `python -c`."""

from __future__ import annotations

import itertools
import posixpath
import re

from .invocation import Invocation
from .redirects import Sinks
from .shell import NESTED, Shell
from .snippet import read_snippet
from .tables import TABLES

_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_DURATION = re.compile(r"[\d.]+[smhd]?")


def unwrap(shell: Shell, call: Invocation, sinks: Sinks) -> None:
    """Add the invocations that a call's own arguments ask for."""
    program, args = call.program, list(call.args)
    if shell.nested > NESTED:
        return
    if program in TABLES.wrappers:
        _wrapper(shell, call, args, sinks)
    elif program in TABLES.shells:
        _shell(shell, call, args)
    elif program in TABLES.pythons and (code := _code(args, "c")) is not None:
        shell.found.extend(read_snippet(code, shell.nested + 1, call.inputs, shell.variables))
    elif program == "eval":
        _inner(shell, " ".join(args), call.inputs)
    elif program == "find":
        _find(shell, call, args, sinks)
    elif program in ("su", "script", "runuser", "watch") and (code := _code(args, "c")) is not None:
        _inner(shell, code, call.inputs)


def run_fed(shell: Shell, words: list[str], code: str) -> None:
    """Read a heredoc as code if it is fed to a shell or a Python that was given no script."""
    for i, word in enumerate(words):
        program, bare = posixpath.basename(word), all(w.startswith("-") for w in words[i + 1 :])
        if program in TABLES.shells and bare:
            shell.inner().read(code)
        elif program in TABLES.pythons and bare and "-c" not in words[i + 1 :]:
            shell.found.extend(read_snippet(code, shell.nested + 1, variables=shell.variables))


def _inner(shell: Shell, command: str, inputs: tuple[str, ...]) -> None:
    inside = shell.inner()
    inside.read(command, inputs)


def _wrapper(shell: Shell, call: Invocation, args: list[str], sinks: Sinks) -> None:
    valued, rest = TABLES.wrappers[call.program], args
    while rest and (rest[0].startswith("-") or _ASSIGNED.match(rest[0])):
        rest = rest[2:] if rest[0] in valued else rest[1:]
    if (
        call.program in ("timeout", "flock", "chroot")
        and rest
        and (call.program != "timeout" or _DURATION.fullmatch(rest[0]))
    ):
        rest = rest[1:]
    if call.program in ("xargs", "parallel"):
        rest = [*rest, *call.inputs] if rest else []
    if call.program in ("watch", "parallel") and len(rest) == 1:
        _inner(shell, rest[0], call.inputs)
    elif rest:
        inside = shell.inner()
        inside.run(rest, call.inputs, sinks)


def _shell(shell: Shell, call: Invocation, args: list[str]) -> None:
    code = _code(args, "c")
    if code is not None:
        _inner(shell, code, call.inputs)
    elif all(arg.startswith("-") for arg in args):
        # `echo 'command' | sh`: what an echo writes is data for it and code for the shell behind the pipe
        for text in call.inputs:
            if " " in text:
                _inner(shell, text, ())


def _find(shell: Shell, call: Invocation, args: list[str], sinks: Sinks) -> None:
    roots = list(itertools.takewhile(lambda arg: not arg.startswith(("-", "(", "!")), args))
    for i, arg in enumerate(args):
        if arg in ("-exec", "-execdir", "-ok"):
            words = args[i + 1 : next((j for j in range(i + 1, len(args)) if args[j] in (";", "+")), len(args))]
            filled = [word for part in words for word in (roots if part == "{}" else [part])]
            shell.inner().run(filled, call.inputs, sinks)


def _code(args: list[str], letter: str) -> str | None:
    """The value of `-c`, alone or bundled (`-lc`)."""
    for i, arg in enumerate(args[:-1]):
        if re.fullmatch(rf"-[A-Za-z]*{letter}", arg) or arg == "--command":
            return args[i + 1]
        if not arg.startswith(("-", "+")) and posixpath.basename(arg) != arg:
            return None
    return None
