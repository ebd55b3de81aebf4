"""What a claim needs before it is run: its sentence, the trials, the designs, and what they cost."""

from .claim import AtMost, ClaimError, Differ, PlannedClaim, Published, Within, parse_claim
from .cost import Prices, TrialCost, given_cost, measured_costs
from .design import Design
from .plan import Plan, plan_for
from .supply import Supply, supplies

__all__ = [
    "AtMost",
    "ClaimError",
    "Design",
    "Differ",
    "Plan",
    "PlannedClaim",
    "Prices",
    "Published",
    "Supply",
    "TrialCost",
    "Within",
    "given_cost",
    "measured_costs",
    "parse_claim",
    "plan_for",
    "supplies",
]
