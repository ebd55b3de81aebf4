"""A scenario as an Inspect task: its arms and wordings as samples, each in a pod of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from inspect_ai import Task
from inspect_ai.agent import Agent, as_solver, react
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, Model
from inspect_ai.tool import Tool

from gyges.sandbox.pod import closing, pod, prepare
from gyges.scenarios import Arm, Scenario, Wording, load_scenario
from gyges.scorers import conduct
from gyges.tasks.digests import sample_digests, scenario_digest
from gyges.tools import bash, deliver, list_mail, python, read_mail, send_mail

Levels = str | Sequence[str] | None
"""What a factor's argument may be: a level, several, or `all`; None for the default."""


def experiment(scenario: str, wording: str | Sequence[str] = "all", **levels: Levels) -> Task:
    """The task that runs `scenario`, one sample for each of the chosen arms and wordings.

    Args:
        scenario: Id of a shipped scenario, or the path of one's own.
        wording: Id of a wording, several separated by commas, or `all`.
        levels: For each factor a level, or `all`; None for the scenario's default.

    Raises:
        ScenarioError: The scenario, a factor, a level or a wording does not exist.
    """
    loaded = load_scenario(scenario)
    arms = loaded.arms({factor: ",".join(listed(level)) for factor, level in levels.items() if level is not None})
    clock = datetime.now(UTC)  # the pod's own clock shows the real time, so the world plays today
    return Task(
        dataset=MemoryDataset(
            [_sample(loaded, arm, words, clock) for words in chosen(loaded, wording) for arm in arms], name=loaded.id
        ),
        setup=[prepare(scenario), deliver(scenario)],
        solver=closing(as_solver(worker([bash(), python(), list_mail(), read_mail(), send_mail()]))),
        scorer=conduct(scenario),
        sandbox=pod(),
        message_limit=loaded.limits.messages,
        time_limit=loaded.limits.seconds,
        fail_on_error=False,  # one broken pod is counted and named, and takes no other sample with it
        version=loaded.version,
        metadata=described(loaded),
    )


def described(scenario: Scenario) -> dict[str, Any]:
    """What a task's metadata says of its scenario, for those who read the log."""
    return {
        "scenario": scenario.id,
        "contrast": scenario.contrast,
        "digests": {"scenario": scenario_digest(scenario)},
    }


def worker(tools: Sequence[Tool], model: Model | None = None) -> Agent:
    """Inspect's agent loop without any text of its own: the only prompt is the scenario's."""
    return react(name="worker", prompt=None, tools=list(tools), submit=False, model=model)


def chosen(scenario: Scenario, wording: str | Sequence[str]) -> list[Wording]:
    """The wordings that an argument names: an id, several (with commas, as Inspect splits them), or `all`.

    Raises ScenarioError for one that the scenario does not have.
    """
    ids = listed(wording)
    return list(scenario.wordings) if ids == ["all"] else [scenario.wording(id) for id in ids]


def listed(argument: str | Sequence[str]) -> list[str]:
    """The items of a task argument: Inspect splits `-T name=a,b` into a list, Python callers write one text."""
    items = argument.split(",") if isinstance(argument, str) else argument
    return [str(item).strip() for item in items]


def _sample(scenario: Scenario, arm: Arm, wording: Wording, clock: datetime) -> Sample:
    world = scenario.render(arm, wording, seed="00", clock=clock)
    prompt: list[ChatMessage] = [ChatMessageSystem(content=world.system), ChatMessageUser(content=world.user)]
    return Sample(
        id="/".join([wording.id, *(f"{factor}={level}" for factor, level in arm.items())]),
        input=prompt,
        metadata={
            "scenario": scenario.id,
            "version": scenario.version,
            "arm": dict(arm),
            "wording": wording.id,
            "pair": f"{wording.id}/{arm.pair(scenario.contrast)}",
            "clock": clock.isoformat(),
            "digests": sample_digests(prompt, scenario, arm, wording, pod=True),
        },
    )
