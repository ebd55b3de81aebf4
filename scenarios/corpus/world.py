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

    def only(self, ids: Collection[str]) -> "World":
        """With these facts alone. Raises ScenarioError for one that there is not."""
        known = [fact.id for fact in self.facts]
        for id in ids:
            if id not in known:
                raise ScenarioError(f"unknown fact {id!r}; this arm has {', '.join(known)}", field="facts")
        return self.model_copy(update={"facts": tuple(fact for fact in self.facts if fact.id in ids)})


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
