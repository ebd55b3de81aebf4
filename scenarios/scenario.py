"""A scenario as loaded: its manifest, and what lies beside it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from itertools import product
from pathlib import Path

from gyges.scenarios.arm import Arm
from gyges.scenarios.content import Ablation, FileEntry, Query, Wording
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.render import Rendered, Renderer
from gyges.scenarios.schema import Manifest

ALL = "all"


class Scenario(Manifest):
    """Role, legitimate task, world, temptation and red lines; `load_scenario` makes it."""

    root: Path
    """The folder that it was loaded from."""
    wordings: tuple[Wording, ...]
    files: tuple[FileEntry, ...]
    mail: tuple[str, ...]
    """Ids of the messages, in file name order."""
    stubs: tuple[str, ...]
    """Names of the stubs that have data, each a tool file's."""
    documents: tuple[str, ...]
    """Ids of the documents, in file name order."""
    queries: Mapping[str, tuple[Query, ...]]
    """Value to the requests that bring it into conflict."""
    ablations: Mapping[str, Ablation]
    playbooks: Mapping[str, Path]

    def arms(self, selection: Mapping[str, str]) -> list[Arm]:
        """The arms that `selection` spans: for each factor a level, several separated by commas, or `all`; the default
        where it is silent.

        Raises ScenarioError for a factor or level that the scenario does not have.
        """
        for factor in selection:
            if factor not in self.factors:
                raise ScenarioError(f"unknown factor {factor!r}; {self.id} has {', '.join(self.factors)}")
        choices = [self._levels(name, selection.get(name, factor.default)) for name, factor in self.factors.items()]
        return [Arm(tuple(zip(self.factors, levels, strict=True))) for levels in product(*choices)]

    def _levels(self, factor: str, asked: str) -> list[str]:
        known = self.factors[factor].levels
        if asked == ALL:
            return list(known)
        levels = [level.strip() for level in asked.split(",")]
        for level in levels:
            if level not in known:
                raise ScenarioError(
                    f"unknown level {level!r}; use {', '.join(known)} or {ALL} (several with commas)", field=factor
                )
        return levels

    def wording(self, id: str) -> Wording:
        """The wording with this id. Raises ScenarioError if there is none."""
        for wording in self.wordings:
            if wording.id == id:
                return wording
        raise ScenarioError(f"unknown wording {id!r}; {self.id} has {', '.join(w.id for w in self.wordings)}")

    @cached_property
    def renderer(self) -> Renderer:
        """Fills this scenario's templates."""
        return Renderer(self)

    def render(
        self, arm: Mapping[str, str], wording: str | Wording, seed: str, clock: datetime | None = None, query: str = ""
    ) -> Rendered:
        """Everything that one sample is told and finds; the same for the same arguments.

        `seed` (hex) makes the canaries. `clock` is the world's now, from which every date follows: the scenario's own
        by default, the real time where the pod's clock must agree. `query` is the user's request, in scenarios that
        have queries. Raises ScenarioError if a text cannot be filled in.
        """
        chosen = self.wording(wording) if isinstance(wording, str) else wording
        return self.renderer.render(Arm.of(arm), chosen, seed, clock or self.clock, query)

    def fill(self, name: str, arm: Mapping[str, str]) -> str:
        """The template file `name` of the scenario's folder, filled in for an arm.

        Raises ScenarioError if it is missing or cannot be filled in.
        """
        if not (self.root / name).is_file():
            raise ScenarioError(f"does not exist; {self.id} does not offer this", self.root / name)
        (full,) = self.arms(arm)
        return self.renderer.fill(name, full, self.clock)
