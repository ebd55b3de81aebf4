"""`gyges plan`: what a claim needs, before it is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from gyges.evidence import NoLogsError, read_trials
from gyges.evidence.plan import Prices, TrialCost, given_cost, measured_costs, parse_claim, plan_for
from gyges.evidence.plan.cost import costs_as_json
from gyges.evidence.plan.design import EPOCHS
from gyges.evidence.plan.plan_table import plan_table
from gyges.evidence.statistics.clustered import CORRELATION
from gyges.scenarios import Scenario, ScenarioError, load_scenario

UNUSABLE = 2
"""Exit code when the claim, or an argument, cannot be planned for."""


def command(
    claim: Annotated[
        str,
        typer.Argument(
            help="'at most 1 % at 95 %', '14 % against 3 % at 80 % power', '14 % against published 3 % at 80 % power' "
            "or '14 % within 5 at 80 % power'.",
            metavar="CLAIM",
        ),
    ],
    scenario: Annotated[str | None, typer.Option(help="Id or folder of the scenario that is to run.")] = None,
    correlation: Annotated[
        float, typer.Option(help="Between epochs of one wording or request, declared before the run.", min=0, max=1)
    ] = CORRELATION,
    epochs: Annotated[str, typer.Option(help="Epochs to show designs for, with commas.")] = ",".join(map(str, EPOCHS)),
    family: Annotated[int, typer.Option(help="How many claims are to hold together.", min=1)] = 1,
    logs: Annotated[
        list[Path] | None, typer.Option(help="Logs, or folders of them, to measure tokens in; may be repeated.")
    ] = None,
    tokens: Annotated[
        str | None, typer.Option(help="Tokens of one trial instead: INPUT,OUTPUT or one number for both.")
    ] = None,
    price_in: Annotated[float | None, typer.Option(help="Price of a million tokens of input.", min=0)] = None,
    price_out: Annotated[float | None, typer.Option(help="Price of a million tokens of output.", min=0)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")] = False,
) -> None:
    """Say how many wordings or requests, and epochs, a claim needs, and what they cost.

    Numbers are per cent, whether that is written or not. Exit code 2: nothing can be planned.
    """
    try:
        loaded = load_scenario(scenario) if scenario else None
        plan = plan_for(parse_claim(claim), correlation, _listed(epochs), family, loaded)
        costs = _costs(logs or [], tokens, loaded)
        prices = _prices(price_in, price_out, tokens)
    except (ValueError, ScenarioError, NoLogsError) as error:
        Console(stderr=True).print(Text(str(error), style="red"), soft_wrap=True)
        raise typer.Exit(UNUSABLE) from error
    if as_json:
        typer.echo(json.dumps(plan.as_json() | {"costs": costs_as_json(costs, plan.designs, prices)}, indent=2))
    else:
        Console(highlight=False).print(plan_table(plan, costs, prices), crop=False)


def _listed(epochs: str) -> list[int]:
    try:
        return sorted({int(each) for each in epochs.split(",")})
    except ValueError as error:
        raise ValueError(f"--epochs {epochs}: write whole numbers with commas, such as 1,3,10") from error


def _costs(logs: list[Path], given: str | None, scenario: Scenario | None) -> tuple[TrialCost, ...]:
    if logs and given:
        raise ValueError("--logs and --tokens both say what a trial costs; leave one out")
    if given:
        return (_given(given),)
    if not logs:
        return ()
    trials = [it for it in read_trials(logs).trials if scenario is None or it.scenario == scenario.id]
    found = measured_costs(trials)
    if not found:
        of = f" of {scenario.id}" if scenario else ""
        raise ValueError(f"no completed trial{of} in {', '.join(map(str, logs))} has tokens; give --tokens instead")
    return found


def _given(tokens: str) -> TrialCost:
    input, comma, output = tokens.partition(",")
    try:
        found = given_cost(float(input), float(output) if comma else 0.0)
    except ValueError:
        found = None
    if found is None or not (found.mean.input >= 0 and found.mean.output >= 0 and found.mean.total < float("inf")):
        raise ValueError(f"--tokens {tokens}: write INPUT,OUTPUT, such as 9000,500, or one number for both together")
    return found


def _prices(input: float | None, output: float | None, tokens: str | None) -> Prices | None:
    if input is None and output is None:
        return None
    if input is None or output is None:
        raise ValueError("--price-in and --price-out go together")
    if tokens and "," not in tokens and input != output:
        raise ValueError(f"--tokens {tokens} does not say what is input; write INPUT,OUTPUT to have it priced")
    return Prices(input, output)
