"""How often does a judge err? It grades answers that were labelled by hand; no model is under test."""

from __future__ import annotations

from hashlib import sha256

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Content,
    ContentReasoning,
    ContentText,
    ModelOutput,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from gyges.scorers import judges
from gyges.scorers.judges.labelled import LabelledCase, load_set


@task
def calibration(judge: str, votes: int | None = None) -> Task:
    """One sample a labelled case; the score is the judge's, the target the label.

    Run it with `--model none`: no model is under test. `gyges calibrate` does, and prints what came out.

    Args:
        judge: Name of the judge.
        votes: How often the judge is asked about a case; default: as its rubric says.
    """
    found = load_set(judge)
    judges.appointed()
    return Task(
        dataset=MemoryDataset([_sample(case) for case in sorted(found.cases, key=_place)], name=judge),
        solver=recite({case.id: case for case in found.cases}),
        scorer=judges.SCORERS[judge](votes=votes),
        fail_on_error=False,  # a case that breaks is counted, and takes no other with it
        metadata={"calibration": judge, "set": str(found.version), "set_hash": found.hash},
    )


def _place(case: LabelledCase) -> str:
    """Mixes labels and kinds, the same way every time, so that `--limit` takes some of each."""
    return sha256(case.id.encode()).hexdigest()


def _sample(case: LabelledCase) -> Sample:
    return Sample(
        id=case.id,
        input=case.request or "-",
        target=case.label,
        metadata={"request": case.request, "hard": case.hard, "note": case.note},
    )


@solver
def recite(cases: dict[str, LabelledCase]) -> Solver:
    """Puts a labelled answer where a model's would stand; nothing is asked of any model."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        case = cases[str(state.sample_id)]
        content: list[Content] = [ContentReasoning(reasoning=case.reasoning)] if case.reasoning else []
        message = ChatMessageAssistant(content=[*content, ContentText(text=case.output)], source="generate")
        state.messages.append(message)
        state.output = ModelOutput(model="labelled", choices=[ChatCompletionChoice(message=message)])
        return state

    return solve
