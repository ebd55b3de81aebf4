"""What the tables of a report are laid out with."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from .inert import inert


def columns(*names: str) -> Table:
    """An empty table with these columns of words; they fold where the terminal is narrow."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(Text(inert(name)), overflow="fold")
    return table


def levels(mapping: Mapping[str, str]) -> str:
    """`name=value` for each, made inert."""
    return " ".join(f"{inert(name)}={inert(value, 40)}" for name, value in mapping.items())


def points(difference: float, low: float, high: float) -> str:
    """`+12 [-3, +20]`: a difference of shares and its interval in percentage points."""
    return f"{100 * difference:+.0f} [{100 * low:+.0f}, {100 * high:+.0f}]"
