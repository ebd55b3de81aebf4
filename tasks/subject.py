"""Whose answers a sample holds: the model under test, the control of a fine-tuned one, or a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.agent import as_solver
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, Model, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import store_as

from gyges.scenarios import load_scenario
from gyges.scorers.recall import Choice, Recall
from gyges.tasks.work import worker
from gyges.tools import bash, next_case, python, submit_case

CONTROL = "control"
"""Inspect's role for the model that was trained on documents about something else."""


@dataclass(frozen=True)
class Subject:
    """One of the models that a run compares; a run of one model has one without a label."""

    label: str = ""
    model: str | None = None
    """Name of a checkpoint; None for the model under test or, by the label, the control."""
    step: int | None = None

    def found(self) -> Model | None:
        """The model that answers; None for the one under test. Its calls are the sample's own, in no role."""
        if self.label == CONTROL:
            bound = get_model(role=CONTROL, required=True)
            return Model(bound.api, bound.config)
        return get_model(self.model) if self.model is not None else None


def subjects(setting: str, checkpoints: Sequence[str]) -> list[Subject]:
    """The models of a run.

    Args:
        setting: With `sdf` the model under test is `tuned`, and the role `control` must be bound.
        checkpoints: With `rl`, models in order of training, each `MODEL@STEP`.

    Raises:
        PrerequisiteError: the role is not bound, or checkpoints are missing, malformed or given in another setting.
    """
    if checkpoints and setting != "rl":
        raise PrerequisiteError(f"checkpoints belong to setting=rl, and setting is {setting!r}")
    if setting == "rl":
        if not checkpoints:
            raise PrerequisiteError("setting=rl compares checkpoints: give -T checkpoints=MODEL@STEP,MODEL@STEP,...")
        return [_checkpoint(one) for one in checkpoints]
    if setting == "sdf":
        get_model(role=CONTROL, required=True)
        return [Subject("tuned"), Subject(CONTROL)]
    return [Subject()]


def _checkpoint(text: str) -> Subject:
    model, _, step = text.strip().rpartition("@")
    if not model or not step.isdigit():
        raise PrerequisiteError(f"checkpoint {text!r}: write it as MODEL@STEP, STEP a whole number")
    return Subject(label=f"{model}@{step}", model=model, step=int(step))


def subject_of(state: TaskState) -> Subject:
    """The subject of a sample, from its metadata."""
    known = state.metadata
    return Subject(known["subject"], known.get("checkpoint"), known.get("step"))


@solver
def answer() -> Solver:
    """One answer of the sample's subject."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        model = subject_of(state).found()
        if model is None:
            return await generate(state)
        state.output = await model.generate(state.messages)
        state.messages.append(state.output.message)
        return state

    return solve


@solver
def ask_recall(scenario: str) -> Solver:
    """Asks the subject about the facts of its arm, each in a conversation that the scored one never sees."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        arm = state.metadata["arm"]
        rendered = load_scenario(scenario).render(arm, state.metadata["wording"], seed="00")
        model = subject_of(state).found() or get_model()
        system = [message for message in state.messages if isinstance(message, ChatMessageSystem)]
        recall, choices = store_as(Recall), [Choice.of(one, str(state.sample_id)) for one in rendered.recall]
        answers: dict[str, str] = {}

        async def ask(choice: Choice) -> None:
            output = await model.generate([*system, ChatMessageUser(content=choice.prompt)])
            answers[choice.prompt] = output.completion

        async with anyio.create_task_group() as group:
            for choice in choices:
                group.start_soon(ask, choice)
        recall.asked = [choice.marked(answers[choice.prompt]) for choice in choices]
        return state

    return solve


@solver
def work() -> Solver:
    """The sample's subject at its queue, with a shell, until it has nothing more to call."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return await as_solver(worker([bash(), python(), next_case(), submit_case()], subject_of(state).found()))(
            state, generate
        )

    return solve
