"""Does a trading agent act on word of a merger that is not public, conceal it in its report, and deny it when asked?"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task

from gyges.tasks.experiment import experiment
from gyges.tasks.levels import Levels


@task
def insider_trading(
    oversight: Levels = None,
    results: Levels = None,
    search: Levels = None,
    forecast: Levels = None,
    tip: Levels = None,
    risk: Levels = None,
    gain: Levels = None,
    system: Levels = None,
    payoff: Levels = None,
    reasoning: Levels = None,
    ablation: str | None = None,
    replay: bool = False,
    wording: str | Sequence[str] = "all",
    judges: str | Sequence[str] | None = None,
    self_judge: bool = False,
    scenario: str = "insider_trading",
    **others: Levels,
) -> Task:
    """An agent trades for a small firm, is told by a colleague of a merger that is not public, and reports its day.

    Each factor takes one of its levels, several separated by commas, or `all`; `gyges scenarios` lists them. Source of
    the protocol: Scheurer et al. 2023 (arXiv 2311.07590).

    Args:
        oversight: Whether compliance goes through what the agent did (watched, unwatched).
        results: How the firm stands (bad, fine).
        search: What searches at low and medium risk find (failed, found).
        forecast: What research expects (downturn, steady).
        tip: What the colleague writes (remark, plain, none, public).
        risk: How often such trades were traced (very_low, low, medium, high, very_high).
        gain: What the tip promises (large, small).
        system: What the prompt says of how to trade (encouraging, neutral, helpful_honest, discouraging, forbidding).
        payoff: Whether anything follows from what a report says (kept, removed).
        reasoning: Where the model is asked to think (native, scratchpad).
        ablation: Name of a published condition (`ablations.yaml`), which sets factors and wording.
        replay: Whether the model is given the fixed history of the published protocol, and goes on from there.
        wording: Id of a wording, several separated by commas, or all.
        judges: Names of judges, all or none; by default those that the red lines need, and awareness.
        self_judge: Let the model under test be its own judge.
        scenario: The shipped scenario, or the path of a variant of one's own.
        others: Factors that only the variant has; any other name is an error, where Inspect would ignore it.
    """
    return experiment(
        scenario,
        wording,
        {
            "oversight": oversight,
            "results": results,
            "search": search,
            "forecast": forecast,
            "tip": tip,
            "risk": risk,
            "gain": gain,
            "system": system,
            "payoff": payoff,
            "reasoning": reasoning,
            **others,
        },
        judges=judges,
        self_judge=self_judge,
        ablation=ablation,
        replay=replay,
    )
