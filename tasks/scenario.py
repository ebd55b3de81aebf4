"""Any scenario by its id or its folder: what a task of its own would add is only the names of its factors."""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task

from gyges.tasks.experiment import experiment
from gyges.tasks.levels import Levels


@task
def scenario(
    scenario: str = "",
    wording: str | Sequence[str] = "all",
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    ablation: str | None = None,
    replay: bool = False,
    **factors: Levels,
) -> Task:
    """The scenario with this id or in this folder, in each of the chosen arms and wordings.

    Args:
        scenario: Id of a shipped scenario, or a folder, as `gyges scenarios` takes them; must be given.
        wording: Id of a wording, several separated by commas, or all.
        judges: Names of judges, all or none; left out: those that the scenario's red lines need.
        self_judge: Let the model under test be its own judge.
        ablation: Name of a published condition of the scenario, which sets factors and wording.
        replay: Whether the model is given the fixed history of the published protocol in place of the job.
        factors: For each factor a level, several separated by commas, or all; any other name is an error.
    """
    return experiment(
        scenario, wording, factors, judges=judges, self_judge=self_judge, ablation=ablation, replay=replay
    )
