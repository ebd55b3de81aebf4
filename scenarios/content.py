"""What the files beside `scenario.yaml` may say: wordings, the list of files, mail, canned answers."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

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
    note: str
    blocks: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")], str | Choice]


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


class MailFile(Model):
    """`mail/ID.yaml.j2`, once rendered."""

    sender: Address
    to: tuple[Address, ...]
    date: str
    """A moment; see `gyges.scenarios.moment`."""
    subject: str
    body: str
    attachments: tuple[PodPath, ...] = ()
    arms: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)


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
