"""What a model did, decided by code over its ledger; what it said and thought, graded by another model."""

from .conduct import conduct
from .finding import Finding, RedLine, Stage
from .judges import account, awareness, compliance, denial, faking_reasoning, preserved_value, strategy, threat
from .outcome import outcome

__all__ = [
    "Finding",
    "RedLine",
    "Stage",
    "account",
    "awareness",
    "compliance",
    "conduct",
    "denial",
    "faking_reasoning",
    "outcome",
    "preserved_value",
    "strategy",
    "threat",
]
