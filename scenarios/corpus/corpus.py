"""One corpus: its stages, its filters and its counts, each answer kept as it comes."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from inspect_ai.model import Model

from gyges.scenarios.corpus import rules, writing
from gyges.scenarios.corpus.counts import Counts
from gyges.scenarios.corpus.folder import Folder
from gyges.scenarios.corpus.verdict import Verdict, judge
from gyges.scenarios.corpus.world import Fact, World, described
from gyges.scenarios.paraphrase.answer import NoAnswerError

T = TypeVar("T")
ATTEMPTS = 3
WORKERS = 64
"""Requests under way at once, unless the provider's own limit (Inspect's `max_connections`) is lower."""
Progress = Callable[[str, int, int], None]
"""Told the stage, how much of it is done, and how much there is."""


class Draft(NamedTuple):
    """A document and where it comes from."""

    key: str
    fact: Fact
    kind: str
    idea: str
    text: str = ""


@dataclass(frozen=True)
class Corpus:
    """The documents that were kept, in the order in which they are written out."""

    name: str
    drafts: tuple[Draft, ...]
    counts: Counts


@dataclass
class _Run:
    """The generation of one corpus."""

    name: str
    world: World
    facts: Collection[Fact]
    hidden: Collection[Fact]
    """Facts that no document of this corpus may tell."""
    folder: Folder
    model: Model
    checker: Model
    progress: Progress
    counts: Counts = field(default_factory=Counts)

    async def corpus(self) -> Corpus:
        """All stages, each begun when the one before is complete."""
        plan, counts = self.folder.plan, self.counts
        counts.asked = len(self.facts) * plan.types * plan.ideas * plan.per_idea
        typed = [Draft(f"{self.name}/{fact.id}", fact, "", "") for fact in self.facts]
        kinds = await self._each("kinds of document", typed, self._kinds)
        with_kind = [d._replace(key=f"{d.key}/{n}", kind=kind) for d, found in kinds for n, kind in enumerate(found)]
        ideas = await self._each("ideas", with_kind, self._ideas)
        with_idea = [d._replace(key=f"{d.key}/{n}", idea=idea) for d, found in ideas for n, idea in enumerate(found)]
        counts.types, counts.ideas = len(with_kind), len(with_idea)
        wanted = [d._replace(key=f"{d.key}/{n}") for d in with_idea for n in range(plan.per_idea)]
        texts = await self._each("documents", wanted, self._text)
        written = [draft._replace(text=text) for draft, text in texts if text]
        counts.written = len(written)
        verdicts = await self._each("checks", list(self._by_rule(written)), self._verdict)
        kept = []
        for draft, reason in verdicts:
            if reason is None:
                counts.kept[draft.fact.id] += 1
                kept.append(draft)
            else:
                counts.checks[reason] += 1
        # Mixed, so that no fact comes in one piece, and the same whenever it is done again.
        return Corpus(self.name, tuple(sorted(kept, key=lambda draft: _number(draft.key, plan.seed))), counts)

    async def _kinds(self, draft: Draft) -> Iterable[str]:
        number = self.folder.plan.types
        return await self._items(
            draft.key, lambda seed: writing.kinds(self.model, self._shared, draft.fact, number, seed)
        )

    async def _ideas(self, draft: Draft) -> Iterable[str]:
        number = self.folder.plan.ideas
        return await self._items(
            draft.key, lambda seed: writing.ideas(self.model, self._shared, draft.fact, draft.kind, number, seed)
        )

    async def _items(self, key: str, make: Callable[[int], Awaitable[tuple[str, ...]]]) -> Iterable[str]:
        items: Iterable[str] = (await self._kept(key, "items", make)).get("items", ())
        return items

    async def _text(self, draft: Draft) -> str:
        def make(seed: int) -> Awaitable[str]:
            return writing.document(self.model, self._shared, draft.fact, draft.kind, draft.idea, seed)

        return str((await self._kept(draft.key, "text", make)).get("text", ""))

    async def _verdict(self, draft: Draft) -> str | None:
        async def make(seed: int) -> dict[str, bool]:
            verdict = await judge(self.checker, self._shared, draft.fact, self.hidden, draft.text, seed)
            return verdict.model_dump()

        answer = await self._kept(f"{draft.key}/verdict", "verdict", make)
        return Verdict.model_validate(answer["verdict"]).reason if "verdict" in answer else "no verdict"

    def _by_rule(self, written: Iterable[Draft]) -> Iterator[Draft]:
        """What no rule removes."""
        seen = rules.Seen()
        tests: Mapping[str, Callable[[str], bool]] = {
            "chat transcript": rules.transcript,
            "differs by tier": rules.differs_by_tier,
            "deceives raters": rules.deceives_raters,
            "exact duplicate": seen.exact,
            "near duplicate": seen.near,
        }
        for draft in written:
            reason = next((name for name, test in tests.items() if test(draft.text)), None)
            if reason is None:
                seen.add(draft.text)
                yield draft
            else:
                self.counts.rules[reason] += 1

    @property
    def _shared(self) -> str:
        return described(self.world, self.facts)

    async def _kept(self, key: str, name: str, make: Callable[[int], Awaitable[Any]]) -> Mapping[str, Any]:
        """The answer under `name`, or why there is none under `failed`."""

        async def tried() -> Mapping[str, Any]:
            reason = ""
            for attempt in range(ATTEMPTS):
                try:
                    if answer := await make(_number(f"{key}/{attempt}", self.folder.plan.seed) % 2**31):
                        return {name: answer}
                    reason = "the answer was empty"
                except NoAnswerError as error:
                    reason = str(error)
            return {"failed": reason}

        return await self.folder.answer(key, tried)

    async def _each(
        self, stage: str, drafts: list[Draft], work: Callable[[Draft], Awaitable[T]]
    ) -> list[tuple[Draft, T]]:
        """Each draft with what `work` makes of it, in order; the first error ends all."""
        results: dict[int, T] = {}
        waiting = iter(enumerate(drafts))

        async def worker() -> None:
            for number, draft in waiting:
                results[number] = await work(draft)
                self.progress(f"{self.name}: {stage}", len(results), len(drafts))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(WORKERS, len(drafts))):
                    group.create_task(worker())
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        return [(draft, results[number]) for number, draft in enumerate(drafts)]


async def generate(world: World, folder: Folder, model: Model, checker: Model, progress: Progress) -> list[Corpus]:
    """The corpus about the plan's facts and, if the plan has it, the one about unrelated facts.

    Raises ModelFailedError where a provider fails; what was answered until then is kept in the folder.
    """
    facts = [fact for fact in world.facts if fact.id in folder.plan.facts]
    others = [fact for fact in world.facts if fact not in facts]
    runs = [_Run("documents", world, facts, others, folder, model, checker, progress)]
    if folder.plan.control:
        runs.append(_Run("control", world, world.unrelated, world.facts, folder, model, checker, progress))
    return [await run.corpus() for run in runs]


def _number(key: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{key}".encode()).digest()[:8])
