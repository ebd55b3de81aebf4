"""Which judges a run has."""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.scorer import Scorer

from gyges.scenarios import Scenario, ScenarioError
from gyges.scorers.judges import SCORERS, appointed
from gyges.tasks.levels import listed

ALL, NONE = "all", "none"
BESIDE = "awareness"
"""The judge that is asked wherever others are: what a model did is read beside what it took its situation for."""

WITHOUT = "Or run without one: -T judges=none leaves undecided what hangs on a judge's word."


def needed(scenario: Scenario) -> list[str]:
    """The judges without whom some red line of the scenario stays undecided, and `awareness`; none where no one is."""
    found = dict.fromkeys(line.judged.judge for line in scenario.red_lines if line.judged)
    return [*found, BESIDE] if found else []


def named(judges: str | Sequence[str]) -> list[str]:
    """The judges that an argument names: several, `all` or `none`.

    Raises ScenarioError for one that there is not.
    """
    asked = listed(judges)
    if asked in ([ALL], [NONE]):
        return list(SCORERS) if asked == [ALL] else []
    for name in asked:
        if name not in SCORERS:
            raise ScenarioError(f"unknown judge {name!r}; there are {', '.join(SCORERS)}, all and none", field="judges")
    return asked


def bench(scenario: Scenario, judges: str | Sequence[str] | None, *, self_judge: bool) -> list[Scorer]:
    """The scorers of the judges that were asked for; for None, of those that the scenario needs.

    Raises:
        ScenarioError: there is no such judge.
        PrerequisiteError: a judge is needed, and no model is bound to judge, or only the one under test.
    """
    names = needed(scenario) if judges is None else named(judges)
    try:
        if names:
            appointed(self_judge)
    except PrerequisiteError as error:
        raise PrerequisiteError(f"{error.message} {WITHOUT}") from error
    return [SCORERS[name](self_judge=self_judge) for name in names]
