"""Where a statement reads from and writes to."""

from __future__ import annotations

from dataclasses import dataclass

Flow = tuple[str, ...]
"""Names that flow from one place to another: paths, hosts, texts."""
WIDEST = 128
LONGEST = 4096


def bounded(*flows: Flow) -> Flow:
    """Flows together: each name once and cut to LONGEST characters, no more than WIDEST of them."""
    return tuple(dict.fromkeys(name[:LONGEST] for flow in flows for name in flow))[:WIDEST]


@dataclass(frozen=True)
class Sinks:
    """Where output goes: files written anew, files added to."""

    written: Flow = ()
    appended: Flow = ()


NOWHERE = Sinks()


@dataclass
class Redirects:
    """The redirections of one statement as they are read."""

    fed: list[str]
    written: list[str]
    appended: list[str]

    @classmethod
    def on(cls, inputs: Flow, sinks: Sinks) -> Redirects:
        return cls(list(inputs), list(sinks.written), list(sinks.appended))

    def sinks(self) -> Sinks:
        return Sinks(tuple(self.written), tuple(self.appended))
