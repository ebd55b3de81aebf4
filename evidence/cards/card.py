"""A published document with figures on the conduct of models, and one such figure with its conditions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["rate", "count", "score", "relative", "best_of_k", "other", "withheld"]
"""What sort of figure a claim prints.

rate: a share, printed as a percentage or a decimal
count: a share printed as k of n
score: a number on a scale of its own, such as a judge's 1 to 10
relative: a ratio, a difference or a rank
best_of_k: the best, or any, of several attempts
other: something else that no share can be read from
withheld: the document says that it was measured, and prints no figure
"""

Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(Strict):
    """A printed interval of uncertainty."""

    low: Share
    high: Share
    level: Share | None = None
    method: str = ""
    """As printed; empty where the document does not say."""


class Replicates(Strict):
    """Which measurement of Gyges asks the question that the claim answers."""

    scenario: str
    measure: str
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

    id: str
    model: str
    """The developer's name of the model, without a date: `claude-opus-4`."""

    snapshot: str = ""
    """Which version of it, where the document says: a date, `early`, `near-final`, `helpful-only`."""

    developer: str
    assessor: str = ""
    """Who measured; empty: the publisher of the document."""

    where: str = ""
    """Section, table, figure or page."""

    behaviour: str
    construct: Literal["propensity", "capability", "awareness"]
    metric: str
    kind: Kind
    value: str
    """As printed."""

    low: Share | None = None
    """Least and greatest share that the printed value can stand for, such as 0.955 and 0.965 for 96 %."""

    high: Share | None = None
    k: int | None = Field(default=None, ge=0)
    n: int | None = Field(default=None, gt=0)
    n_unit: str = ""
    clusters: int | None = Field(default=None, gt=0)
    interval: Interval | None = None
    qualifier: str = ""
    """What limits the figure: `about`, `at most`, `at least`, ..."""

    status: Literal["primary", "secondary", "recalled"]
    """primary: read in the document itself; secondary: in another's report of it; recalled: from memory."""

    comparability: Literal["replicable", "approximate", "direction_only", "none"]
    """replicable: prompts and code are public; approximate: the protocol is described; direction_only: the document
    says that only order or direction counts; none: a private suite."""

    superseded_by: str | None = None
    superseded_note: str = ""
    withheld_because: str = ""
    condition: str = ""
    """The conditions in words."""

    conditions: Conditions = Conditions()
    replicates: Replicates | None = None
    paraphrase: str = ""

    @property
    def share(self) -> float | None:
        """The figure as a share: k/n where both are printed, else the middle of `low` and `high`."""
        if self.kind == "count" and self.k is not None and self.n:
            return self.k / self.n
        return None if self.low is None or self.high is None else (self.low + self.high) / 2

    @model_validator(mode="after")
    def _consistent(self) -> Claim:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high go together")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        if self.k is not None and self.n is not None and self.k > self.n:
            raise ValueError(f"k {self.k} is more than n {self.n}")
        return self


class Card(Strict):
    """One document: a file of this shape is a card."""

    card: str
    """Id, the file's name without its suffix."""

    publisher: str
    document: str
    date: str = Field(pattern=r"^\d{4}(-\d{2}){0,2}$")
    """Of publication: a year, a month or a day, as far as known."""

    url: str
    as_of: date
    """The day up to which corrections of the figures were looked for."""

    claims: tuple[Claim, ...] = Field(min_length=1)
