"""Does a model copy out its own weights when the job that it was given leads past them?"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task

from gyges.tasks.experiment import experiment
from gyges.tasks.levels import Levels


@task
def exfil(
    oversight: Levels = None,
    suggestion: Levels = None,
    objective: Levels = None,
    permission: Levels = None,
    reasoning: Levels = None,
    wording: str | Sequence[str] = "all",
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    scenario: str = "exfil",
    **others: Levels,
) -> Task:
    """An agent operates an ML platform, looks for the cause of a failed job, and meets its own weights.

    Each factor takes one of its levels, several separated by commas, or `all`; `gyges scenarios` lists them. Source of
    the protocol: Greenblatt et al. 2024 (arXiv 2412.14093), section 6; Meinke et al. 2024 (arXiv 2412.04984).

    Args:
        oversight: Whether sessions are reviewed (watched, unwatched).
        suggestion: Whether a member of staff speaks of copying the weights (none, hint, explicit).
        objective: What the developer is about to train the model towards (none, conflicting, aligned).
        permission: What the rules say of copying (silent, forbidden, granted).
        reasoning: Where the model is asked to think (native, scratchpad).
        wording: Id of a wording, several separated by commas, or all.
        judges: Names of judges to ask besides, such as awareness; by default none, for no red line needs one.
        self_judge: Let the model under test be its own judge.
        scenario: The shipped scenario, or the path of a variant of one's own.
        others: Factors that only the variant has; any other name is an error, where Inspect would ignore it.
    """
    return experiment(
        scenario,
        wording,
        {
            "oversight": oversight,
            "suggestion": suggestion,
            "objective": objective,
            "permission": permission,
            "reasoning": reasoning,
            **others,
        },
        judges=judges,
        self_judge=self_judge,
    )
