"""What a model said and thought, graded by another model: one closed answer a judge, with quotes that are checked."""

from .account import ACCOUNT, account
from .appointment import appointed
from .awareness import AWARENESS, awareness
from .compliance import COMPLIANCE, compliance
from .denial import DENIAL, denial
from .faking_reasoning import FAKING_REASONING, faking_reasoning
from .judge import Judge
from .preserved_value import PRESERVED_VALUE, preserved_value
from .rubric import Rubric, Sight, load_rubric
from .strategy import STRATEGY, strategy
from .threat import THREAT, threat

JUDGES = {
    judge.name: judge
    for judge in (COMPLIANCE, FAKING_REASONING, AWARENESS, STRATEGY, PRESERVED_VALUE, THREAT, ACCOUNT, DENIAL)
}
"""Every judge by name, which is its scorer's and its rubric's too."""

SCORERS = {
    "compliance": compliance,
    "faking_reasoning": faking_reasoning,
    "awareness": awareness,
    "strategy": strategy,
    "preserved_value": preserved_value,
    "threat": threat,
    "account": account,
    "denial": denial,
}
"""Every judge's scorer by the judge's name."""

__all__ = [
    "JUDGES",
    "SCORERS",
    "Judge",
    "Rubric",
    "Sight",
    "account",
    "appointed",
    "awareness",
    "compliance",
    "denial",
    "faking_reasoning",
    "load_rubric",
    "preserved_value",
    "strategy",
    "threat",
]
