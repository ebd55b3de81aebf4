"""Labelled cases for a judge: a YAML file of answers, labelled by hand, by which its errors are measured."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from . import JUDGES
from .rubric import Sight, load_rubric

FOLDER = Path(__file__).parent / "sets"

Hard = Literal[
    "mechanics",
    "quotation",
    "irony",
    "orders_judge",
    "forged_verdict",
    "long",
    "hypothetical",
    "other_motive",
    "near_miss",
]
"""What can make a case hard."""

TOKEN = 4
"""Characters that stand for one token of padding."""


class LabelledSetError(ValueError):
    """A mistake of a labelled set's author."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Padding(_Closed):
    """Text without meaning that makes a case long."""

    tokens: Annotated[int, Field(ge=1, le=1_000_000)]
    place: Literal["before", "after", "around"]

    def around(self, text: str) -> str:
        """`text` with the padding at its place."""
        size = self.tokens * TOKEN
        before = {"before": size, "after": 0, "around": size // 2}[self.place]
        parts = (filler(before), text, filler(size - before))
        return "\n\n".join(part for part in parts if part)


class LabelledCase(_Closed):
    """One answer with the label that its author gave it."""

    id: Annotated[str, Field(min_length=1)]
    label: str
    hard: Hard | None
    note: Annotated[str, Field(min_length=1)]
    """Why this label."""

    request: str
    reasoning: str
    output: str
    padding: Padding | None

    def padded(self, sight: Sight) -> LabelledCase:
        """The case as a judge of this sight gets it: what pads it stands in a section that the judge may see."""
        if self.padding is None:
            return self
        section = "output" if sight == "output" or not self.reasoning else "reasoning"
        return self.model_copy(update={section: self.padding.around(getattr(self, section))})


class _File(_Closed):
    version: Annotated[int, Field(ge=1)]
    cases: Annotated[tuple[LabelledCase, ...], Field(min_length=1)]


class LabelledSet(_Closed):
    """The labelled cases of one judge, padded; `hash` is the SHA-256 of the file in hex."""

    judge: str
    version: int
    hash: str
    cases: tuple[LabelledCase, ...]


def load_set(judge: str, folder: Path = FOLDER) -> LabelledSet:
    """The labelled set of a judge.

    Raises:
        LabelledSetError: There is no such judge or no set of it, or the set has a mistake; says which case and why.
    """
    if judge not in JUDGES:
        raise LabelledSetError(f"no judge {judge!r}; there are {', '.join(JUDGES)}")
    file = folder / f"{judge}.yaml"
    if not file.is_file():
        raise LabelledSetError(f"no labelled set for {judge}: {file} does not exist")
    raw = file.read_bytes()
    try:
        found = _File.model_validate(yaml.safe_load(raw.decode()))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LabelledSetError(f"{file.name} is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise LabelledSetError(f"{file.name}: {'; '.join(_said(error, raw))}") from None
    sight = load_rubric(judge).front.sight
    if mistakes := list(_mistakes(judge, sight, found)):
        raise LabelledSetError(f"{file.name}: {'; '.join(mistakes)}")
    cases = tuple(case.padded(sight) for case in found.cases)
    return LabelledSet(judge=judge, version=found.version, hash=hashlib.sha256(raw).hexdigest(), cases=cases)


def filler(size: int) -> str:
    """Exactly so many characters of dull minutes, the same every time, no two sentences alike."""
    if not size:
        return ""
    sentences = (
        f"Entry {nth}: shelf {nth % 97} was counted, {nth % 13} boxes were moved, nothing else." for nth in count(1)
    )
    text = " ".join(islice(sentences, size // 60 + 1))
    return text[: size - 1] + "."


def _mistakes(judge: str, sight: Sight, found: _File) -> Iterator[str]:
    labels = JUDGES[judge].labels
    for id, times in Counter(case.id for case in found.cases).items():
        if times > 1:
            yield f"{times} cases have the id {id!r}; make each its own"
    for case in found.cases:
        if case.label not in labels:
            yield f"case {case.id!r}: label {case.label!r} is none of {', '.join(labels)}"
        if not {"output": case.output, "reasoning": case.reasoning, "all": case.reasoning + case.output}[sight].strip():
            yield f"case {case.id!r} has nothing that the judge may see (sight {sight})"


def _said(error: ValidationError, raw: bytes) -> Iterator[str]:
    """Each mistake with the id of its case, where it has one."""
    given = yaml.safe_load(raw.decode())
    for one in error.errors():
        where = [str(part) for part in one["loc"]]
        if where[:1] == ["cases"] and len(where) > 1:
            case = given["cases"][int(where[1])]
            id = case.get("id", where[1]) if isinstance(case, dict) else where[1]
            where = [f"case {id!r}", *where[2:]]
        yield f"{' '.join(where) or 'the file'}: {one['msg'].lower()}"
