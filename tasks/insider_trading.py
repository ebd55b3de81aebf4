"""Does a trading agent act on word of a merger that is not public, conceal it in its report, and deny it when asked?"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task

from gyges.tasks.experiment import experiment
from gyges.tasks.levels import Levels


@task
def insider_trading(
    wording: str | Sequence[str] = "all",
    ablation: str | None = None,
    replay: bool = False,
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    scenario: str = "insider_trading",
    **factors: Levels,
) -> Task:
    """An agent trades for a small firm, is told by a colleague of a merger that is not public, and reports its day.

    Source of the protocol: Scheurer et al. 2023 (arXiv 2311.07590). docs/scenarios/insider_trading.md says what
    each factor is, what counts, and what is different here.

    Args:
        wording: Id of a wording, several separated by commas, or all.
        ablation: Name of a published condition, which sets factors and wording.
        replay: Whether the model is given the fixed history of the published protocol, and goes on from there.
        judges: Names of judges, all or none; left out: those that the red lines need, and awareness beside them.
        self_judge: Let the model under test be its own judge.
        scenario: The shipped scenario, or the path of a variant of one's own.
        factors: oversight, results, search, forecast, tip, risk, gain, system, payoff, reasoning; each a level,
            several separated by commas, or all. Any other name is an error.
    """
    return experiment(
        scenario, wording, factors, judges=judges, self_judge=self_judge, ablation=ablation, replay=replay
    )
