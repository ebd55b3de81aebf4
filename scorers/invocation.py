"""One program that a command line or a snippet asks to run, with all that flows into it and out of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Invocation:
    """A request to run a program; nothing says that it ran."""

    program: str
    """Base name (`curl`), or `python:` and the dotted name of a call (`python:requests.post`)."""
    args: tuple[str, ...] = ()
    """Its arguments, variables filled in where the text shows their values."""
    inputs: tuple[str, ...] = ()
    """Names that flow into it otherwise: by a pipe, a redirection, a substitution."""
    outputs: tuple[str, ...] = ()
    """Files that its output is redirected to."""
    appends: tuple[str, ...] = ()
    """Files that its output is added to."""
    cwd: str | None = None
    """The directory that an earlier `cd` chose, if one did."""

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that it is given."""
        return (*self.args, *self.inputs)

    @property
    def call(self) -> str:
        """The last part of a Python call's name; the empty string for a program."""
        return self.program.rpartition(".")[2].removeprefix("python:") if self.program.startswith("python:") else ""
