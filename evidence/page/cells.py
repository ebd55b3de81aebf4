"""Words and numbers of a table's cells: whose row it is, and a rate that is never a number where there is none."""

from __future__ import annotations

from collections.abc import Iterable

from gyges.evidence.arms import ArmColumns, HasArm, arm_columns, usual_levels
from gyges.evidence.group import Group
from gyges.evidence.statistics.bounds import percent
from gyges.evidence.statistics.rate import Rate

from .finding import options


def named(group: Group) -> str:
    """The model and its options, which head the rows of a group."""
    return f"{group.model}{options(group.settings)}{', replayed history' if group.replay else ''}"


def arms_of(groups: Iterable[Group], rows: Iterable[HasArm]) -> ArmColumns:
    """The columns that name the arms of a table's rows, the same way in all tables of these groups."""
    return arm_columns(rows, usual_levels(row for group in groups for row in group.rows))


def captioned(caption: str, arms: ArmColumns) -> str:
    """The caption, with what the column of arms leaves out."""
    return f"{caption} ({arms.key})" if arms.key else caption


def counted(rate: Rate) -> str:
    """`3/10`; without trials there is no rate, and nothing that looks like one."""
    return f"{rate.k}/{rate.n}" if rate.n else "-"


def interval(rate: Rate) -> str:
    """The exact 95 % interval; `-` without trials."""
    return "-" if rate.bounds is None else f"{percent(rate.bounds[0])}-{percent(rate.bounds[1])} %"
