"""How far something long has come, on the terminal of whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@contextmanager
def progress(label: str, *, shown: bool = True) -> Iterator[Callable[[float, float], None]]:
    """Gives a function that takes how much is done, and of how much.

    The bar stands on standard error, only where that is a terminal, and goes when the block ends.

    Args:
        label: What is being done.
        shown: Whether there is a bar at all; off where standard output is for machines.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal)) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def running(console: Console, label: str) -> Iterator[None]:
    """A spinner with the time that has passed, for what does not say how far it is; it goes when the block ends."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        bar.add_task(label)
        yield
