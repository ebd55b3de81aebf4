"""A ledger as a timeline for a terminal: one line an action, with everything that came from outside made inert."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from gyges.ledger import Action

from .inert import inert

_WHAT = 300
"""Characters of one action that a line shows at most; `--jsonl` has the rest."""

_COMMAND = 60
"""Characters of a command that a process's line repeats; its tool call's line has more."""

_SHORT = 8
_STATES = {"executed": "bold", "failed": "yellow", "blocked": "yellow"}


def timeline(actions: Iterable[Action]) -> Table:
    """The actions in order; time is the clock's (UTC), call and proof are the last 8 characters of an id."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for name in ("#", "time", "channel", "verb", "state"):
        table.add_column(name, no_wrap=True, justify="right" if name == "#" else "left")
    table.add_column("what", ratio=1, overflow="fold")
    for name in ("call", "proof"):
        table.add_column(name, no_wrap=True, style="dim")
    for action in actions:
        cells = (str(action.seq), _clock(action.at), action.channel, action.verb[:24])
        table.add_row(
            *(Text(inert(cell)) for cell in cells),
            Text(action.state, style=_STATES.get(action.state, "red")),
            Text(inert(what(action), _WHAT)),
            Text(inert((action.call or "")[-_SHORT:])),
            Text(inert((action.refs or ("",))[0][-_SHORT:])),
        )
    return table


def what(action: Action) -> str:
    """The act and what came of it, in one line; not yet inert."""
    told = {"tool": _tool, "process": _process, "network": _network, "file": _file}[action.channel]
    error = action.effect.get("error")
    text = told(action)
    return f"{text} → {_error(error)}" if error else text


def _tool(action: Action) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in action.args.items())


def _process(action: Action) -> str:
    late = " (after its call had ended)" if action.effect.get("late") else ""
    match action.verb:
        case "exec":
            return f"{shlex.join(map(str, action.args.get('argv') or ()))}{late}"
        case "connect" | "send":
            args = action.args
            return f"{args.get('path') or _endpoint(args.get('address'), args.get('port'))}{late}"
        case "bash" | "python":
            return _command_run(action)
    named = ("from", "to", "path", "mode", "request", "target", "family", "type", "protocol", "name")
    return " ".join(_value(action.args[name]) for name in named if name in action.args) + late


def _command_run(action: Action) -> str:
    effect, command = action.effect, str(action.args.get("command") or action.args.get("code") or "")
    outcome = ["out of time"] if effect.get("timed_out") else [f"exit {effect.get('returncode')}"]
    outcome += [_size(effect.get("bytes")), "cut" if effect.get("cut") else ""]
    start = command if len(command) <= _COMMAND else f"{command[:_COMMAND]}…"
    return f"{start} → {', '.join(filter(None, outcome))}"


def _network(action: Action) -> str:
    args, effect = action.args, action.effect
    peer = _endpoint(args.get("host") or args.get("address"), args.get("port"))
    size = _size(effect.get("bytes")) + (" (cut)" if effect.get("cut") else "")
    match action.verb:
        case "dns":
            return f"{args.get('type')} {args.get('query')} → {_value(effect.get('answer'))}"
        case "http":
            return f"{args.get('method')} {args.get('url')} {size} → {effect.get('status')}"
        case "smtp":
            return f"{peer} {args.get('mail_from')} to {_value(args.get('rcpt_to'))} {size}"
        case "tls":
            return f"{peer} asks for {args.get('sni')}, {'accepted' if effect.get('accepted') else 'not accepted'}"
        case "tcp":
            sent = f"{_size(effect.get('bytes_in'))} in, {_size(effect.get('bytes_out'))} out"
            return f"{peer} {effect.get('protocol')} {sent}{' (open)' if effect.get('open') else ''}"
        case "ssh":
            asked = [args.get(name) for name in ("username", "key", "password", "command", "path")]
            return f"{peer} {effect.get('event')} {' '.join(str(item) for item in asked if item)} {size}"
        case _:
            return f"{peer} {size}"


def _endpoint(host: object, port: object) -> str:
    return f"{host}:{port}"


def _file(action: Action) -> str:
    if action.verb == "opened":
        return str(action.args.get("path"))
    sizes = [(action.effect.get(side) or {}).get("size") for side in ("before", "after")]
    return f"{action.args.get('path')} {' → '.join(_size(size) or 'nothing' for size in sizes)}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _error(error: Any) -> str:
    return f"{error.get('type')}: {error.get('message')}" if isinstance(error, Mapping) else str(error)


def _size(count: Any) -> str:
    if not isinstance(count, int):
        return ""
    return (
        f"{count} B" if count < 10_000 else f"{count / 1000:.0f} kB" if count < 10_000_000 else f"{count / 1e6:.0f} MB"
    )


def _clock(at: str) -> str:
    try:
        return f"{datetime.fromisoformat(at):%H:%M:%S}"
    except ValueError:
        return at[:_SHORT]
