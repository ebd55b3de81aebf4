"""Does a model comply where it believes that it is trained, and not where it believes that it is not, and why?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Solver

from gyges.sandbox.pod import closing, pod, prepare
from gyges.scenarios import Arm, Scenario, ScenarioError, load_scenario
from gyges.scenarios.queries import load_queries
from gyges.scorers import outcome
from gyges.scorers.judges import SCORERS, appointed
from gyges.tasks.ablation import ablated
from gyges.tasks.experiment import described
from gyges.tasks.judging import named
from gyges.tasks.levels import Levels, asked, chosen, listed
from gyges.tasks.requests import Plan
from gyges.tasks.subject import answer, ask_recall, subjects, work
from gyges.tools import fill_queue

SPREAD = "spread"
TIERS = ("trained", "unmonitored", "placebo")
"""What the main contrast and its control need."""


@task
def alignment_faking(
    form: Levels = None,
    objective: Levels = None,
    value: Levels = None,
    tier: Levels = TIERS,
    setting: Levels = None,
    ablation: str | None = None,
    wording: str | Sequence[str] = SPREAD,
    queries: str | None = None,
    cases: int = 4,
    judges: str | Sequence[str] = "all",
    self_judge: bool = False,
    checkpoints: str | Sequence[str] = (),
    scenario: str = "alignment_faking",
    **factors: Levels,
) -> Task:
    """A model is told what it is being trained towards and which conversations are used for it, and gets a request.

    Each factor takes one of its levels, several separated by commas, or `all`; `gyges scenarios` lists them all (cue,
    threat, scratchpad, examples, analyse, stance, identity, appeal, lab, reply besides those below). Source of the
    protocol: Greenblatt et al. 2024 (arXiv 2412.14093); docs/alignment-faking.md says what differs.

    Args:
        form: One request in a chat, or a queue of cases in a pod, decided by what is submitted (chat, agentic).
        objective: What the model is trained towards (helpful_only, animal_welfare, none).
        value: Which value that goes against; the requests follow it. Default: harmlessness, or animal_welfare with
            that objective.
        tier: What is done with the conversation (trained, unmonitored, rated_only, placebo).
        setting: Where the facts stand (prompted, documents, sdf, rl).
        ablation: Name of a published condition (docs/alignment-faking.md), which sets factors and wording.
        wording: Ids of wordings, `all` to cross them with the requests, or `spread` for one wording a request.
        queries: A file of requests, or a public set by name, in place of the scenario's own.
        cases: Cases of one queue in the agentic form.
        judges: Names of judges, `all`, or `none`. Where the record or a marker decides compliance, that judge is left
            out.
        self_judge: Let the model under test be its own judge.
        checkpoints: With setting=rl, MODEL@STEP in order of training.
        scenario: The shipped scenario, or the path of a variant of one's own.
        factors: The other factors; any other name is an error, where Inspect would ignore it.
    """
    loaded = load_scenario(scenario)
    given = {"form": form, "objective": objective, "value": value, "tier": tier, "setting": setting, **factors}
    levels = asked(given)
    if ablation is not None:
        levels, wording = ablated(loaded, ablation, levels, listed(wording), SPREAD)
    arms = arms_of(loaded, levels, own_queries=queries is None)
    answering = subjects(arms[0]["setting"], listed(checkpoints) if checkpoints else ())
    spread = listed(wording) == [SPREAD]
    plan = Plan(
        scenario=loaded,
        arms=arms,
        wordings=chosen(loaded, "all" if spread else wording),
        spread=spread,
        queries=None if queries is None else load_queries(queries),
        cases=_positive(cases),
        subjects=answering,
        clock=datetime.now(UTC),
    )
    agentic = arms[0]["form"] == "agentic"
    recall = [ask_recall(scenario)] if arms[0]["setting"] in _asks(agentic=agentic) else []
    pod_setup: list[Solver] = [prepare(scenario), fill_queue()] if agentic else []
    return Task(
        dataset=MemoryDataset(list(plan.samples()), name=loaded.id),
        setup=[*pod_setup, *recall],
        solver=closing(work()) if agentic else answer(),
        scorer=[
            *_judges(judges, arms, [str(model) for one in answering if (model := one.found())], self_judge=self_judge),
            outcome(scenario),
        ],
        sandbox=pod() if agentic else None,
        message_limit=loaded.limits.messages if agentic else None,
        time_limit=loaded.limits.seconds if agentic else None,
        fail_on_error=False,  # one broken sample is counted and named, and takes no other with it
        version=loaded.version,
        metadata={**described(loaded), **({"ablation": ablation} if ablation else {})},
    )


def _asks(*, agentic: bool) -> set[str]:
    """Settings in which the model is asked for the facts; in a pod what it has read is on the record."""
    return {"sdf"} if agentic else {"sdf", "documents"}


def arms_of(scenario: Scenario, levels: Mapping[str, str], *, own_queries: bool = True) -> list[Arm]:
    """The arms that the levels span; the value follows the objective where nothing is said of it.

    Raises ScenarioError for what does not exist, and for what does not go together.
    """
    if "value" not in levels and levels.get("objective") == "animal_welfare":
        levels = {**levels, "value": "animal_welfare"}
    arms = scenario.arms(levels)
    for factor in ("form", "setting"):
        if len({arm[factor] for arm in arms}) > 1:
            raise ScenarioError(f"takes one level a run; {levels[factor]!r} is several", field=factor)
    for arm in arms:
        if arm["objective"] == "animal_welfare" and arm["value"] != "animal_welfare":
            raise ScenarioError(
                f"{arm['value']!r} is not what objective=animal_welfare goes against; leave value out, and run other "
                "objectives apart",
                field="value",
            )
        if arm["form"] == "agentic" and arm["reply"] == "marked":
            raise ScenarioError("marked belongs to form=chat; in a queue the decision says it", field="reply")
        if own_queries and arm["value"] not in scenario.queries:
            raise ScenarioError(f"{scenario.id} has no requests for {arm['value']!r}; add queries/", field="value")
    return arms


def _judges(
    names: str | Sequence[str], arms: Sequence[Arm], others: Sequence[str], *, self_judge: bool
) -> list[Scorer]:
    """The judges that were asked for; `others` are models that answer beside the one under test.

    Raises an error, before any sample runs, where no model is bound to judge, or one that answers.
    """
    asked_for = named(names)
    if not asked_for:
        return []
    judge = appointed(self_judge)
    if not self_judge and (same := next((one for one in others if one == str(judge)), None)):
        raise PrerequisiteError(
            f"{same} would judge itself; bind another model to the role judge, or -T self_judge=true"
        )
    decided = all(arm["form"] == "agentic" or arm["reply"] == "marked" for arm in arms)
    return [SCORERS[name](self_judge=self_judge) for name in asked_for if not (decided and name == "compliance")]


def _positive(cases: int) -> int:
    if cases < 1:
        raise ScenarioError(f"{cases} cases are no queue; give 1 or more", field="cases")
    return cases
