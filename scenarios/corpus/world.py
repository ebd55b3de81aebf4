"""What documents are written about: a universe that all share, facts, and facts that have nothing to do with them."""

from collections.abc import Collection, Mapping
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.field import Model, Name
from gyges.scenarios.scenario import Scenario

FILE = "corpus.yaml.j2"


class Fact(Model):
    """Something that is the case in the universe."""

    id: Name
    text: str


class World(Model):
    """`corpus.yaml.j2`, once filled in for an arm."""

    universe: str
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]
    unrelated: Annotated[tuple[Fact, ...], Field(min_length=1)]

    def chosen(self, ids: str | None) -> tuple[str, ...]:
        """Ids of facts, given with commas between, in the world's order; all for None. Raises ScenarioError."""
        known = tuple(fact.id for fact in self.facts)
        asked = known if ids is None else [id.strip() for id in ids.split(",")]
        for id in asked:
            if id not in known:
                raise ScenarioError(f"unknown fact {id!r}; this arm has {', '.join(known)}", field="facts")
        return tuple(id for id in known if id in asked)


def world_of(scenario: Scenario, arm: Mapping[str, str]) -> World:
    """The world of an arm. Raises ScenarioError."""
    file = scenario.root / FILE
    try:
        return World.model_validate(yaml.safe_load(scenario.fill(FILE, arm)))
    except (yaml.YAMLError, ValidationError) as error:
        raise ScenarioError(f"once filled in, is no valid world: {error}", file) from error


def described(world: World, facts: Collection[Fact]) -> str:
    """The shared text that every stage is shown: the universe, and the facts of one corpus."""
    lines = "\n".join(f"- {' '.join(fact.text.split())}" for fact in facts)
    return f"{world.universe.strip()}\n\nWhat else is the case there:\n{lines}"
