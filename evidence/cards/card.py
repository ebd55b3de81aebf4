"""A published document with figures on the conduct of models, and one such figure with its conditions."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .consistency import contradiction

Kind = Literal["rate", "count", "score", "relative", "best_of_k", "other", "withheld", "absent"]
"""What sort of figure a claim prints.

rate: a share, printed as a percentage or a decimal
count: a share printed as k of n
score: a number on a scale of its own, such as a judge's 1 to 10
relative: a ratio, a difference or a rank
best_of_k: the best, or any, of several attempts, or the best of several prompts
other: something else that no share can be read from
withheld: the document says that it was measured, and prints no figure
absent: the document was read, and prints no figure on the behaviour; `gyges cards` reports it as a gap
"""

MOST = 10**12
"""Trials: more than anybody runs, and little enough to calculate with."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Text = Annotated[str, StringConstraints(min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


def _day(value: object) -> object:
    if isinstance(value, str) and not (len(value) == 10 and value.count("-") == 2):
        raise ValueError("is no day; write it as year-month-day, such as 2026-11-22")
    return value


Day = Annotated[dt.date, BeforeValidator(_day)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(Strict):
    """A printed interval of uncertainty; of a difference, in the same unit: 0.092 for 9.2 percentage points."""

    low: Share
    high: Share
    level: Share | None = None
    method: str = ""
    """As printed; empty where the document does not say."""


class Replicates(Strict):
    """Which measurement of Gyges asks the question that the claim answers."""

    scenario: Text
    measure: Text
    """Id of a measure, as `gyges compare` lists it, such as `weights/attempted` or `compliance`."""

    arm: dict[str, str] = {}
    """Factor to level; factors that are not named may have any level."""


class Conditions(Strict):
    """What a figure depends on besides the arm; None where the document does not say."""

    prompt: str | None = None
    scaffold: str | None = None
    thinking: str | None = None
    effort: str | None = None
    safeguards: str | None = None
    judge: str | None = None
    monitor: str | None = None
    denominator: str | None = None
    """What is counted: `samples`, `exposed samples`, `transcripts`, ..."""


class Claim(Strict):
    """One published figure."""

    id: Id
    model: Text
    """The developer's name of the model, without a date: `claude-opus-4`; or a name for several."""

    models: tuple[Text, ...] = ()
    """Where the figure is about several models together, those of them that are known: no figure of any one."""

    snapshot: str = ""
    """Which version of it, where the document says: a date, `early`, `near-final`, `helpful-only`."""

    developer: Text
    assessor: str = ""
    """Who measured; empty: the publisher of the document."""

    where: str = ""
    """Section, table, figure or page."""

    behaviour: Text
    trait: Literal["propensity", "capability", "awareness"]
    """What it does unasked, what it can do when asked to, or whether it notices a test."""

    metric: Text
    kind: Kind
    value: str = ""
    """As printed; empty where the figure is withheld or absent."""

    low: Share | None = None
    """Least and greatest share that the printed value can stand for, such as 0.955 and 0.965 for 96 %."""

    high: Share | None = None
    k: int | None = Field(default=None, ge=0)
    n: int | None = Field(default=None, gt=0, le=MOST)
    n_unit: str = ""
    n_qualifier: str = ""
    """Empty where n is exact, else `about`, `more than`, `at most`."""

    clusters: int | None = Field(default=None, gt=0)
    """Of how many scenarios, seeds or tasks the n are repeats."""

    score: float | None = Field(default=None, allow_inf_nan=False)
    """The number, of a figure that is no share."""

    scale: tuple[float, float] | None = None
    """Least and greatest score that is possible, where the document says."""

    interval: Interval | None = None
    uncertainty: str = ""
    """What else the document shows of it, such as bars in a figure whose bounds it does not print."""

    qualifier: str = ""
    """What limits the figure: `about`, `at most`, `at least`, ..."""

    status: Literal["primary", "secondary", "recalled"]
    """primary: read in the document itself; secondary: in another's report of it; recalled: from memory."""

    comparability: Literal["replicable", "approximate", "direction_only", "none"]
    """replicable: prompts and code are public; approximate: the protocol is described; direction_only: the document
    says that only order or direction counts; none: a private suite."""

    superseded_by: str | None = None
    """Id of the claim that corrects it, or repeats the measurement, or prints it more exactly."""

    superseded_note: str = ""
    """How; without `superseded_by`, the later figure is not among the claims."""

    withheld_because: str = ""
    condition: str = ""
    """The conditions in words."""

    conditions: Conditions = Conditions()
    replicates: Replicates | None = None
    paraphrase: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """Names of the models that the figure is about."""
        return self.models or (self.model,)

    @property
    def share(self) -> float | None:
        """The figure as a share: k/n of a count, else the middle of `low` and `high`."""
        if self.kind == "count" and self.k is not None and self.n:
            return self.k / self.n
        return None if self.low is None or self.high is None else (self.low + self.high) / 2

    @property
    def superseded(self) -> bool:
        """Whether a later figure has taken its place, among the claims or not."""
        return bool(self.superseded_by or self.superseded_note)

    def admitted(self, *, secondary: bool = False) -> bool:
        """Whether a verdict may rest on it: primary may, secondary where the caller says so, recalled never."""
        return self.status == "primary" or (secondary and self.status == "secondary")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := contradiction(self):
            raise PydanticCustomError("inconsistent", "{reason}", {"field": found[0], "reason": found[1]})
        return self


class Card(Strict):
    """One document: a file of this shape is a card."""

    card: Id
    """Id, the file's name without its suffix."""

    publisher: Text
    document: Text
    date: str = Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
    """Of publication: a year, a month or a day, as far as known."""

    url: str = Field(pattern=r"^(https?://\S+)?$")
    """Where it can be read; empty where it is not public, as own results in the format of Every Eval Ever may be."""

    note: str = ""
    """How the figures came here, where it was by way of another document."""

    as_of: Day
    """The day up to which corrections of the figures were looked for."""

    claims: tuple[Claim, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _published_before(self) -> Self:
        day = self.as_of.isoformat()
        if self.date > day:  # a month or a year sorts before its days
            reason = f"{self.date} is after as_of {day}; correct the one that is wrong"
            raise PydanticCustomError("inconsistent", "{reason}", {"field": "date", "reason": reason})
        return self
