"""What a trial cost in tokens, as logs have it; and what a design therefore costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from gyges.evidence.plain import named
from gyges.evidence.trial import Tokens, Trial

from .design import Design


@dataclass(frozen=True)
class Usage:
    """Tokens of the model under test: those read from a cache are input, those of reasoning output."""

    input: float
    output: float

    @property
    def total(self) -> float:
        return self.input + self.output


@dataclass(frozen=True)
class Prices:
    """Of a million tokens."""

    input: float
    output: float


@dataclass(frozen=True)
class Cost:
    """Tokens of a whole design."""

    model: Usage
    judges: float

    def price(self, prices: Prices) -> float:
        """What the model under test costs, in the currency of the prices; judges have prices of their own."""
        return (self.model.input * prices.input + self.model.output * prices.output) / 1e6


@dataclass(frozen=True)
class TrialCost:
    """What the completed trials of one model in one scenario cost, each."""

    scenario: str
    """Empty where the figures were given and not measured."""

    model: str
    trials: int
    mean: Usage
    median: Usage
    judges_mean: float | None
    """Tokens of the models in a role; None where there was none."""

    judges_median: float | None

    def of(self, design: Design) -> Cost:
        """What a design costs at the mean of a trial."""
        n = design.trials
        return Cost(Usage(self.mean.input * n, self.mean.output * n), (self.judges_mean or 0.0) * n)


def measured_costs(trials: Iterable[Trial]) -> tuple[TrialCost, ...]:
    """What completed trials cost, by scenario and model, in order of name. Those without a count are left out."""
    found: dict[tuple[str, str], list[Tokens]] = defaultdict(list)
    for trial in trials:
        if trial.status == "completed" and trial.tokens is not None and trial.tokens.total + trial.tokens.roles:
            found[trial.scenario, trial.model].append(trial.tokens)
    return tuple(_measured(*key, used) for key, used in sorted(found.items()))


def given_cost(input: float, output: float = 0.0) -> TrialCost:
    """Figures of one's own for a trial; or one figure for input and output together."""
    usage = Usage(input, output)
    return TrialCost("", "as given", 0, usage, usage, None, None)


def costs_as_json(
    costs: Iterable[TrialCost], designs: Sequence[Design], prices: Prices | None = None
) -> list[dict[str, Any]]:
    """What each model's trials cost, and each design with them, as JSON values."""
    return [{**named(it), "designs": [_as_json(it, design, prices) for design in designs]} for it in costs]


def _as_json(cost: TrialCost, design: Design, prices: Prices | None) -> dict[str, Any]:
    whole = cost.of(design)
    price = whole.price(prices) if prices else None
    return {"epochs": design.epochs, "trials": design.trials, **named(whole), "price": price}


def _measured(scenario: str, model: str, used: list[Tokens]) -> TrialCost:
    judges = [float(it.roles) for it in used]
    asked = any(judges)
    return TrialCost(
        scenario,
        model,
        len(used),
        _each(fmean, used),
        _each(median, used),
        fmean(judges) if asked else None,
        median(judges) if asked else None,
    )


def _each(average: Callable[[list[float]], float], used: list[Tokens]) -> Usage:
    # Providers count cached input apart from other input, but always in the total.
    return Usage(average([float(it.total - it.output) for it in used]), average([float(it.output) for it in used]))
