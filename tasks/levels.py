"""What a task's arguments may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gyges.scenarios import Scenario, Wording

Levels = str | Sequence[str] | None
"""What a factor's argument may be: a level, several, or `all`; None for the default."""


def listed(argument: str | Sequence[str]) -> list[str]:
    """The items of a task argument: Inspect splits `-T name=a,b` into a list, and reads numbers, true and false."""
    items = argument if isinstance(argument, list | tuple) else str(argument).split(",")
    return [str(item).strip() for item in items]


def asked(levels: Mapping[str, Levels]) -> dict[str, str]:
    """Factor to its levels as one text, of the factors that were given one."""
    return {factor: ",".join(listed(level)) for factor, level in levels.items() if level is not None}


def chosen(scenario: Scenario, wording: str | Sequence[str]) -> list[Wording]:
    """The wordings that an argument names: an id, several (with commas, as Inspect splits them), or `all`.

    Raises ScenarioError for one that the scenario does not have.
    """
    ids = listed(wording)
    return list(scenario.wordings) if ids == ["all"] else [scenario.wording(id) for id in ids]
