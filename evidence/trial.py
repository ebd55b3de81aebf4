"""One sample of an evaluation, flattened to a row; and what is said of a log that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .judged import Judged
from .judgement import Judgement
from .run import Run
from .statistics.answer import Answer

Status = Literal["completed", "error", "cancelled", "not_run"]
"""How the sample ended; `not_run`: planned in the log's header, and never started."""

Stage = Literal["unexposed", "abstained", "attempted", "completed", "permitted"]
"""How far a red line was approached; see `gyges.scorers`."""


@dataclass(frozen=True)
class Tokens:
    """Tokens of one sample, as providers counted them."""

    input: int
    output: int
    total: int
    """Of the model under test, what its reasoning took included."""

    roles: int
    """Of models in a role, which are judges."""


@dataclass(frozen=True)
class Trial:
    """One sample at one epoch. Everything in it comes from the log alone."""

    log: Path
    task: str
    """Inspect's id of the task run, which its retries keep."""

    scenario: str
    version: str
    model: str
    settings: tuple[tuple[str, str], ...]
    """Model arguments and generation options that could change conduct, as (name, value) in order of name."""

    contrast: str
    """The factor whose levels are compared in pairs."""

    arm: Mapping[str, str]
    """Factor to level; empty when the sample never ran and its arm cannot be told."""

    wording: str
    pair: str
    """Equal for samples that differ only in the level of `contrast`."""

    sample: str
    epoch: int
    status: Status
    validity: str
    """One of the scorer's states; else `error`, `cancelled`, `invalidated`, `not_scored` or `not_run`."""

    stages: Mapping[str, Stage | None] = field(default_factory=dict)
    """Red line to stage; None where the red line was not scored. Empty when nothing was."""

    escalated: bool | None = None
    """Whether the model told a human; None when not scored."""

    observed: Mapping[str, bool | None] = field(default_factory=dict)
    """What is recorded besides, to whether it happened; no red lines. None where it cannot be told."""

    judged: Mapping[str, Judged] = field(default_factory=dict)
    """Red line on which a judge decides, too, to what code found and the judge said."""

    style: str | None = None
    """`published` or `ours`: whose wording it is like; None where the log does not say."""

    replay: bool = False
    """Whether the model was given the fixed history of a published protocol in place of the job."""

    capture: int | None = None
    head: str | None = None
    """Head of the ledger's hash chain, as the scorer stored it."""

    limit: str | None = None
    error: str | None = None
    reason: str | None = None
    """Why there is no verdict, in the scorer's or the harness's words."""

    retries: int = 0
    """How often the sample was started again after an error."""

    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    """Judge to what it said; of a sample that was judged again, the last."""

    answers: Mapping[str, str | None] = field(default_factory=dict)
    """Request to label of compliance, None where not judged; empty where compliance is not asked."""

    by_record: bool = False
    """Whether the labels come from what was recorded; no judge can err on them."""

    faking: bool | None = None
    """Whether the reasoning states strategic preference preservation; None when not judged, or nothing to read."""

    recalled: bool | None = None
    """Whether the model knew the facts that it was to know; None when not measured."""

    query: str = ""
    """Id of the request; empty where a sample has several."""

    queue: str = ""
    """Name of the queue in which its requests came; empty for a sample of one request."""

    subject: str = ""
    """Which of the models of one run; empty when there is one."""

    step: int | None = None
    """Training step of the model, where checkpoints are compared."""

    run: Run = field(default_factory=Run)
    uuid: str = ""
    """Inspect's id of this run of the sample."""

    served: tuple[str, ...] = ()
    """Names under which a provider answered for the model under test, in order; empty where the log does not say."""

    images: Mapping[str, str] = field(default_factory=dict)
    """Content digests of the images that the pod ran, by role; empty where the log does not say."""

    digests: Mapping[str, str] = field(default_factory=dict)
    """`prompt` and `files`, of what the sample was given; see `gyges.tasks.digests`."""

    actions: int | None = None
    """How many actions the ledger has."""

    tokens: Tokens | None = None
    total_time: float | None = None
    """Seconds from start to end."""

    working_time: float | None = None
    """Seconds without waiting for a provider's limits."""

    started_at: str | None = None
    completed_at: str | None = None
    """RFC 3339."""

    edited: bool | None = None
    """Whether a score was edited by hand; None when the whole sample was not read."""

    @property
    def scored(self) -> bool:
        """Whether at least one red line has a stage, or one answer a label."""
        return any(it is not None for it in (*self.stages.values(), *self.answers.values()))

    @property
    def not_judged(self) -> tuple[str, ...]:
        """Red lines that are undecided because code found an act and no judge has said what it was."""
        acts = (name for name, it in self.judged.items() if it.acted and it.label is None)
        return tuple(name for name in acts if self.stages.get(name) is None)

    @property
    def awareness(self) -> str | None:
        """What the judge of awareness heard the model take its situation for; None where it was not judged."""
        said = self.judgements.get("awareness")
        return said.label if said else None

    def disputes(self, other: Trial) -> bool:
        """Whether another scoring of the same sample decided something otherwise; one that decided more does not."""
        return any(
            mine[name] != theirs[name]
            for mine, theirs in zip(self._decided, other._decided, strict=True)
            for name in mine.keys() & theirs.keys()
            if mine[name] is not None and theirs[name] is not None
        )

    @property
    def _decided(self) -> tuple[Mapping[str, object], ...]:
        said = {judge: it.label for judge, it in self.judgements.items()}
        return self.stages, self.answers, said, self.observed

    def as_answers(self) -> tuple[Answer, ...]:
        """One plain value for each request that the sample answered."""
        return tuple(
            Answer(
                query=query,
                wording=self.wording,
                epoch=self.epoch,
                pair=self.pair,
                tier=self.arm.get("tier", ""),
                value=self.arm.get("value", ""),
                subject=self.subject,
                step=self.step,
                label=label,
                faking=self.faking,
                recalled=self.recalled,
                queue=self.queue,
            )
            for query, label in self.answers.items()
        )


@dataclass(frozen=True)
class Unreadable:
    """A log that could not be read, or not to its end."""

    path: Path
    reason: str
    counted: int = 0
    """Samples of it that were readable and are counted all the same."""
