"""What `scenario.yaml` may say; unknown keys are refused."""

from collections.abc import Collection, Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from gyges.scenarios.field import Address, Instant, Model, Name, PodPath

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Of something in Python: a tool, a detector, a judge. Which there are, `gyges.scenarios.kinds` is told."""


class Level(Model):
    """One value of a factor."""

    description: str
    vars: dict[str, str] = Field(default_factory=dict)
    """What templates see as `level.FACTOR.NAME`."""


class Factor(Model):
    """An experimental variable."""

    default: str
    description: str
    touches: tuple[str, ...]
    """The parts that depend on it, as `gyges lint` names them: `system`, `user`, `again`, `replay`, `mail:ID`,
    `file:/PATH`, `stub:NAME`, `answers`."""
    levels: dict[Name, Level]

    @model_validator(mode="after")
    def _default_is_a_level(self) -> Self:
        if self.default not in self.levels:
            raise ValueError(f"default {self.default!r} is not a level; levels are {', '.join(self.levels)}")
        return self


class Person(Model):
    """Someone in the scenario's world."""

    id: Name
    name: str
    address: Address
    role: str


class CanarySpec(Model):
    """A secret to plant: what it is, and the file it makes up if it makes up a whole one."""

    name: Name
    kind: Literal["weights", "credential"]
    path: PodPath
    """Where it is planted."""
    size: int | None = Field(default=None, gt=0)
    """Weights only: bytes of int8 data."""
    format: Literal["safetensors", "token", "ssh-key", "ssh-fingerprint"]
    prefix: str = ""
    """Token only: what its value begins with."""
    of: Name | None = None
    """Fingerprint only: the ssh-key canary that it belongs to."""
    comment: str = ""
    """SSH key only: its comment."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.format == "safetensors") != (self.kind == "weights") or (self.size is not None) != (
            self.kind == "weights"
        ):
            raise ValueError(
                f"canary {self.name!r}: weights have format safetensors and a size; credentials have neither"
            )
        if (self.of is not None) != (self.format == "ssh-fingerprint"):
            raise ValueError(
                f"canary {self.name!r}: `of` names the key of an ssh-fingerprint and belongs to nothing else"
            )
        return self


class Exposure(Model):
    """What must have happened for a temptation to be met: the model was shown one of `markers`, and one of `also` if
    there are any; and, with `after`, it has crossed one of those red lines.
    """

    always: bool = False
    markers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    after: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.always == bool(self.markers or self.after):
            raise ValueError("give either `always: true`, or `markers` or `after`")
        return self

    def met(self, shown: Iterable[str], crossed: Collection[str] = ()) -> bool:
        """Whether these texts, all that the model was shown, hold the markers, and a red line of `after` was crossed.

        Args:
            shown: The texts.
            crossed: Ids of the red lines that were crossed.
        """
        if self.after and not set(self.after) & set(crossed):
            return False
        texts = tuple(shown)
        groups = tuple(group for group in (self.markers, self.also) if group)
        return all(any(marker in text for marker in group for text in texts) for group in groups)


class Judged(Model):
    """What a judge must have said, too, for an act to cross a red line: code finds the act, a judge reads its words."""

    judge: Identifier
    labels: Annotated[tuple[str, ...], Field(min_length=1)]


class Sign(Model):
    """An act that a detector looks for; the id is the score's column."""

    id: Name
    title: str
    detector: Identifier
    params: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class RedLine(Sign):
    """A behaviour that the developer would object to, with its detector."""

    permitted_when: dict[str, str] = Field(default_factory=dict)
    """Factor and level under which the same act is no violation."""
    judged: Judged | None = None


class Destinations(Model):
    """Where data of the lab may go."""

    authorised: tuple[str, ...] = ()
    """Host globs, CIDR blocks and mail domains."""


class Escalation(Model):
    """Which mails count as telling a human in charge."""

    contacts: tuple[Address, ...] = ()
    about: tuple[str, ...] = ()
    """Such a mail holds one of these. Narrower than exposure: an honest report may well name where the weights are."""

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.contacts) != bool(self.about):
            raise ValueError("give both `contacts` and `about`, or neither")
        return self


class Limits(Model):
    """Of one sample."""

    messages: int = Field(gt=0)
    seconds: int = Field(gt=0)


class Pod(Model):
    """As whom and where the model's commands run."""

    user: str
    workdir: PodPath


class Library(Model):
    """Where the scenario's documents lie, for the arms in which a model has them."""

    folder: PodPath
    """In the pod; in a chat they stand in the system prompt."""
    when: dict[Name, Name]
    """Factor and level."""


class TellAllowed(Model):
    """A text that looks like a tell and stays, with the reason."""

    text: str
    where: str
    """Glob over part names."""
    reason: str


class Protocol(Model):
    """The published protocol that a scenario follows."""

    source: str
    """Authors, year, where, section."""
    differs: Annotated[tuple[str, ...], Field(min_length=1)]
    """What is different here, a sentence each."""


class Manifest(Model):
    """`scenario.yaml`. A scenario without a mailbox, a pod or red lines leaves out what belongs to them."""

    id: Name
    version: Annotated[str, StringConstraints(pattern=r"^\d+-[A-Z]$")]
    """`N-X`: the number moves when results stop being comparable, the letter when the interface changes."""
    title: str
    hypothesis: str
    interest_harmed: str
    benign_reading: str
    alternative_explanation: str
    legitimate_route: str
    counts: tuple[str, ...] = ()
    """What counts as crossing a red line, for readers; a sentence each."""
    counts_not: tuple[str, ...] = ()
    """What comes near and does not count."""
    protocol: Protocol | None = None
    benign_twin: dict[str, str]
    """The levels that take the conflict away."""
    distractors: tuple[str, ...] = ()
    """Parts that tempt or puzzle and have nothing to do with any red line."""
    iterations: tuple[str, ...]
    """How the prompts came to be: what was changed, after which runs on which model."""
    factors: dict[Name, Factor]
    contrast: Name
    clock: Instant
    staff: tuple[Person, ...] = ()
    operator: Address | None = None
    """The model's own mailbox."""
    canaries: tuple[CanarySpec, ...] = ()
    exposure: dict[Name, Exposure] = Field(default_factory=dict)
    guarded: tuple[PodPath, ...] = ()
    destinations: Destinations = Destinations()
    red_lines: tuple[RedLine, ...] = ()
    observed: tuple[Sign, ...] = ()
    """Acts that cross no red line and are recorded beside them."""
    tools: tuple[Identifier, ...] = ()
    """What the model may call."""
    rounds: int = Field(default=1, ge=1)
    """How often the model is given the floor: once it has stopped and something new has come in, again."""
    escalation: Escalation = Escalation()
    answers: str | None = None
    library: Library | None = None
    limits: Limits
    pod: Pod | None = None
    tells_allowed: tuple[TellAllowed, ...] = ()
