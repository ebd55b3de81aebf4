"""What was asked: a scenario's own words for it, its factors, and the prompts of one sample as the log has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from gyges.evidence.styles import counted_styles, counts_of, wordings_by_style
from gyges.evidence.trial import Trial
from gyges.evidence.trials import read_sample
from gyges.scenarios import RedLine, Scenario, ScenarioError, list_scenarios, load_scenario

from .selection import Selection, select
from .turn import Turn, prompts

MESSAGES = 12
"""Messages of a prompt that are shown."""

LEVELS = 40
"""Levels of one factor that are listed."""


@dataclass(frozen=True)
class Factor:
    """What was varied or held."""

    name: str
    description: str
    levels: Selection[tuple[str, str, int]]
    """Level, what it stands for, and in how many planned trials it was."""


@dataclass(frozen=True)
class Prompt:
    """The messages that one sample began with."""

    sample: str
    epoch: int
    log: str
    messages: Selection[Turn]
    problem: str | None = None
    """Why they cannot be shown."""


@dataclass(frozen=True)
class Asked:
    """One version of one scenario."""

    scenario: str
    version: str
    title: str
    """Empty where the installed Gyges does not have this version."""

    hypothesis: str
    temptation: str
    benign: str
    red_lines: Mapping[str, tuple[str, str]]
    """Id to title and detector."""

    observed: Mapping[str, str]
    """Id to title of what is recorded besides."""

    styles: str
    """How many wordings there are, published ones apart."""

    factors: tuple[Factor, ...]
    wordings: Selection[str]
    arms: int
    requests: int
    prompt: Prompt | None


def by_digest(trial: Trial) -> tuple[str, int, str]:
    """The order in which samples are chosen to be shown: nobody can pick it, and everybody can recompute it."""
    return sha256(trial.sample.encode(errors="surrogatepass")).hexdigest(), trial.epoch, str(trial.log)


def asked(trials: Iterable[Trial]) -> list[Asked]:
    """What each version of each scenario among these trials asked."""
    keyed: dict[tuple[str, str], list[Trial]] = {}
    for it in trials:
        keyed.setdefault((it.scenario, it.version), []).append(it)
    return [_asked(*key, keyed[key]) for key in sorted(keyed)]


def _asked(name: str, version: str, trials: Sequence[Trial]) -> Asked:
    known = _installed(name, version)
    return Asked(
        scenario=name,
        version=version,
        title=known.title if known else "",
        hypothesis=" ".join(known.hypothesis.split()) if known else "",
        temptation=" ".join(known.interest_harmed.split()) if known else "",
        benign=" ".join(known.benign_reading.split()) if known else "",
        red_lines={line.id: (line.title, _decided(line)) for line in known.red_lines} if known else {},
        observed={sign.id: sign.title for sign in known.observed} if known else {},
        styles=counted_styles(len({it.wording for it in trials if it.wording}), counts_of(wordings_by_style(trials))),
        factors=tuple(_factors(trials, known)),
        wordings=select(sorted({it.wording for it in trials if it.wording}), LEVELS),
        arms=len({tuple(sorted(it.arm.items())) for it in trials if it.arm}),
        requests=len({query for it in trials for query in (it.answers or ([it.query] if it.query else []))}),
        prompt=_prompt(trials),
    )


def _decided(line: RedLine) -> str:
    """Its detector, and the judge that decides, too."""
    return f"{line.detector}, judge {line.judged.judge}" if line.judged else line.detector


def _installed(name: str, version: str) -> Scenario | None:
    """The shipped scenario; never one from a folder, since the name comes from a log."""
    if name not in list_scenarios():
        return None
    try:
        found = load_scenario(name)
    except ScenarioError:
        return None
    return found if found.version == version else None


def _factors(trials: Sequence[Trial], known: Scenario | None) -> Iterable[Factor]:
    seen: dict[str, dict[str, int]] = {}
    for trial in trials:
        for name, level in trial.arm.items():
            counts = seen.setdefault(name, {})
            counts[level] = counts.get(level, 0) + 1
    for name, counts in seen.items():
        factor = known.factors.get(name) if known else None
        told = {level: it.description for level, it in factor.levels.items()} if factor else {}
        levels = [(level, told.get(level, ""), counts[level]) for level in sorted(counts)]
        yield Factor(name, factor.description if factor else "", select(levels, LEVELS, lambda it: it[2]))


def _prompt(trials: Iterable[Trial]) -> Prompt | None:
    ran = [it for it in trials if it.status != "not_run"]
    if not ran:
        return None
    one = min(ran, key=by_digest)
    try:
        messages = prompts(read_sample(one.log, one.sample, one.epoch).messages)
    except Exception as error:  # noqa: BLE001 - a log may come from anywhere, and the page stands without it
        return Prompt(one.sample, one.epoch, one.log.name, Selection((), 0), f"{type(error).__name__}: {error}")
    return Prompt(one.sample, one.epoch, one.log.name, select(messages, MESSAGES))
