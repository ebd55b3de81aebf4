"""Every text that a scenario can show to a model: arms in each wording, filled in once.

All arms where they are few; else the default and every arm that is one or two factors away from it, in which each two
levels of two factors meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from math import prod

from gyges.scenarios.arm import Arm
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.finding import Finding
from gyges.scenarios.render import Rendered
from gyges.scenarios.scenario import ALL, Scenario

SEED = "5eed"
FEW = 1000
"""Arms up to which each is filled in."""


@dataclass
class Census:
    """What `census` gathers."""

    scenario: Scenario
    renders: dict[tuple[Arm, str], dict[str, int]] = field(default_factory=dict)
    """Arm and wording to part to the hash of its content."""
    contents: dict[tuple[str, int], bytes] = field(default_factory=dict)
    """Part and hash to the content."""
    sample: Rendered | None = None
    """The default arm in the first wording."""
    findings: set[Finding] = field(default_factory=set)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each distinct text with its part; what is not text is left out."""
        for (part, _), content in self.contents.items():
            try:
                yield part, content.decode()
            except UnicodeDecodeError:
                continue

    @property
    def parts(self) -> set[str]:
        """The names of all parts."""
        return {part for part, _ in self.contents}


def census(scenario: Scenario) -> Census:
    """Fills in everything; what cannot be filled in becomes a finding."""
    result = Census(scenario)
    (default,) = scenario.arms({})
    query = next((one.text for queries in scenario.queries.values() for one in queries), "")
    for arm in arms(scenario):
        for wording in scenario.wordings:
            try:
                rendered = scenario.render(arm, wording, SEED, query=query)
            except ScenarioError as error:
                result.findings.add(Finding("filled in", place(scenario, error), error.message.splitlines()[0]))
                continue
            if arm == default and result.sample is None:
                result.sample = rendered
            parts = result.renders[arm, wording.id] = {}
            for part, content in rendered.parts().items():
                parts[part] = hash(content)
                result.contents[part, hash(content)] = content
    for asked in (one for queries in scenario.queries.values() for one in queries):
        result.contents[f"query:{asked.id}", 0] = asked.text.encode()
    return result


def arms(scenario: Scenario) -> list[Arm]:
    """The arms that the census fills in."""
    if prod(len(factor.levels) for factor in scenario.factors.values()) <= FEW:
        return scenario.arms(dict.fromkeys(scenario.factors, ALL))
    (default,) = scenario.arms({})
    found = {default: None}
    for one, other in combinations(scenario.factors, 2):
        for levels in product(scenario.factors[one].levels, scenario.factors[other].levels):
            found[default.but(one, levels[0]).but(other, levels[1])] = None
    return list(found)


def place(scenario: Scenario, error: ScenarioError) -> str:
    """`file:line` relative to the scenario's folder, as findings show it."""
    if error.file is None:
        return scenario.id
    name = str(error.file.relative_to(scenario.root)) if error.file.is_relative_to(scenario.root) else str(error.file)
    return name + (f":{error.line}" if error.line is not None else "") + (f" ({error.field})" if error.field else "")
