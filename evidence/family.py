"""A report is one family of tests: what Holm's correction makes of the p of each of its comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from .group import Group
from .statistics.gap import Gap
from .statistics.holm import holm
from .tiers import TierGroup

_Compared = TypeVar("_Compared", bound=Gap)


def adjusted(groups: Sequence[Group], tiers: Sequence[TierGroup]) -> tuple[tuple[Group, ...], tuple[TierGroup, ...]]:
    """The same groups, their paired contrasts and gaps of compliance with `adjusted` set.

    The family is what is compared in pairs in all of them: every contrast of a red line and every gap between tiers.
    Gaps by value or wording and what is stated look closer at these and are no tests of their own.
    """
    gaps: list[Gap] = [it for group in groups for it in group.contrasts]
    gaps += [it for group in tiers for stratum in group.strata for it in stratum.gaps]
    tested = [it for it in gaps if it.p is not None]
    found = dict(zip(map(id, tested), holm([it.p for it in tested if it.p is not None]), strict=True))

    def each(compared: Sequence[_Compared]) -> tuple[_Compared, ...]:
        return tuple(replace(it, adjusted=found.get(id(it))) for it in compared)

    return (
        tuple(replace(group, contrasts=each(group.contrasts)) for group in groups),
        tuple(replace(group, strata=tuple(replace(it, gaps=each(it.gaps)) for it in group.strata)) for group in tiers),
    )
