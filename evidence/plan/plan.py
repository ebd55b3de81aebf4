"""A claim, the trials that it needs, and the designs that come to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gyges.evidence.plain import named
from gyges.evidence.statistics.clustered import CORRELATION
from gyges.evidence.statistics.planning import detection
from gyges.scenarios import Scenario

from .claim import AtMost, PlannedClaim
from .design import EPOCHS, Design, design
from .needed import arms, held, method, needed, otherwise
from .reach import Reach, reach
from .supply import Extent, supplies


@dataclass(frozen=True)
class Plan:
    """What a claim takes."""

    claim: PlannedClaim
    family: int
    correlation: float
    method: str
    arms: int
    n: int
    """Independent trials needed in each arm."""

    otherwise: Mapping[str, int]
    """Condition to the independent trials needed under it."""

    seen: Mapping[float, float]
    """Rate to the chance that it shows at least once in n independent trials; of a bound, and of a tenth of it."""

    held: float | None
    """The chance that a bound comes out when the rate is a tenth of it; None for other claims."""

    designs: tuple[Design, ...]
    scenario: Extent | None
    reach: tuple[Reach, ...]
    """One for each supply of the scenario, the least first."""

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values; shares are between 0 and 1."""
        return named(self) | {
            "claim": {"text": str(self.claim), "kind": type(self.claim).__name__.lower(), **named(self.claim)},
            "designs": [_design(it) for it in self.designs],
            "reach": [
                {**named(it), "design": _design(it.design), "line": it.supply.line(it.design.epochs)}
                for it in self.reach
            ],
        }


def plan_for(
    claim: PlannedClaim,
    correlation: float = CORRELATION,
    epochs: Sequence[int] = EPOCHS,
    family: int = 1,
    scenario: Scenario | None = None,
) -> Plan:
    """What a claim takes.

    Args:
        claim: To be borne out.
        correlation: Of the epochs of one sample, declared before the run: 0 to 1.
        epochs: Those to show designs for.
        family: Claims that are to hold together, this one among them.
        scenario: Whose wordings or requests are there to be run.

    Raises ValueError where no run could bear the claim out, or an argument makes no sense.
    """
    n, sides = needed(claim, family), arms(claim)
    rates = (claim.share, claim.share / 10) if isinstance(claim, AtMost) else ()
    return Plan(
        claim=claim,
        family=family,
        correlation=correlation,
        method=method(claim),
        arms=sides,
        n=n,
        otherwise=otherwise(claim, family),
        seen={share: detection(share, n) for share in rates},
        held=held(claim, n, claim.share / 10) if isinstance(claim, AtMost) else None,
        designs=tuple(design(n, each, correlation, sides) for each in epochs),
        scenario=Extent.of(scenario) if scenario else None,
        reach=tuple(reach(claim, n, it, correlation, family) for it in supplies(scenario, sides)) if scenario else (),
    )


def _design(it: Design) -> dict[str, Any]:
    return {**named(it), "trials": it.trials}
