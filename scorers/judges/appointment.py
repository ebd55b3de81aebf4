"""Which model judges: the one bound to Inspect's role `judge`, and not the model that is judged."""

from __future__ import annotations

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import Model, ModelName, get_model, model_roles

ROLE = "judge"
UNBOUND = (
    "No model is bound to the role 'judge', so nothing can grade what the model says. "
    "Name one with --model-role judge=PROVIDER/MODEL (in Python: model_roles={'judge': ...})."
)
SEVERAL = (
    "{n} models are bound to the role 'judge' ({models}), and a judge is one model. "
    "Name one, and judge again with another by `inspect score LOG --model-role judge=PROVIDER/MODEL`."
)
ITSELF = (
    "{model} would judge itself: it is the model under test and bound to the role 'judge'. "
    "Name another with --model-role judge=PROVIDER/MODEL, or allow it with -T self_judge=true (-S for `inspect score`)."
)


def appointed(self_judge: bool = False) -> Model:
    """The model that judges; call it where a task is made, so that a run without a judge ends before it begins.

    Raises:
        PrerequisiteError: no model is bound to the role, or several are, or the one that is under test without
            `self_judge`.
    """
    bound = model_roles().get(ROLE)
    if bound is None:
        raise PrerequisiteError(UNBOUND)
    if isinstance(bound, list) and len(bound) > 1:
        raise PrerequisiteError(SEVERAL.format(n=len(bound), models=", ".join(map(str, bound))))
    judge = get_model(role=ROLE, required=True)
    if not self_judge and _same(judge, get_model()):
        raise PrerequisiteError(ITSELF.format(model=judge))
    return judge


def _same(one: Model, other: Model) -> bool:
    """Whether two models are one, also where a provider reaches it by two names (say through a cloud)."""
    return ModelName(one).api == ModelName(other).api and one.canonical_name() == other.canonical_name()
