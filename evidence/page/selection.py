"""What a page shows of many things: a bounded number, chosen by rank and kept in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

_Thing = TypeVar("_Thing")
_Kept = TypeVar("_Kept", covariant=True)  # noqa: PLC0105 - named for what it is


@dataclass(frozen=True)
class Selection(Generic[_Kept]):
    """The things that are shown, and how many are not."""

    kept: tuple[_Kept, ...]
    left_out: int

    @property
    def all(self) -> int:
        return len(self.kept) + self.left_out


def select(things: Iterable[_Thing], limit: int, rank: Callable[[_Thing], Any] | None = None) -> Selection[_Thing]:
    """The `limit` things of the highest rank, the earlier ones first among equals; the first ones without a rank."""
    found = list(things)
    if len(found) <= limit:
        return Selection(tuple(found), 0)
    order = (
        range(len(found)) if rank is None else sorted(range(len(found)), key=lambda nth: rank(found[nth]), reverse=True)
    )
    return Selection(tuple(found[nth] for nth in sorted(order[:limit])), len(found) - limit)
