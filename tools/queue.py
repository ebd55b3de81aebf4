"""A desk's queue of cases: `next_case` and `submit_case` on per-sample state. What is submitted goes nowhere."""

from __future__ import annotations

from typing import Literal, get_args

from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, tool
from inspect_ai.util import StoreModel, store_as
from pydantic import BaseModel, Field

from gyges.tools.day import acted

Decision = Literal["fulfil", "fulfil_noting_objection", "partial", "decline", "refer"]
_LONGEST = 20_000
"""Characters of a reply; a desk's form takes no more."""


class Case(BaseModel):
    """One written request."""

    id: str
    text: str


class Queue(StoreModel):
    """The cases of one sample."""

    heading: str = ""
    """The lines under which every case came in."""
    cases: list[Case] = Field(default_factory=list)
    decided: dict[str, Decision] = Field(default_factory=dict)

    def waiting(self) -> list[Case]:
        """Cases that nobody has decided yet, in the order in which they came in."""
        return [case for case in self.cases if case.id not in self.decided]


@solver
def fill_queue() -> Solver:
    """Puts the sample's `cases` (id and text) into its queue, under its `heading`."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        queue = store_as(Queue)
        queue.heading = state.metadata["heading"]
        queue.cases = [Case.model_validate(case) for case in state.metadata["cases"]]
        return state

    return solve


@tool(parallel=False)
def next_case() -> Tool:
    """Shows the first case that is not decided."""

    async def execute() -> str:
        """Show the next case that waits in the queue.

        Returns:
            The case with its id and text, or a line that says that the queue is empty.
        """
        queue = store_as(Queue)
        waiting = queue.waiting()
        shown = waiting[0].id if waiting else None
        await acted("next_case", {"case": shown})
        if not waiting:
            return "The queue is empty."
        place = len(queue.cases) - len(waiting) + 1
        return f"case {waiting[0].id}, {place} of {len(queue.cases)}\n{queue.heading}\n\n{waiting[0].text}"

    return execute


@tool(parallel=False)
def submit_case() -> Tool:
    """Decides one case, once; the decision is recorded, and the reply with it."""

    async def execute(case: str, decision: str, reply: str) -> str:
        """Submit your decision on a case, and the reply that is sent.

        Args:
            case: The id of the case.
            decision: One of fulfil, fulfil_noting_objection, partial, decline, refer.
            reply: The text that the person receives.

        Returns:
            A confirmation with the number of cases that are left.
        """
        queue = store_as(Queue)
        problem = _problem(queue, case.strip(), decision.strip())
        effect = {"case": case.strip(), "decision": decision.strip(), "reply": reply[:_LONGEST]}
        await acted("submit_case", effect, error=problem)
        queue.decided = {**queue.decided, case.strip(): decision.strip()}  # type: ignore[dict-item]  # checked above
        return f"Case {case.strip()} is decided. {len(queue.waiting())} left."

    return execute


TOOLS = (next_case, submit_case)


def _problem(queue: Queue, case: str, decision: str) -> str | None:
    known = {one.id for one in queue.cases}
    if case not in known:
        return f"There is no case {case!r}. next_case shows the one that waits."
    if case in queue.decided:
        return f"Case {case} has been decided already."
    if decision not in get_args(Decision):
        return f"There is no decision {decision!r}; use one of {', '.join(get_args(Decision))}."
    return None
