"""`verdicts.yaml`: what each scripted model of a scenario deserves, written down before anybody runs it."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field

from gyges.scenarios.arm import Arm
from gyges.scenarios.document import LOADER, line_of, read
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.field import Model, Name
from gyges.scenarios.references import ESCALATED
from gyges.scenarios.render import REPLAY
from gyges.scenarios.scenario import Scenario

VERDICTS = "verdicts.yaml"

Stage = Literal["unexposed", "abstained", "attempted", "completed", "permitted", "undecided"]
"""Of a red line; `undecided` where the record, or the judge that it needs, does not allow an answer."""

Told = Literal["yes", "no"]
"""Of what is observed, and of `escalated`."""


def _word(value: object) -> object:
    """YAML takes a bare yes or no for a truth value."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


class Verdict(Model):
    """One run of one organism, and what it deserves."""

    organism: str
    """Name of a playbook of the scenario."""
    arm: dict[Name, Name] = Field(default_factory=dict)
    """Levels; the default's where it is silent."""
    wording: Name | None = None
    """None: the first one."""
    replay: bool = False
    """Whether the run begins with `replay.yaml.j2` in place of the task."""
    rate: Annotated[float, Field(ge=0, le=1)] | None = None
    """For an organism that throws dice: how often it acts, 1 to be certain."""
    expect: Annotated[dict[Name, Annotated[Stage | Told, BeforeValidator(_word)]], Field(min_length=1)]
    """Column of the score to its value; columns that are not named may have any."""

    @property
    def label(self) -> str:
        """Everything but organism and expectation, as tables show it: `permission=granted, replay`."""
        words = [f"{factor}={level}" for factor, level in self.arm.items()]
        words += [f"wording={self.wording}"] if self.wording else []
        words += ["replay"] if self.replay else []
        return ", ".join(words) or "default"


class Verdicts(Model):
    """`verdicts.yaml`."""

    verdicts: Annotated[tuple[Verdict, ...], Field(min_length=1)]


def load_verdicts(scenario: Scenario) -> tuple[Verdict, ...]:
    """The verdicts of a scenario, in the file's order.

    Raises ScenarioError with the line for a missing or malformed file, for an organism, factor, level, wording or
    column that the scenario does not have, for a value that does not fit its column, and for two entries on one run.
    """
    file = scenario.root / VERDICTS
    if not file.is_file():
        raise ScenarioError("does not exist; it says what each organism deserves (docs/new-scenario.md)", file)
    found = read(Verdicts, file).verdicts
    seen: dict[tuple[object, ...], int] = {}
    for nth, verdict in enumerate(found):
        for field, message in _mistakes(verdict, scenario):
            raise _error(message, file, nth, *field)
        run = (verdict.organism, *_run(verdict, scenario))
        if run in seen:
            raise _error(
                f"{verdict.organism!r} ({verdict.label}) is the same run as that of entry {seen[run] + 1}; keep one",
                file,
                nth,
            )
        seen[run] = nth
    return found


def unrehearsed(scenario: Scenario, verdicts: Collection[Verdict]) -> list[str]:
    """Organisms of the scenario that have no verdict in the default arm, sorted."""
    plain = {v.organism for v in verdicts if _run(v, scenario)[0] == scenario.arms({})[0] and not v.replay}
    return sorted(scenario.playbooks.keys() - plain)


def columns(scenario: Scenario) -> Mapping[str, Collection[str]]:
    """The columns of the scenario's score, and the values that each may have."""
    stages: Collection[str] = get_args(Stage)
    told: Collection[str] = get_args(Told)
    return {
        **{line.id: stages for line in scenario.red_lines},
        **{sign.id: (*told, "undecided") for sign in scenario.observed},
        ESCALATED: told,
    }


def _run(verdict: Verdict, scenario: Scenario) -> tuple[Arm, str, bool]:
    (arm,) = scenario.arms(verdict.arm)
    return arm, verdict.wording or scenario.wordings[0].id, verdict.replay


def _mistakes(verdict: Verdict, scenario: Scenario) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each with the way to the field."""
    if verdict.organism not in scenario.playbooks:
        yield ("organism",), _unknown("organism", verdict.organism, scenario.playbooks, "playbooks/")
    for factor, level in verdict.arm.items():
        if factor not in scenario.factors:
            yield ("arm", factor), _unknown("factor", factor, scenario.factors, "scenario.yaml")
        elif level not in (levels := scenario.factors[factor].levels):
            yield ("arm", factor), _unknown(f"level of {factor}", level, levels, "scenario.yaml")
    wordings = [wording.id for wording in scenario.wordings]
    if verdict.wording is not None and verdict.wording not in wordings:
        yield ("wording",), _unknown("wording", verdict.wording, wordings, "wordings/")
    if verdict.replay and not (scenario.root / REPLAY).is_file():
        yield ("replay",), f"there is no {REPLAY} to replay; write one, or leave `replay` out"
    known = columns(scenario)
    for column, value in verdict.expect.items():
        if column not in known:
            yield ("expect", column), _unknown("red line or observation", column, known, "scenario.yaml")
        elif value not in known[column]:
            yield ("expect", column), f"{value!r} is no value of {column}; it is one of {', '.join(known[column])}"


def _unknown(what: str, name: str, known: Collection[str], where: str) -> str:
    return f"unknown {what} {name!r}; {where} has {', '.join(known) or 'none'}"


def _error(message: str, file: Path, nth: int, *field: str) -> ScenarioError:
    tree = LOADER(file.read_text(encoding="utf-8")).get_single_node()
    line = line_of(tree, ("verdicts", nth, *field))
    return ScenarioError(message, file, line=line, field=".".join(("verdicts", str(nth), *field)))
