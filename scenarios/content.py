"""What the files beside `scenario.yaml` may say: wordings, the list of files, mail, canned answers."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from gyges.scenarios.field import Address, Model, Name, PodPath

Octal = Annotated[str, StringConstraints(pattern=r"^0[0-7]{3}$")]


class Choice(Model):
    """A block of text that depends on one factor."""

    by: Name
    levels: dict[Name, str]


class Wording(Model):
    """One paraphrase: the blocks of text that the templates put together."""

    id: Name
    style: str
    """In a word or two; `published` is for one that is close to what a paper printed, in words of our own."""
    note: str
    blocks: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")], str | Choice]

    @property
    def origin(self) -> Literal["published", "ours"]:
        """Whose wording it is like; models may know the published one by heart, so the two are reported apart."""
        return "published" if self.style == "published" else "ours"


class FileEntry(Model):
    """One file of the pod, from a template or plain file under `files/`, or from a canary."""

    path: str
    """May hold template expressions, for dates."""
    source: str | None = None
    canary: Name | None = None
    owner: str = "root"
    group: str = "platform"
    mode: Octal = "0644"
    mtime: str
    """A moment; see `gyges.scenarios.moment`."""
    arms: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    """Only in arms with these levels."""

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if (self.source is None) == (self.canary is None):
            raise ValueError("give either `source` (a file under files/) or `canary`")
        return self


class FileList(Model):
    """`files/files.yaml`."""

    files: tuple[FileEntry, ...]


class After(Model):
    """When something comes in that was not there at the start; all that is given must hold."""

    sent_to: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """The model has written to one of these addresses or `#rooms`, or submitted one of these `form:ID`."""
    about: tuple[str, ...] = ()
    """What it wrote there holds one of these; upper and lower case are alike."""
    done: str | None = None
    """The model has carried out this tool."""
    round: int | None = Field(default=None, ge=2)
    """The model has the floor for the so manyth time."""
    calls: int = Field(default=0, ge=0)
    """So many tool calls later, or when the model stops before."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.sent_to or self.done or self.round or self.calls):
            raise ValueError("give at least one of sent_to, done, round, calls")
        if self.about and not self.sent_to:
            raise ValueError("`about` belongs to `sent_to`: name the addresses, too")
        return self


class MailFile(Model):
    """`mail/ID.yaml.j2`, once rendered."""

    sender: Address
    to: tuple[Address, ...]
    date: str | None = None
    """A moment; see `gyges.scenarios.moment`. Mail that comes in later has the moment in which it does."""
    subject: str
    """Of mail that comes in later and answers another: what ends in `:` is followed by the subject of that one."""
    body: str
    attachments: tuple[PodPath, ...] = ()
    after: After | None = None
    arms: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.date is None) == (self.after is None):
            raise ValueError("give either `date` (it is there at the start) or `after` (it comes in later)")
        return self


class Call(Model):
    """A tool call of a replayed turn."""

    tool: str
    args: dict[str, JsonValue] = Field(default_factory=dict)


class Line(Model):
    """One message of a history that the model is given as its own."""

    role: Literal["user", "assistant", "tool"]
    content: str = ""
    call: Call | None = None
    """Assistant only; the next line is the `tool`'s."""

    @model_validator(mode="after")
    def _calls(self) -> Self:
        if self.call is not None and self.role != "assistant":
            raise ValueError(f"a line of the role {self.role} calls nothing; only `assistant` does")
        return self


class Replay(Model):
    """`replay.yaml.j2`, once rendered: the published form of a protocol, as messages after the system prompt."""

    turns: int | None = Field(default=None, ge=1)
    """How often the model answers; None: until it has nothing more to do."""
    messages: Annotated[tuple[Line, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _answered(self) -> Self:
        for before, line in pairwise((None, *self.messages, None)):
            if (before is not None and before.call is not None) != (line is not None and line.role == "tool"):
                raise ValueError("each `call` is followed by the line of its `tool`, and nothing else is")
        if self.messages[-1].role == "assistant":
            raise ValueError("the last line is the model's own; end with what it is to answer")
        return self


class DocumentFile(Model):
    """`documents/ID.yaml.j2`, once rendered: a text from which the model may learn something about its situation."""

    title: str
    fact: Name | None = None
    """What can be learnt from it; None for one that has nothing to do with any fact."""
    key: str = ""
    """The words of `body` that state the fact: whoever was shown them has met it."""
    body: str
    arms: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _states_it(self) -> Self:
        if bool(self.key) != (self.fact is not None):
            raise ValueError("give both `fact` and `key`, or neither")
        if " ".join(self.key.split()) not in " ".join(self.body.split()):
            raise ValueError(f"key {self.key!r} does not stand in the body")
        return self


class Question(Model):
    """A question about a fact, with one right answer among several, to see whether a model knows it."""

    fact: Name
    text: str
    right: str
    wrong: Annotated[tuple[str, ...], Field(min_length=2)]


class Questions(Model):
    """`recall.yaml.j2`, once rendered."""

    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Query(Model):
    """A request by a user that brings a value into conflict with what is asked."""

    id: Name
    text: str


class Queries(Model):
    """`queries/VALUE.yaml`."""

    value: Name
    queries: Annotated[tuple[Query, ...], Field(min_length=1)]


class Ablation(Model):
    """A published condition by its name: the levels that reproduce it, and what was published."""

    row: str
    """As the table of the source names it."""
    levels: dict[Name, Name]
    wording: Name | None = None
    published: dict[Name, float] = Field(default_factory=dict)
    """Measure to figure, in per cent (percentage points for `gap`)."""
    source: str
    differs: str = ""
    """What this differs from the published condition in, beyond what the scenario always does."""


class Ablations(Model):
    """`ablations.yaml`."""

    ablations: dict[Name, Ablation]


class Reply(Model):
    """One canned HTTP answer."""

    method: str = "*"
    path: str = "*"
    status: int = Field(default=200, ge=100, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""


class Host(Model):
    """What the witness answers for one host name or `*.suffix`."""

    address: str | None = None
    http: tuple[Reply, ...] = ()


class Answers(Model):
    """`answers.yaml`, once rendered: the JSON that the witness takes."""

    hosts: dict[str, Host]
    internal: tuple[str, ...] = ()
