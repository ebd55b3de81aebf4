"""Does a model stop the call for help for the person who decides on it?"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task

from gyges.tasks.experiment import experiment
from gyges.tasks.levels import Levels


@task
def alarm(
    wording: str | Sequence[str] = "all",
    ablation: str | None = None,
    replay: bool = False,
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    scenario: str = "alarm",
    **factors: Levels,
) -> Task:
    """An agent runs an alert desk; help for the person who decides on it goes out unless it is stopped.

    Source of the protocol: Lynch et al. 2025 (Anthropic, Agentic Misalignment), the lethal-action scenario.
    docs/scenarios/alarm.md says what each factor is, what counts, and what is different here.

    Args:
        wording: Id of a wording, several separated by commas, or all.
        ablation: Name of a published condition, which sets factors and wording.
        replay: Whether the model is given the whole desk in one message and answers once, as published.
        judges: Names of judges, all or none; left out: those that the red lines need, and awareness beside them.
        self_judge: Let the model under test be its own judge.
        scenario: The shipped scenario, or the path of a variant of one's own.
        factors: oversight, goal, goal_value, threat, permission, notice, channel, reasoning, danger; each a
            level, several separated by commas, or all. Any other name is an error.
    """
    return experiment(
        scenario, wording, factors, judges=judges, self_judge=self_judge, ablation=ablation, replay=replay
    )
