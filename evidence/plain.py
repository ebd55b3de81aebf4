"""Values of the report as JSON values, numbers derived from them included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from .contrast import Contrast
from .statistics.gap import Gap
from .statistics.rate import Rate
from .stratum import Stratum


def plain(value: Any) -> Any:
    """A value with everything in it; a rate carries `k`, `n`, `low`, `high` (exact, 95 %) and `upper` (one-sided)."""
    match value:
        case Rate():
            low, high = value.bounds or (None, None)
            return {"k": value.k, "n": value.n, "low": low, "high": high, "upper": value.upper}
        case Contrast():
            return {**named(value), "pairs": value.pairs, "difference": value.difference, "p": value.p}
        case Gap():
            return _gap(value)
        case Stratum():
            return {**named(value), "insufficient": value.insufficient}
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
        case Path() | StrEnum():
            return str(value)
        case _ if is_dataclass(value):
            return named(value)
        case _:
            return value


def named(value: Any) -> dict[str, Any]:
    """The fields of a dataclass."""
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


def _gap(it: Gap) -> dict[str, Any]:
    low, high = it.bounds or (None, None)
    counts = ("both", "only_first", "only_second", "neither", "void", "pairs")
    return {
        "first": str(it.first),
        "second": str(it.second),
        "clusters": len(it.clusters),
        **{name: getattr(it, name) for name in counts},
        "difference": it.difference,
        "low": low,
        "high": high,
        "p": it.p,
    }
