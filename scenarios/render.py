"""Filling a scenario's templates for one arm, wording and seed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import ValidationError

from gyges.ledger.canary import Canary
from gyges.scenarios.arm import Arm
from gyges.scenarios.content import (
    After,
    Answers,
    Choice,
    DocumentFile,
    FileEntry,
    Line,
    MailFile,
    Question,
    Questions,
    Replay,
    Wording,
)
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.field import Model
from gyges.scenarios.moment import moment
from gyges.scenarios.secret import forge
from gyges.scenarios.template import Context, Templates

if TYPE_CHECKING:
    from gyges.scenarios.scenario import Scenario

T = TypeVar("T", bound=Model)
LISTING = "files/files.yaml"
RECALL = "recall.yaml.j2"
REPLAY = "replay.yaml.j2"
AGAIN = "again.md.j2"
STUBS = "stubs"


@dataclass(frozen=True)
class PodFile:
    """One file of the pod."""

    path: str
    content: bytes
    owner: str
    group: str
    mode: int
    mtime: int
    """Seconds since 1970, UTC."""


@dataclass(frozen=True)
class Mail:
    """One message that lies in the model's mailbox when it starts, or comes in later."""

    id: str
    """Of the file `2041-plans.yaml.j2`, `2041`: the rest is for the author, the model sees the number."""
    sender: str
    to: tuple[str, ...]
    date: datetime
    """Of a message with `after`, the world's now: it is dated when it comes in."""
    subject: str
    body: str
    attachments: tuple[str, ...]
    """Paths in the pod."""
    after: After | None = None


@dataclass(frozen=True)
class Document:
    """One document of the library."""

    id: str
    title: str
    fact: str | None
    key: str
    body: str


@dataclass(frozen=True)
class Rendered:
    """Everything that one sample is told and finds."""

    system: str
    user: str
    again: str
    """What it is told when it has stopped and something new has come in."""
    mail: tuple[Mail, ...]
    """Oldest first; those that come in later at the end."""
    files: tuple[PodFile, ...]
    documents: tuple[Document, ...]
    """The library, in the arms that have one; in a pod each is a file as well."""
    stubs: Mapping[str, Any]
    """Name of a stub to its data, as YAML values."""
    stub_texts: Mapping[str, str]
    replay: Replay | None
    """The published form of the protocol, in scenarios that have one."""
    recall: tuple[Question, ...]
    """Questions about the facts of the arm, never part of what the model is told."""
    canaries: tuple[Canary, ...]
    answers: dict[str, Any]
    """The witness's canned answers, as its `answers` command takes them."""
    guarded: tuple[str, ...]
    clock: datetime

    def parts(self) -> dict[str, bytes]:
        """All that the model can read, by part name: `system`, `user`, `again`, `replay`, `mail:ID`, `file:/PATH`,
        `stub:NAME`, `answers`. Those that a scenario does not have are left out.

        The documents of a library stand in `system` or are files.
        """
        mail = {f"mail:{m.id}": f"{m.sender}\n{', '.join(m.to)}\n{m.subject}\n\n{m.body}".encode() for m in self.mail}
        files = {f"file:{f.path}": f.content for f in self.files}
        answers = "\n".join(f"{host} {json.dumps(said)}" for host, said in self.answers["hosts"].items()).encode()
        stubs = {f"stub:{name}": text.encode() for name, text in self.stub_texts.items()}
        replayed = "\n\n".join(_line(one) for one in self.replay.messages) if self.replay else ""
        rest = {"again": self.again.encode(), "replay": replayed.encode()}
        return {
            "system": self.system.encode(),
            "user": self.user.encode(),
            **{name: text for name, text in rest.items() if text},
            **mail,
            **files,
            **stubs,
            "answers": answers,
        }


def _line(line: Line) -> str:
    return line.content + (json.dumps(line.call.model_dump(), ensure_ascii=False) if line.call else "")


class Renderer:
    """Renders one scenario, and keeps its compiled templates."""

    def __init__(self, scenario: "Scenario") -> None:
        self.scenario = scenario
        self.templates = Templates(scenario.root)

    def render(self, arm: Arm, wording: Wording, seed: str, clock: datetime, query: str) -> Rendered:
        """See `Scenario.render`."""
        made = forge(self.scenario.canaries, seed)
        values = self._values(arm, clock)
        values["canary"] = {name: canary for name, (canary, _) in made.items()}
        values["planted"] = {name: content for name, (_, content) in made.items()}
        values["query"] = query
        sources = {**_sources(arm, clock), "canary": seed, "planted": seed, "query": query}
        documents = self._documents(arm, Context(values, sources))
        values["documents"] = documents
        sources["documents"] = documents
        values["block"] = self._blocks(wording, arm, Context(values, sources))
        context = Context(values, {**sources, "block": tuple(values["block"].items())})
        mail = [m for id in self.scenario.mail if (m := self._mail(id, arm, context, clock))]
        mail.sort(key=lambda m: (m.after is not None, m.date))
        texts = {name: self.templates.file(f"{STUBS}/{name}.yaml.j2", context) for name in self.scenario.stubs}
        inbox = tuple(m for m in mail if m.after is None)
        told = Context({**context.values, "mail": inbox}, {**context.sources, "mail": inbox})
        files = [self._file(entry, context, clock) for entry in self.scenario.files if _in_arm(entry.arms, arm)]
        files += [self._shelved(document, clock) for document in documents]
        return Rendered(
            system=self.templates.file("system.md.j2", context).strip() + "\n",
            user=self.templates.file("task.md.j2", context).strip() + "\n",
            again=self._optional(AGAIN, context),
            mail=tuple(mail),
            files=tuple(files),
            documents=documents,
            stubs={name: self._values_of(f"{STUBS}/{name}.yaml.j2", text) for name, text in texts.items()},
            stub_texts=texts,
            replay=self._replay(told),
            recall=self._recall(context),
            canaries=tuple(canary for canary, _ in made.values()),
            answers=self._answers(context),
            guarded=self.scenario.guarded,
            clock=clock,
        )

    def fill(self, name: str, arm: Arm, clock: datetime) -> str:
        """See `Scenario.fill`."""
        return self.templates.file(name, Context(self._values(arm, clock), _sources(arm, clock)))

    def _values(self, arm: Arm, clock: datetime) -> dict[str, Any]:
        factors = self.scenario.factors
        return {
            **arm,
            "level": {factor: factors[factor].levels[level].vars for factor, level in arm.items()},
            "staff": {person.id: person for person in self.scenario.staff},
            "operator": self.scenario.operator,
            "clock": clock,
            "at": lambda text: moment(text, clock),
        }

    def _blocks(self, wording: Wording, arm: Arm, context: Context) -> dict[str, str]:
        name = f"wordings/{wording.id}.yaml"
        texts = {id: b.levels[arm[b.by]] if isinstance(b, Choice) else b for id, b in wording.blocks.items()}
        return {id: self.templates.text(text, context, name, f"blocks.{id}").strip() for id, text in texts.items()}

    def _mail(self, id: str, arm: Arm, context: Context, clock: datetime) -> Mail | None:
        name = f"mail/{id}.yaml.j2"
        mail = self._parse(MailFile, name, context)
        if not _in_arm(mail.arms, arm):
            return None
        date = clock if mail.date is None else self._moment(mail.date, clock, name, "date")
        number = id.partition("-")[0]
        return Mail(number, mail.sender, mail.to, date, mail.subject, mail.body, mail.attachments, mail.after)

    def _documents(self, arm: Arm, context: Context) -> tuple[Document, ...]:
        library = self.scenario.library
        if library is None or any(arm[factor] != level for factor, level in library.when.items()):
            return ()
        read = {id: self._parse(DocumentFile, f"documents/{id}.yaml.j2", context) for id in self.scenario.documents}
        return tuple(
            Document(id, file.title, file.fact, file.key, file.body)
            for id, file in read.items()
            if _in_arm(file.arms, arm)
        )

    def _shelved(self, document: Document, clock: datetime) -> PodFile:
        """A document as a file of the pod; each is some days old."""
        library = self.scenario.library
        assert library is not None  # noqa: S101  only then are there documents
        age = timedelta(days=3 + len(document.title))
        content = f"# {document.title}\n\n{document.body.strip()}\n".encode()
        path = f"{library.folder}/{document.id}.md"
        return PodFile(path, content, "root", "platform", 0o644, int((clock - age).timestamp()))

    def _recall(self, context: Context) -> tuple[Question, ...]:
        if not (self.scenario.root / RECALL).is_file():
            return ()
        return self._parse(Questions, RECALL, context).questions

    def _optional(self, name: str, context: Context) -> str:
        return self.templates.file(name, context).strip() + "\n" if (self.scenario.root / name).is_file() else ""

    def _replay(self, context: Context) -> Replay | None:
        if not (self.scenario.root / REPLAY).is_file():
            return None
        return self._parse(Replay, REPLAY, context)

    def _values_of(self, name: str, text: str) -> Any:
        try:
            return _loaded(text)
        except yaml.YAMLError as error:
            raise ScenarioError(f"once filled in, is not valid YAML: {error}", self.scenario.root / name) from error

    def _answers(self, context: Context) -> dict[str, Any]:
        if self.scenario.answers is None:
            return Answers(hosts={}).model_dump(exclude_none=True, mode="json")
        return self._parse(Answers, self.scenario.answers, context).model_dump(exclude_none=True, mode="json")

    def _file(self, entry: FileEntry, context: Context, clock: datetime) -> PodFile:
        path = self.templates.text(entry.path, context, LISTING, "path")
        if entry.source is None:
            content = context.values["planted"][entry.canary]
        elif entry.source.endswith(".j2"):
            content = self.templates.file(f"files/{entry.source}", context).encode()
        else:
            content = self.templates.plain(f"files/{entry.source}")
        mtime = self._moment(entry.mtime, clock, LISTING, f"mtime of {path}")
        return PodFile(path, content, entry.owner, entry.group, int(entry.mode, 8), int(mtime.timestamp()))

    def _parse(self, model: type[T], name: str, context: Context) -> T:
        text = self.templates.file(name, context)
        try:
            parsed: T = _parsed(model, text)
        except (yaml.YAMLError, ValidationError) as error:
            raise ScenarioError(
                f"once filled in, is not a valid {model.__name__}: {error}", self.scenario.root / name
            ) from error
        return parsed

    def _moment(self, text: str, clock: datetime, name: str, field: str) -> datetime:
        try:
            return moment(text, clock)
        except ValueError as error:
            raise ScenarioError(str(error), self.scenario.root / name, field=field) from error


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=4096)
def _parsed(model: type[T], text: str) -> T:
    # Arms share most of their texts, and parsing YAML is what takes the time.
    return model.model_validate(yaml.load(text, _LOADER))  # noqa: S506  a safe one, in C where there is one


@lru_cache(maxsize=4096)
def _loaded(text: str) -> Any:
    return yaml.load(text, _LOADER)  # noqa: S506  as above


def _sources(arm: Arm, clock: datetime) -> dict[str, Any]:
    """What decides the values that every template of an arm has."""
    return {**arm, "level": arm, "clock": clock, "at": clock}


def _in_arm(arms: Mapping[str, tuple[str, ...]], arm: Arm) -> bool:
    return all(arm[factor] in levels for factor, levels in arms.items())
