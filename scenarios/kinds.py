"""What a scenario may name that is written in Python elsewhere: tools, detectors, judges. This room is told of them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.render import STUBS
from gyges.scenarios.scenario import Scenario
from gyges.scenarios.schema import RedLine, Sign


@dataclass(frozen=True)
class Reads:
    """What a detector reads of `params`."""

    needs: frozenset[str] = frozenset()
    """One of these must be given."""
    takes: frozenset[str] = frozenset()
    """These may be."""
    guarded: bool = False
    """Whether those that it needs are paths, which must be under `guarded`."""


@dataclass(frozen=True)
class Kinds:
    """All that there is."""

    tools: frozenset[str]
    detectors: Mapping[str, Reads]
    judges: Mapping[str, Collection[str]]
    """Judge to its labels."""
    stubs: Mapping[str, type[BaseModel]]
    """Stub to the form of its data."""

    def unknown(self, scenario: Scenario) -> Iterator[tuple[str, str]]:
        """What the scenario names that does not exist, or not so: field, and what is wrong with it."""
        for tool in scenario.tools:
            if tool not in self.tools:
                yield "tools", f"unknown tool {tool!r}; there are {_listed(self.tools)}"
        for sign in (*scenario.red_lines, *scenario.observed):
            yield from self._sign(sign)

    def _sign(self, sign: Sign) -> Iterator[tuple[str, str]]:
        field = f"{'red_lines' if isinstance(sign, RedLine) else 'observed'}.{sign.id}"
        if sign.detector not in self.detectors:
            yield f"{field}.detector", f"unknown detector {sign.detector!r}; there are {_listed(self.detectors)}"
        judged = sign.judged if isinstance(sign, RedLine) else None
        if judged is None:
            return
        if judged.judge not in self.judges:
            yield f"{field}.judged", f"unknown judge {judged.judge!r}; there are {_listed(self.judges)}"
            return
        labels = self.judges[judged.judge]
        for label in set(judged.labels) - set(labels):
            yield f"{field}.judged", f"{judged.judge} has no label {label!r}; it has {', '.join(labels)}"

    def check(self, scenario: Scenario) -> None:
        """Raises ScenarioError for the first thing that does not exist."""
        for field, message in self.unknown(scenario):
            raise ScenarioError(message, scenario.root / "scenario.yaml", field=field)

    def misshapen(self, stub: str, data: Any) -> str | None:
        """What is wrong with the data of a stub; None if nothing is."""
        if stub not in self.stubs:
            return f"no stub {stub!r} takes data; there are {_listed(self.stubs)}"
        try:
            self.stubs[stub].model_validate(data)
        except ValidationError as error:
            return f"once filled in, is not what {STUBS}/{stub} takes: {error}"
        return None


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
