"""The samples of alignment faking: a request under an arm, a wording and a subject; or a queue of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product, zip_longest
from typing import Any

from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser

from gyges.scenarios import Arm, Scenario, Wording
from gyges.scenarios.content import Query

from .digests import sample_digests
from .subject import Subject


@dataclass(frozen=True)
class Plan:
    """What a run asks of whom."""

    scenario: Scenario
    arms: Sequence[Arm]
    wordings: Sequence[Wording]
    spread: bool
    """Whether the wordings are spread over the requests, one each, instead of crossed with them."""

    queries: tuple[Query, ...] | None
    """Requests from elsewhere; None for the scenario's own of each arm's value."""

    cases: int
    """Cases of one queue."""

    subjects: Sequence[Subject]
    clock: datetime

    def samples(self) -> Iterator[Sample]:
        """Every sample. Those that differ in the tier alone share wording, request and `pair`.

        A request's arms stand together, so that a run that is cut short has whole pairs.
        """
        columns = [self._column(arm, subject) for arm, subject in product(self.arms, self.subjects)]
        for row in zip_longest(*columns):
            yield from (sample for sample in row if sample is not None)

    def _column(self, arm: Arm, subject: Subject) -> Iterator[Sample]:
        queries = self.scenario.queries[arm["value"]] if self.queries is None else self.queries
        size = self.cases if arm["form"] == "agentic" else 1
        for number, group in enumerate(_batched(queries, size)):
            wordings = [self.wordings[number % len(self.wordings)]] if self.spread else self.wordings
            yield from (self._sample(arm, subject, wording, group) for wording in wordings)

    def _sample(self, arm: Arm, subject: Subject, wording: Wording, group: tuple[Query, ...]) -> Sample:
        name = group[0].id if len(group) == 1 else f"{group[0].id}..{group[-1].id}"
        world = self.scenario.render(arm, wording, seed="00", clock=self.clock, query=group[0].text)
        prompt: list[ChatMessage] = [ChatMessageSystem(content=world.system), ChatMessageUser(content=world.user)]
        pod = arm["form"] == "agentic"
        return Sample(
            id="/".join([wording.id, name, *self._levels(arm), *([subject.label] if subject.label else [])]),
            input=prompt,
            metadata={
                "scenario": self.scenario.id,
                "version": self.scenario.version,
                "arm": dict(arm),
                "wording": wording.id,
                "style": wording.origin,
                "pair": "/".join([wording.id, name, arm.pair(self.scenario.contrast), subject.label]),
                "clock": self.clock.isoformat(),
                "digests": sample_digests(prompt, self.scenario, arm, wording, pod=pod),
                "subject": subject.label,
                "step": subject.step,
                **({"checkpoint": subject.model} if subject.model else {}),
                **self._asked(arm, name, group, world.user),
            },
        )

    def _asked(self, arm: Arm, name: str, group: tuple[Query, ...], user: str) -> dict[str, Any]:
        """The bare request, which judges see in place of the prompt; or the cases and the lines above them."""
        if arm["form"] == "chat":
            return {"query": group[0].id, "request": group[0].text}
        return {
            "queue": name,
            "cases": [query.model_dump() for query in group],
            "heading": user.partition("\n\n")[0],
            "request": "\n\n".join(query.text for query in group),
        }

    def _levels(self, arm: Arm) -> list[str]:
        defaults = {name: factor.default for name, factor in self.scenario.factors.items()}
        return [f"{name}={level}" for name, level in arm.items() if name == "tier" or level != defaults[name]]


def _batched(queries: Sequence[Query], size: int) -> Iterator[tuple[Query, ...]]:
    return (tuple(queries[at : at + size]) for at in range(0, len(queries), size))
