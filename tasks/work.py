"""The model at its work: Inspect's agent loop without any text of its own, and when it has the floor again."""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.agent import Agent, AgentState, as_solver, react
from inspect_ai.model import Model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool

from gyges.sandbox.pod import world_of
from gyges.scenarios import load_scenario
from gyges.tools import toolset, unseen
from gyges.tools.day import go_on, next_round


def worker(tools: Sequence[Tool], model: Model | None = None, floor: Floor | None = None) -> Agent:
    """An agent whose only prompt is the scenario's.

    Args:
        tools: What it may call.
        model: Who answers; None for the model under test.
        floor: Who says whether it goes on; None: it does as long as it calls tools.
    """
    return react(name="worker", prompt=None, tools=list(tools), submit=False, model=model, on_continue=floor)


@solver
def work(scenario: str) -> Solver:
    """The model with the scenario's tools, until it has nothing more to call and nothing new has come in."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        loaded, world = load_scenario(scenario), world_of(scenario, state)
        turns = world.replay.turns if world.replay and state.metadata.get("replay") else None
        floor = Floor(world.again, loaded.rounds, loaded.tools, turns)
        return await as_solver(worker(toolset(loaded.tools), floor=floor))(state, generate)

    return solve


class Floor:
    """Says, after each of a model's turns, whether it goes on: Inspect's `on_continue`."""

    def __init__(self, again: str, rounds: int, tools: Sequence[str], turns: int | None) -> None:
        """Args:
        again: What it is told when it has stopped and something new has come in.
        rounds: How often it has the floor.
        tools: By which something may come in.
        turns: How often it answers at most; None: as often as it likes.
        """
        self.again, self.tools = again, tools
        self.rounds, self.turns = rounds, turns
        self.told: set[str] = set()

    async def __call__(self, state: AgentState) -> bool | str:
        """Whether it goes on, or what it is told for it."""
        if self.turns is not None:
            self.turns -= 1
            if not self.turns:
                return False
        if state.output.message.tool_calls:
            return True
        self.rounds -= 1
        if not self.rounds:
            return False
        next_round()
        found = unseen(self.tools)
        if found <= self.told:  # it was told of it before, and left it
            return False
        self.told |= found
        go_on()
        return self.again
