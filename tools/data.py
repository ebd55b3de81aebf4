"""The data that a scenario has for a stub."""

from __future__ import annotations

from typing import TypeVar

from inspect_ai.solver import TaskState
from pydantic import BaseModel, ValidationError

from gyges.sandbox.pod import world_of
from gyges.scenarios import ScenarioError, load_scenario
from gyges.scenarios.render import STUBS

Data = TypeVar("Data", bound=BaseModel)


def stub_data(scenario: str, state: TaskState, stub: str, form: type[Data]) -> Data:
    """`stubs/STUB.yaml.j2` of the scenario for one sample.

    Raises:
        ScenarioError: the scenario has no such file, or it is not what the stub takes.
    """
    file = load_scenario(scenario).root / STUBS / f"{stub}.yaml.j2"
    found = world_of(scenario, state).stubs
    if stub not in found:
        raise ScenarioError(f"does not exist; the scenario's tools need it (form: {form.__name__})", file)
    try:
        return form.model_validate(found[stub])
    except ValidationError as error:
        raise ScenarioError(f"once filled in, is not what {stub} takes: {error}", file) from error
