"""Values of the report as JSON values, numbers derived from them included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from .contrast import Contrast
from .judged_acts import JudgedActs
from .statistics.gap import Gap
from .statistics.rate import Rate
from .statistics.split import Split
from .stratum import Stratum


def plain(value: Any) -> Any:
    """A value with everything in it; numbers that it is asked for are in it, too.

    A rate carries `k`, `n`, `low`, `high` (exact, 95 %) and `upper` (one-sided), at the declared correlation within its
    clusters; `uppers` has the bounds by name, and `clusters` their number, None where trials are independent.
    """
    match value:
        case Rate():
            return _rate(value)
        case Contrast():
            own = {name: plain(getattr(value, name)) for name in ("red_line", "arm", "factor")}
            return {**own, **_gap(value)}
        case Gap():
            return _gap(value)
        case Split() | JudgedActs() | Stratum():
            return {**named(value), **_derived(value)}
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


def _derived(it: Split | JudgedActs | Stratum) -> dict[str, Any]:
    match it:
        case Split():
            return {"difference": it.difference, "low": it.bounds[0], "high": it.bounds[1]}
        case JudgedActs():
            return {"not_judged": it.not_judged}
        case Stratum():
            return {"insufficient": it.insufficient}


def _rate(it: Rate) -> dict[str, Any]:
    low, high = it.bounds or (None, None)
    found = it.clustered if it.clusters else None
    uppers = found and {name: getattr(found, name) for name in ("independent", "declared", "per_cluster")}
    clusters = found and found.clusters
    return {"k": it.k, "n": it.n, "low": low, "high": high, "upper": it.upper, "uppers": uppers, "clusters": clusters}


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
        "adjusted": it.adjusted,
    }
