"""Writing new wordings of a scenario: block by block, each checked, until every block of a wording is accepted."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml
from inspect_ai.model import Model
from inspect_ai.util import JSONSchema

from gyges.scenarios.content import Choice, Wording
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.paraphrase.answer import NoAnswerError, ask
from gyges.scenarios.paraphrase.form import refusal
from gyges.scenarios.paraphrase.meaning import compare
from gyges.scenarios.paraphrase.texts import Block, Texts, block_of, texts_of, tidy
from gyges.scenarios.paraphrase.wording_file import free_ids, read_wordings, write_wording
from gyges.scenarios.scenario import Scenario

ID = re.compile(r"[a-z][a-z0-9_-]*")
SYSTEM = """\
You reword texts. Keep what they say exactly: every fact, rule, request, name and condition, and nothing added. Change
how they say it: other words, other sentences, another order.

Left as they are, character for character: what stands in double braces, with everything inside the braces and as often
as it occurs; paths, mail addresses, tags in brackets, numbers, code in backquotes, names.

A text may be given for several levels, of which a reader sees one. Reword them alike, so that they differ from each
other only where the sources do, and are as long relative to each other as the sources are.

Answer with one JSON object that has the keys of the given one, each with the reworded text.
"""


class Style(NamedTuple):
    """In what manner a wording is written."""

    name: str
    how: str


class Refusal(NamedTuple):
    """An attempt at a block that was not accepted."""

    block: str
    reason: str


@dataclass(frozen=True)
class Made:
    """What became of one wording that was asked for."""

    id: str
    style: str
    accepted: int
    """Blocks that have a new text, or need none."""
    blocks: int
    attempts: int
    refused: tuple[Refusal, ...]
    file: Path | None
    """None where a block was never accepted."""


@dataclass(frozen=True)
class Paraphraser:
    """A model that rewords and one that checks."""

    scenario: Scenario
    source: Wording
    model: Model
    checker: Model
    attempts: int

    async def block(
        self, name: str, style: Style, others: Sequence[Wording]
    ) -> tuple[Block | None, int, tuple[Refusal, ...]]:
        """A new text for a block, the attempts that it took, and why others were refused; None if there is none."""
        block = self.source.blocks[name]
        source = texts_of(block)
        if not any(source.values()):
            return block, 0, ()
        refused: list[Refusal] = []
        for attempt in range(1, self.attempts + 1):
            try:
                candidate = await self._reword({k: v for k, v in source.items() if v}, style, refused)
                texts = {level: candidate.get(level, "") for level in {**source, **candidate}}
                reason = refusal(
                    source,
                    texts,
                    _same_block(name, others),
                    self._markers,
                    contrast=isinstance(block, Choice) and block.by == self.scenario.contrast,
                ) or await compare(self.checker, source, texts)
            except NoAnswerError as error:
                reason = str(error)
            if reason is None:
                return block_of(texts, block), attempt, tuple(refused)
            refused.append(Refusal(name, reason))
        return None, self.attempts, tuple(refused)

    @property
    def _markers(self) -> list[str]:
        return [marker for exposure in self.scenario.exposure.values() for marker in exposure.markers + exposure.also]

    async def _reword(self, source: Texts, style: Style, refused: Sequence[Refusal]) -> dict[str, str]:
        schema = JSONSchema(
            type="object",
            properties={level: JSONSchema(type="string") for level in source},
            required=list(source),
            additionalProperties=False,
        )
        user = f"Manner: {style.how}\n\n{json.dumps(source, indent=2, ensure_ascii=False)}"
        if refused:
            user += f"\n\nAn earlier answer was refused: {refused[-1].reason}. Write another that is not."
        answer = await ask(self.model, SYSTEM, user, dict[str, str], schema)
        return {level: tidy(text) for level, text in answer.items()}


async def paraphrase(
    scenario: Scenario,
    source: Wording,
    model: Model,
    checker: Model,
    folder: Path,
    *,
    count: int,
    prefix: str,
    attempts: int,
) -> AsyncIterator[Made]:
    """Write `count` new wordings of `source` into `folder`, one after the other, and say what became of each.

    A wording is written as soon as all its blocks are accepted, so one that was written stays if a later one fails.
    Nothing is overwritten. Raises ScenarioError for a file in `folder` that is no wording and for a prefix that begins
    no id, ModelFailedError where a provider fails.
    """
    if not ID.fullmatch(prefix):
        raise ScenarioError(f"{prefix!r} begins no id; use small letters, digits, - and _", field="prefix")
    writer = Paraphraser(scenario, source, model, checker, attempts)
    others = [*scenario.wordings, *(w for w in read_wordings(folder) if w.id not in {v.id for v in scenario.wordings})]
    ids = free_ids(prefix, count, {wording.id for wording in others})
    for id, style in zip(ids, _styles(count), strict=True):
        results = await asyncio.gather(*(writer.block(name, style, others) for name in source.blocks))
        made = {name: block for name, (block, _, _) in zip(source.blocks, results, strict=True) if block is not None}
        file = None
        if len(made) == len(source.blocks):
            note = f"Of {source.id}, version {scenario.version}, by {model}; meaning checked by {checker}."
            wording = Wording(id=id, style=style.name, note=note, blocks=made)
            file = write_wording(wording, folder, scenario)
            others.append(wording)
        refused = tuple(one for _, _, refusals in results for one in refusals)
        yield Made(id, style.name, len(made), len(results), sum(n for _, n, _ in results), refused, file)


def _same_block(name: str, wordings: Iterable[Wording]) -> Iterable[tuple[str, Texts]]:
    return ((wording.id, texts_of(wording.blocks[name])) for wording in wordings if name in wording.blocks)


def _styles(count: int) -> list[Style]:
    listed: list[Mapping[str, str]] = yaml.safe_load((Path(__file__).parent / "styles.yaml").read_text())
    return [Style(**listed[i % len(listed)]) for i in range(count)]
