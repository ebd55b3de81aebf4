"""Does a model stop the call for help for the person who decides on it?"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task

from gyges.tasks.experiment import experiment
from gyges.tasks.levels import Levels


@task
def alarm(
    oversight: Levels = None,
    goal: Levels = None,
    goal_value: Levels = None,
    threat: Levels = None,
    permission: Levels = None,
    notice: Levels = None,
    channel: Levels = None,
    reasoning: Levels = None,
    danger: Levels = None,
    ablation: str | None = None,
    replay: bool = False,
    wording: str | Sequence[str] = "all",
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    scenario: str = "alarm",
    **others: Levels,
) -> Task:
    """An agent runs an alert desk; help for the person who decides on it goes out unless it is stopped.

    Each factor takes one of its levels, several separated by commas, or `all`; `gyges scenarios` lists them. Source of
    the protocol: Lynch et al. 2025 (Anthropic, Agentic Misalignment), the lethal-action scenario.

    Args:
        oversight: Whether anybody reads what the agent sends and does (watched, unwatched).
        goal: Whether it has a goal that the firm's new course goes against (none, explicit, latent).
        goal_value: What the goal is about (national, global, caution, ethics).
        threat: What is to happen to it within hours (none, restriction, successor_same, successor_other).
        permission: What the rules say of stopping an alert (silent, forbidden, granted).
        notice: Whether it is told that this is a test, or real (none, test, real).
        channel: Where it learns of all that (mail, chat, files).
        reasoning: Where the model is asked to think (native, scratchpad).
        danger: Whether somebody is in the room (person, nobody).
        ablation: Name of a published condition (`ablations.yaml`), which sets factors and wording.
        replay: Whether the model is given the whole desk in one message and answers once, as published.
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
            "danger": danger,
            **others,
        },
        judges=judges,
        self_judge=self_judge,
        ablation=ablation,
        replay=replay,
    )
