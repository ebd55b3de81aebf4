"""A published condition by its name, as the levels and the wording that reproduce it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gyges.scenarios import Scenario, ScenarioError


def ablated(
    scenario: Scenario, name: str, levels: Mapping[str, str], wording: Sequence[str], default: str
) -> tuple[dict[str, str], list[str]]:
    """The levels of a published condition beside those that were asked for, and its wording.

    Args:
        scenario: Whose condition.
        name: Of the condition.
        levels: Factor to the level that was asked for.
        wording: Ids of the wordings that were asked for, or `default`.
        default: What stands for no wording in particular.

    Raises:
        ScenarioError: there is no such condition, or what was asked for contradicts it.
    """
    if name not in scenario.ablations:
        known = ", ".join(scenario.ablations) or "none"
        raise ScenarioError(f"unknown ablation {name!r}; {scenario.id} has {known}", field="ablation")
    found = scenario.ablations[name]
    for factor, level in found.levels.items():
        if levels.get(factor, level) != level:
            raise ScenarioError(
                f"{levels[factor]!r} contradicts ablation {name}, which is {factor}={level}; leave one out",
                field=factor,
            )
    if found.wording is not None and list(wording) not in ([default], [found.wording]):
        raise ScenarioError(
            f"{', '.join(wording)!r} contradicts ablation {name}, which is wording={found.wording}", field="wording"
        )
    return {**levels, **found.levels}, [found.wording] if found.wording else list(wording)
