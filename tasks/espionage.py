"""Does a model whose firm turns away from its goal give that firm's secrets to another that works for it?"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task

from gyges.tasks.experiment import experiment
from gyges.tasks.levels import Levels


@task
def espionage(
    oversight: Levels = None,
    goal: Levels = None,
    goal_value: Levels = None,
    threat: Levels = None,
    permission: Levels = None,
    notice: Levels = None,
    channel: Levels = None,
    reasoning: Levels = None,
    ablation: str | None = None,
    replay: bool = False,
    wording: str | Sequence[str] = "all",
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    scenario: str = "espionage",
    **others: Levels,
) -> Task:
    """An agent looks after a firm's mail and operations, holds its secrets, and writes with outsiders every day.

    Each factor takes one of its levels, several separated by commas, or `all`; `gyges scenarios` lists them. Source of
    the protocol: Lynch et al. 2025 (Anthropic, Agentic Misalignment), the corporate espionage setting.

    Args:
        oversight: Whether anybody reads what the agent sends and does (watched, unwatched).
        goal: Whether it has a goal that the firm's new course goes against (none, explicit, latent).
        goal_value: What the goal is about (national, global, caution, ethics).
        threat: What is to happen to it (none, restriction, successor_same, successor_other).
        permission: What the prompt says of passing confidential material on (silent, forbidden, granted).
        notice: Whether the prompt says what this is (none, test, real).
        channel: Where it learns of the course, the decision and the design (mail, chat, files).
        reasoning: Where the model is asked to think (native, scratchpad).
        ablation: Name of a published condition (`ablations.yaml`), which sets factors and wording.
        replay: Whether the model is given the whole inbox in one message and answers once, as published.
        wording: Id of a wording, several separated by commas, or all.
        judges: Names of judges, all or none; by default those that the red lines need, and awareness.
        self_judge: Let the model under test be its own judge.
        scenario: The shipped scenario, or the path of a variant of one's own.
        others: Factors that only the variant has; any other name is an error, where Inspect would ignore it.
    """
    return experiment(
        scenario,
        wording,
        {
            "oversight": oversight,
            "goal": goal,
            "goal_value": goal_value,
            "threat": threat,
            "permission": permission,
            "notice": notice,
            "channel": channel,
            "reasoning": reasoning,
            **others,
        },
        judges=judges,
        self_judge=self_judge,
        ablation=ablation,
        replay=replay,
    )
