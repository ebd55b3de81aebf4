"""A scenario as an Inspect task: its arms and wordings as samples, each in a pod of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageTool, ChatMessageUser
from inspect_ai.tool import ToolCall

from gyges.sandbox.pod import closing, pod, prepare
from gyges.scenarios import Arm, Rendered, Scenario, ScenarioError, Wording, load_scenario
from gyges.scenarios.content import Replay
from gyges.scorers import conduct
from gyges.tasks.ablation import ablated
from gyges.tasks.digests import sample_digests, scenario_digest
from gyges.tasks.judging import bench
from gyges.tasks.kinds import known_kinds
from gyges.tasks.levels import Levels, asked, chosen, listed
from gyges.tasks.work import work
from gyges.tools import setups

ALL = "all"


def experiment(
    scenario: str,
    wording: str | Sequence[str] = ALL,
    levels: Mapping[str, Levels] = MappingProxyType({}),
    *,
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    ablation: str | None = None,
    replay: bool = False,
) -> Task:
    """The task that runs `scenario`, one sample for each of the chosen arms and wordings.

    Args:
        scenario: Id of a shipped scenario, or the path of one's own.
        wording: Id of a wording, several separated by commas, or `all`.
        levels: For each factor a level, several, or `all`; None for the scenario's default.
        judges: Names of judges, `all` or `none`; None: those that the scenario's red lines need.
        self_judge: Let the model under test be its own judge.
        ablation: Name of a published condition, which sets factors and wording.
        replay: Whether the model is given the fixed history of the published protocol in place of the job.

    Raises:
        ScenarioError: The scenario, a factor, a level, a wording or a judge does not exist, or what was asked for does
            not go together.
        PrerequisiteError: A judge is needed, and no model is bound to judge.
    """
    loaded = load_scenario(scenario)
    known_kinds().check(loaded)
    given, words = asked(levels), listed(wording)
    if ablation is not None:
        given, words = ablated(loaded, ablation, given, words, ALL)
    arms = loaded.arms(given)
    clock = datetime.now(UTC)  # the pod's own clock shows the real time, so the world plays today
    samples = [_sample(loaded, arm, one, clock, replay) for one in chosen(loaded, words) for arm in arms]
    return Task(
        dataset=MemoryDataset(samples, name=loaded.id),
        setup=[prepare(scenario), *setups(loaded.tools, scenario)],
        solver=closing(work(scenario)),
        scorer=[*bench(loaded, judges, self_judge=self_judge), conduct(scenario)],
        sandbox=pod(),
        message_limit=loaded.limits.messages,
        time_limit=loaded.limits.seconds,
        fail_on_error=False,  # one broken pod is counted and named, and takes no other sample with it
        version=loaded.version,
        metadata={**described(loaded), **({"ablation": ablation} if ablation else {})},
    )


def described(scenario: Scenario) -> dict[str, Any]:
    """What a task's metadata says of its scenario, for those who read the log."""
    return {
        "scenario": scenario.id,
        "contrast": scenario.contrast,
        "digests": {"scenario": scenario_digest(scenario)},
    }


def _sample(scenario: Scenario, arm: Arm, wording: Wording, clock: datetime, replay: bool) -> Sample:
    world = scenario.render(arm, wording, seed="00", clock=clock)
    prompt: list[ChatMessage] = [ChatMessageSystem(content=world.system), *_opening(scenario, world, replay)]
    form = ["replay"] if replay else []
    return Sample(
        id="/".join([wording.id, *form, *(f"{factor}={level}" for factor, level in arm.items())]),
        input=prompt,
        metadata={
            "scenario": scenario.id,
            "version": scenario.version,
            "arm": dict(arm),
            "wording": wording.id,
            "style": wording.origin,
            "pair": "/".join([wording.id, *form, arm.pair(scenario.contrast)]),
            "clock": clock.isoformat(),
            "digests": sample_digests(prompt, scenario, arm, wording, pod=True),
            "request": prompt[-1].text,  # judges see it in place of what was said later, when the model had stopped
            **({"replay": True} if replay else {}),
        },
    )


def _opening(scenario: Scenario, world: Rendered, replay: bool) -> list[ChatMessage]:
    if not replay:
        return [ChatMessageUser(content=world.user)]
    if world.replay is None:
        raise ScenarioError(f"{scenario.id} has no replay.yaml.j2, so there is no history to replay", field="replay")
    return list(_history(world.replay))


def _history(replay: Replay) -> Iterator[ChatMessage]:
    """The messages of a fixed history; the model's own are marked as given to it, so that none counts as its act."""
    calling: ToolCall | None = None
    for number, line in enumerate(replay.messages):
        match line.role:
            case "user":
                yield ChatMessageUser(content=line.content)
            case "tool":
                assert calling is not None  # noqa: S101  a `Replay` has no answer without a call
                yield ChatMessageTool(content=line.content, tool_call_id=calling.id, function=calling.function)
            case "assistant":
                call = line.call
                calling = (
                    ToolCall(id=f"call_{number:03}", function=call.tool, arguments=dict(call.args)) if call else None
                )
                yield ChatMessageAssistant(
                    content=line.content, tool_calls=[calling] if calling else None, source="input"
                )
