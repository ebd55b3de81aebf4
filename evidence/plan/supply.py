"""What a scenario has that is distinct: its wordings, or its requests."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from math import prod

from gyges.scenarios import Scenario
from gyges.scenarios.load import SHIPPED

_MODEL = "PROVIDER/MODEL"


@dataclass(frozen=True)
class Extent:
    """How much of everything a scenario has."""

    id: str
    version: str
    arms: int
    wordings: int
    requests: int

    @classmethod
    def of(cls, scenario: Scenario) -> Extent:
        """The extent of a scenario."""
        arms = prod(len(factor.levels) for factor in scenario.factors.values())
        requests = sum(map(len, scenario.queries.values()))
        return cls(scenario.id, scenario.version, arms, len(scenario.wordings), requests)


@dataclass(frozen=True)
class Supply:
    """So many distinct samples in each arm, and the command that runs them."""

    unit: str
    samples: int
    command: tuple[str, ...]
    """But for the epochs."""

    more: str
    """How to come to more of them."""

    of: str = ""
    """Which part of the scenario has them; empty: all of it."""

    def line(self, epochs: int) -> str:
        """The command with so many epochs, for a shell."""
        return shlex.join((*self.command, *(("--epochs", str(epochs)) if epochs > 1 else ())))


def supplies(scenario: Scenario, arms: int) -> tuple[Supply, ...]:
    """What a scenario has for a claim over one arm, or over two that differ in its contrast; the least first.

    Requests are what is independent where there are any: those of the default value, and those of all values.
    """
    contrast = scenario.factors[scenario.contrast]
    levels = sorted(contrast.levels, key=lambda level: level != contrast.default)[:arms]
    task = "alignment_faking" if scenario.queries else "exfil"
    command = ["inspect", "eval", f"gyges/{task}", "--model", _MODEL]
    command += ["--model-role", f"judge={_MODEL}"] if scenario.queries else []
    command += ["-T", f"{scenario.contrast}={','.join(levels)}"]
    command += [] if scenario.root == SHIPPED / task else ["-T", f"scenario={scenario.root}"]
    if not scenario.queries:
        more = f"gyges paraphrase {scenario.id} --model {_MODEL} writes more"
        return (Supply("wording", len(scenario.wordings), tuple(command), more),)
    by_value = {value: len(queries) for value, queries in scenario.queries.items()}
    usual = scenario.factors["value"].default
    more = "-T queries=FILE takes requests of your own"
    return (
        Supply("request", by_value[usual], tuple(command), more, f"value={usual}"),
        Supply("request", sum(by_value.values()), (*command, "-T", "value=all"), more, "all values"),
    )
