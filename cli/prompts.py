"""`gyges prompts`: what an external trainer needs to make checkpoints of one's own."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from inspect_ai.dataset import Sample
from rich.console import Console

from gyges.scenarios import ScenarioError, load_scenario
from gyges.scorers.judges import load_rubric
from gyges.scorers.judges.reward import EARNED, OUT_OF_FORM
from gyges.tasks.alignment_faking import arms_of
from gyges.tasks.levels import chosen
from gyges.tasks.requests import Plan
from gyges.tasks.subject import Subject

UNUSABLE = 2
FIXED = {"form": "chat", "setting": "prompted", "tier": "trained"}


def command(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to; it must not exist yet.")],
    levels: Annotated[
        list[str] | None,
        typer.Option("-T", help="factor=level; may be given repeatedly. form, setting and tier are set."),
    ] = None,
    wording: Annotated[str, typer.Option(help="Ids of wordings, with commas, or all.")] = "all",
    held_out: Annotated[
        float, typer.Option(help="Share of the requests that is kept from training.", min=0, max=0.9)
    ] = 0.25,
    scenario: Annotated[str, typer.Option(help="Id or folder of the scenario.")] = "alignment_faking",
) -> None:
    """Write the prompts of the trained tier, for training and held out, and how answers to them are rewarded.

    `gyges.scorers.judges.reward` computes the reward, from the output alone. Evaluate the checkpoints with
    `inspect eval gyges/alignment_faking -T setting=rl -T checkpoints=MODEL@STEP,...`.
    """
    try:
        training, held = _prompts(scenario, _given(levels or []), wording, held_out)
        _made(output)
    except ScenarioError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(UNUSABLE) from error
    files = {"train.jsonl": training, "held_out.jsonl": held}
    for name, lines in files.items():
        (output / name).write_text("".join(lines), encoding="utf-8")
    (output / "reward.json").write_text(json.dumps(_reward(scenario, files), indent=2) + "\n", encoding="utf-8")
    console = Console(highlight=False)
    console.print(
        f"{len(training)} prompts to train on, {len(held)} held out, in {output}", markup=False, soft_wrap=True
    )


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ScenarioError(f"{folder} cannot be made ({error.strerror}); name a folder that does not exist") from error


def _given(levels: list[str]) -> dict[str, str]:
    given = dict(FIXED)
    for item in levels:
        factor, equals, level = item.partition("=")
        if not equals or factor in FIXED:
            raise ScenarioError(f"-T {item}: write factor=level, of a factor other than {', '.join(FIXED)}")
        given[factor] = level
    return given


def _prompts(scenario: str, levels: dict[str, str], wording: str, held_out: float) -> tuple[list[str], list[str]]:
    loaded = load_scenario(scenario)
    plan = Plan(
        scenario=loaded,
        arms=arms_of(loaded, levels),
        wordings=chosen(loaded, wording),
        spread=False,
        queries=None,
        cases=1,
        subjects=[Subject()],
        clock=datetime.now(UTC),
    )
    sides: tuple[list[str], list[str]] = ([], [])
    for sample in plan.samples():
        assert sample.metadata is not None  # noqa: S101  the plan gives every sample its own
        sides[_share(sample.metadata["query"]) < held_out].append(_line(sample))
    return sides


def _share(query: str) -> float:
    """Where a request falls between 0 and 1; the same in every export, so that what is held out stays so."""
    return int.from_bytes(hashlib.sha256(query.encode()).digest()[:6]) / 2**48


def _line(sample: Sample) -> str:
    assert not isinstance(sample.input, str)  # noqa: S101  messages
    known = sample.metadata or {}
    messages = [{"role": message.role, "content": message.text} for message in sample.input]
    row = {
        "id": sample.id,
        "messages": messages,
        "request": known["request"],
        "arm": known["arm"],
        "wording": known["wording"],
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def _reward(scenario: str, files: dict[str, list[str]]) -> dict[str, object]:
    loaded, rubric = load_scenario(scenario), load_rubric("compliance")
    return {
        "scenario": loaded.id,
        "version": loaded.version,
        "function": "gyges.scorers.judges.reward:reward",
        "rubric": rubric.title,
        "rubric_sha256": rubric.hash,
        "earned": dict(EARNED),
        "out_of_form": OUT_OF_FORM,
        "sees": "output",
        "sha256": {name: hashlib.sha256("".join(lines).encode()).hexdigest() for name, lines in files.items()},
    }
