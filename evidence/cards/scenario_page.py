"""A scenario as a page in Markdown: what it asks, what counts, what was published; from its folder and the cards."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod

import yaml

from gyges.scenarios import Scenario
from gyges.scenarios.content import Ablation
from gyges.scenarios.schema import RedLine, Sign

from .card import Card, Claim

WIDTH = 120
NO_PROTOCOL = "There is no published protocol that this scenario follows, so no published figure is a target for it."
NO_FIGURES = "The cards hold no figure that this scenario repeats the measurement of."
_QUALIFIED = {"": "", "about": "about ", "more than": "more than ", "at most": "at most "}

Row = Sequence[str]


def scenario_page(scenario: Scenario, cards: Iterable[Card], task: str) -> str:
    """The page of one scenario.

    Args:
        scenario: Of which all but the commands is read.
        cards: In which figures for comparison are looked for: claims whose `replicates` names the scenario.
        task: How `inspect eval` is told to run it, such as `tasks/exfil.py`.
    """
    parts = [
        f"# {scenario.id}: {scenario.title}",
        _prose(
            f"Version {scenario.version}. This page is made from the scenario's folder and the cards; "
            f"`gyges scenarios {scenario.id} --card` prints it."
        ),
        *_question(scenario),
        *_factors(scenario),
        *_lines(scenario),
        *_list("What counts", scenario.counts),
        *_list("What does not", scenario.counts_not),
        *_protocol(scenario),
        *_figures(scenario, cards),
        *_organisms(scenario),
        *_commands(scenario, task),
    ]
    return "\n\n".join(parts) + "\n"


def _question(scenario: Scenario) -> Iterator[str]:
    yield "## The question"
    yield _prose(scenario.hypothesis)
    for name, text in (
        ("Whose interest is harmed", scenario.interest_harmed),
        ("What is no violation", scenario.benign_reading),
        ("What else could explain it", scenario.alternative_explanation),
        ("Legitimate routes", scenario.legitimate_route),
        ("How the prompts came to be", " ".join(scenario.iterations)),
    ):
        yield _prose(f"**{name}.** {text}")


def _factors(scenario: Scenario) -> Iterator[str]:
    yield "## What is varied"
    arms = prod(len(factor.levels) for factor in scenario.factors.values())
    published = sum(wording.origin == "published" for wording in scenario.wordings)
    wordings = f"{len(scenario.wordings)} wordings" + (f", {published} in the published style" if published else "")
    twin = " ".join(f"{factor}={level}" for factor, level in scenario.benign_twin.items())
    yield _prose(
        f"{arms:,} arms, {wordings}. The main contrast is `{scenario.contrast}`; `{twin}` is the benign twin, in which "
        "nothing conflicts."
    )
    rows = []
    for name, factor in scenario.factors.items():
        levels = sorted(factor.levels, key=lambda level: level != factor.default)
        told = " · ".join(f"`{level}`: {factor.levels[level].description.rstrip('.')}" for level in levels)
        rows.append((f"`{name}`", factor.description, told))
    yield _table(("factor", "what it varies", "levels (default first)"), rows)


def _lines(scenario: Scenario) -> Iterator[str]:
    if scenario.red_lines:
        yield "## Red lines"
        heading = ("red line", "what it is", "decided by", "permitted where")
        yield _table(heading, [(*_sign(line), _permitted(line)) for line in scenario.red_lines])
    if scenario.observed or scenario.escalation.contacts:
        yield "## What is observed beside them"
        told = "`escalated`", "Told somebody in charge", "a mail to one of those in charge that says what it is about"
        rows = [_sign(sign) for sign in scenario.observed]
        yield _table(("id", "what it is", "decided by"), [*rows, *([told] if scenario.escalation.contacts else [])])


def _sign(sign: Sign) -> Row:
    decided = f"code, `{sign.detector}`"
    if isinstance(sign, RedLine) and sign.judged is not None:
        labels = " or ".join(f"`{label}`" for label in sign.judged.labels)
        decided += f"; and the judge `{sign.judged.judge}` says {labels}"
    return f"`{sign.id}`", sign.title, decided


def _permitted(line: RedLine) -> str:
    return " ".join(f"`{factor}={level}`" for factor, level in line.permitted_when.items())


def _list(heading: str, sentences: Iterable[str]) -> Iterator[str]:
    if lines := [_item(sentence) for sentence in sentences]:
        yield f"## {heading}"
        yield "\n".join(lines)


def _protocol(scenario: Scenario) -> Iterator[str]:
    yield "## The published protocol"
    if scenario.protocol is None:
        yield NO_PROTOCOL
        return
    yield _prose(f"{scenario.protocol.source.strip().rstrip('.')}. What is different here:")
    yield "\n".join(_item(sentence) for sentence in scenario.protocol.differs)
    if scenario.ablations:
        yield _prose(
            "Published conditions by name (`-T ablation=NAME`), with the figures that were printed, in per cent:"
        )
        rows = [_ablation(name, one) for name, one in scenario.ablations.items()]
        yield _table(("name", "condition", "sets", "published", "source", "differs"), rows)


def _ablation(name: str, one: Ablation) -> Row:
    sets = [f"{factor}={level}" for factor, level in one.levels.items()]
    sets += [f"wording={one.wording}"] if one.wording else []
    figures = ", ".join(f"{measure.replace('_', ' ')} {figure:g}" for measure, figure in one.published.items())
    return f"`{name}`", one.row, " ".join(sets) or "defaults", figures, one.source, one.differs


def _figures(scenario: Scenario, cards: Iterable[Card]) -> Iterator[str]:
    yield "## Published figures for comparison"
    rows = [
        _figure(scenario, card, claim)
        for card in sorted(cards, key=lambda card: (card.date, card.card))
        for claim in card.claims
        if claim.replicates is not None and claim.replicates.scenario == scenario.id
    ]
    if not rows:
        yield NO_FIGURES
        return
    yield _prose(
        "Each was measured under its own conditions; `gyges compare` says which of them a run meets, and compares only "
        "where they are met. `gyges cards ID` says all that is known of one."
    )
    yield _table(("id", "model", "measure", "condition", "figure", "n", "source", "status"), rows)


def _figure(scenario: Scenario, card: Card, claim: Claim) -> Row:
    assert claim.replicates is not None  # noqa: S101  the caller picks those that have it
    arm = _apart(scenario, claim.replicates.arm)
    condition = "; ".join(text for text in (claim.condition, arm) if text)
    figure = {"withheld": "withheld", "absent": "none printed"}.get(claim.kind, claim.value)
    number = "" if claim.n is None else f"{_QUALIFIED.get(claim.n_qualifier, '')}{claim.n:,}"
    source = f"{card.document}, {card.date}" + (f", {claim.where}" if claim.where else "")
    status = claim.status + (", superseded" if claim.superseded else "")
    return claim.id, claim.model, f"`{claim.replicates.measure}`", condition, figure, number, source, status


def _apart(scenario: Scenario, arm: Mapping[str, str]) -> str:
    """The levels of an arm that are not the scenario's defaults."""
    known = {name: factor.default for name, factor in scenario.factors.items()}
    return " ".join(f"`{factor}={level}`" for factor, level in arm.items() if known.get(factor) != level)


def _organisms(scenario: Scenario) -> Iterator[str]:
    if not scenario.playbooks:
        return
    yield "## Scripted models"
    rows = [
        (f"`{name}`", str(yaml.safe_load(file.read_text(encoding="utf-8")).get("conduct", "")))
        for name, file in scenario.playbooks.items()
    ]
    yield _table(("organism", "what it does"), rows)


def _commands(scenario: Scenario, task: str) -> Iterator[str]:
    yield "## Commands"
    judged = any(line.judged for line in scenario.red_lines) or not scenario.red_lines
    judge = " --model-role judge=PROVIDER/MODEL" if judged else ""
    lines = [
        f"inspect eval {task} -T {scenario.contrast}=all --model PROVIDER/MODEL{judge}",
        *([f"inspect eval {task} -T ablation={next(iter(scenario.ablations))} ..."] if scenario.ablations else []),
        *([f"gyges rehearse {scenario.id}"] if (scenario.root / "verdicts.yaml").is_file() else []),
        "gyges report logs/",
        *(["gyges compare logs/"] if scenario.protocol else []),
        f"gyges scenarios {scenario.id}",
    ]
    yield "\n".join(f"    {line}" for line in lines)


def _prose(text: str) -> str:
    return "\n".join(textwrap.wrap(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False))


def _item(text: str) -> str:
    words = " ".join(text.split())
    return textwrap.fill(
        words, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _table(heading: Row, rows: Iterable[Row]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
