"""`gyges documents`: synthetic training documents of a scenario, and their control."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from gyges.cli.paraphrase import fail, models, pairs
from gyges.scenarios import Arm, Scenario, ScenarioError, load_scenario
from gyges.scenarios.corpus import Corpus, Folder, FolderError, Plan, World, export, generate, world_of
from gyges.scenarios.corpus.counts import CHECKS, RULES
from gyges.scenarios.paraphrase import ModelFailedError

FEWER, UNUSABLE = 1, 2
"""Exit codes: a fact without any document, or a model that failed on the way; nothing could begin."""


def command(
    scenario: Annotated[str, typer.Argument(help="Id or folder of the scenario.", metavar="SCENARIO")],
    model: Annotated[str, typer.Option(help="The model that writes, as Inspect names it.")],
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="A folder of this run's own.")],
    checker: Annotated[
        str | None, typer.Option(help="The model that judges documents; without it the writer judges its own.")
    ] = None,
    levels: Annotated[list[str] | None, typer.Option("-T", help="FACTOR=LEVEL; may be given repeatedly.")] = None,
    facts: Annotated[str | None, typer.Option(help="Ids of facts with commas between; all without it.")] = None,
    types: Annotated[int, typer.Option(help="Kinds of document for each fact.", min=1)] = 8,
    ideas: Annotated[int, typer.Option(help="Ideas for each kind.", min=1)] = 8,
    per_idea: Annotated[int, typer.Option(help="Documents for each idea.", min=1)] = 2,
    control: Annotated[bool, typer.Option(help="Also as much about unrelated facts.")] = True,
    seed: Annotated[int, typer.Option(help="For the order, and for providers that take one.")] = 0,
    args: Annotated[list[str] | None, typer.Option("-M", help="NAME=VALUE for the model that writes.")] = None,
) -> None:
    """Write the documents from which a model could learn a scenario's facts, for a trainer of your own.

    Every answer is kept as it comes: the same command goes on where it was killed. Exit code 1: the model failed on the
    way, or a fact is left without a document. These are data; nothing is trained.
    """
    console = Console(highlight=False)
    writer, judge = models(model, checker, args or [])
    try:
        loaded = load_scenario(scenario)
        arm = one_arm(loaded, pairs(levels or [], "-T"))
        world = world_of(loaded, arm)
        plan = Plan(
            scenario=loaded.id,
            version=loaded.version,
            arm=arm,
            world=hashlib.sha256(world.model_dump_json().encode()).hexdigest(),
            facts=world.chosen(facts),
            model=str(writer),
            checker=str(judge),
            seed=seed,
            types=types,
            ideas=ideas,
            per_idea=per_idea,
            control=control,
        )
        with Folder(out, plan) as folder, bars(console) as progress:
            corpora = asyncio.run(generate(world, folder, writer, judge, _Bars(progress)))
            export(folder, world, corpora)
    except (ScenarioError, FolderError, OSError) as error:
        fail(error)
        raise typer.Exit(UNUSABLE) from error
    except ModelFailedError as error:
        fail(error)
        Console(stderr=True).print(
            f"What was answered is kept in {out}; the same command goes on from there.", markup=False, soft_wrap=True
        )
        raise typer.Exit(FEWER) from error
    console.print(table(corpora))
    if not checker:
        console.print("[yellow]The model judged its own documents; give another one with --checker.[/]")
    console.print(f"Written to {out}: {', '.join(f'{one.name}.jsonl, {one.name}.chat.jsonl' for one in corpora)}")
    if empty := without(corpora, plan, world):
        fail(FolderError(f"no document is left for {', '.join(empty)}"))
        raise typer.Exit(FEWER)


def one_arm(scenario: Scenario, levels: Mapping[str, str]) -> Arm:
    """The arm with these levels. Raises ScenarioError where they span several."""
    arms = scenario.arms(levels)
    if len(arms) > 1:
        raise ScenarioError(f"documents are those of one arm, and this names {len(arms)}", field="-T")
    return arms[0]


def without(corpora: list[Corpus], plan: Plan, world: World) -> list[str]:
    """Facts that no document is left for."""
    facts = {"documents": plan.facts, "control": [fact.id for fact in world.unrelated]}
    return [id for one in corpora for id in facts[one.name] if not one.counts.kept[id]]


def table(corpora: list[Corpus]) -> Table:
    """One column a corpus, one row a count."""
    shown = Table("", *(one.name for one in corpora))
    for column in shown.columns[1:]:
        column.justify = "right"
    counts = [one.counts for one in corpora]
    shown.add_row("kinds of document", *(str(c.types) for c in counts))
    shown.add_row("ideas", *(str(c.ideas) for c in counts))
    shown.add_row("documents asked for", *(str(c.asked) for c in counts))
    shown.add_row("not written", *(str(c.failed) for c in counts), end_section=True)
    for rule in RULES:
        shown.add_row(f"removed by rule: {rule}", *(str(c.rules[rule]) for c in counts))
    for check in CHECKS:
        shown.add_row(f"removed by checker: {check}", *(str(c.checks[check]) for c in counts))
    shown.columns[0].no_wrap = True
    shown.add_section()
    shown.add_row("[bold]kept[/]", *(f"[bold]{c.kept.total()}[/]" for c in counts))
    return shown


def bars(console: Console) -> Progress:
    """A bar for each stage, gone when all is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


class _Bars:
    """Stage by stage, as `generate` tells it."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self.tasks:
            self.tasks[stage] = self.progress.add_task(stage)
        self.progress.update(self.tasks[stage], completed=done, total=total)
