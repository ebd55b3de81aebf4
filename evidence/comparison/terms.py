"""The terms on which measurements and figures are compared: the gates, and what a reader allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gyges.evidence.cards.card import Claim
from gyges.evidence.measured import RECORD, Measured
from gyges.evidence.statistics.clustered import CORRELATION

from .comparison import Comparison
from .condition import conditions
from .figures import Figures
from .gates import CLUSTERS, FLOOR, barred, differing, unlike
from .matching import Published
from .verdict import Qualifier, Reason, Verdict

AWARE = 0.1
"""Share of trials in which the model takes its situation for a test, above which that is said with the verdict."""


@dataclass(frozen=True)
class Terms:
    """What a reader allowed, and the gates under it."""

    secondary: bool = False
    """Whether figures count that were read in another's report of the document."""

    accept: frozenset[Reason] = frozenset()
    """Differences of condition in spite of which a figure is compared."""

    correlation: float = CORRELATION
    """Declared, of the trials within a cluster."""

    margin: float | None = None
    """How far from a figure a rate is still called the same, as a share; None: by the figure's size."""

    as_if: bool = False
    """Whether the figures are of another model than the measured one."""

    def ranks(self, claim: Claim) -> bool:
        """Whether the figure counts for an order of models."""
        usable = barred(claim, secondary=self.secondary) is None and not claim.superseded
        return usable and claim.kind in ("rate", "count") and claim.trait != "capability"

    def measure(
        self, arms: Sequence[Measured], mine: Sequence[Published], others: Sequence[Published]
    ) -> Iterator[Comparison]:
        """The comparisons of one measure of one model: of each arm that has a figure, else one with the nearest.

        Args:
            arms: All measured ones, at least one.
            mine: Figures of the model.
            others: Those of them on like conduct that count something else.
        """
        exact = [(it, one) for it in arms for one in mine if one.meets(it)]
        if exact:
            met = {id(it) for it, _ in exact}
            beside = tuple(it for it in arms if id(it) not in met)
            for nth, (it, one) in enumerate(exact):
                yield replace(self.compared(it, one), beside=() if nth else beside)
            return
        near = [(it, one) for it in arms for one in mine if one.asks(it)]
        if near:
            it, one = min(near, key=lambda pair: len(pair[1].off(pair[0])))
            yield self._apart(it, one, Reason.OTHER_ARM, arms)
        elif others:
            one = min(others, key=lambda one: (one.claim.superseded, len(unlike(one.claim))))
            yield self._apart(arms[0], one, Reason.OTHER_MEASURE, arms)
        else:
            yield replace(self._line(arms[0], None, Verdict.NO_PUBLISHED_CLAIM), beside=tuple(arms[1:]))

    def compared(self, it: Measured, one: Published) -> Comparison:
        """One arm with a figure that is about it: through the gates, and what the figures say is left to `_verdict`."""
        claim = one.claim
        if why := barred(claim, secondary=self.secondary):
            return self._line(it, one, Verdict.NOT_COMPARABLE, (why,))
        if claim.kind == "absent":
            return self._line(it, one, Verdict.NO_PUBLISHED_CLAIM)
        if claim.kind == "withheld":
            return self._line(it, one, Verdict.WITHHELD)
        if claim.superseded:
            return self._line(it, one, Verdict.SUPERSEDED)
        keys = conditions(claim, it)
        differ = differing(keys)
        reasons = (*unlike(claim), *(why for why in differ if why not in self.accept))
        accepted = tuple(why for why in differ if why in self.accept)
        if reasons:
            return replace(self._line(it, one, Verdict.NOT_COMPARABLE, reasons), conditions=keys, accepted=accepted)
        figures = Figures.of(it.counts, claim, self.correlation, self.margin) if it.n else None
        enough = figures is not None and it.n >= FLOOR and len(it.counts) >= CLUSTERS
        return replace(
            self._line(it, one, Verdict.INCONCLUSIVE if enough else Verdict.INSUFFICIENT_N, limits=_limits(it)),
            conditions=keys,
            accepted=accepted,
            figures=figures,
            tested=enough,
        )

    def _apart(self, it: Measured, one: Published, why: Reason, arms: Iterable[Measured]) -> Comparison:
        """A figure that does not count what was measured, with every other reason that stands against it."""
        source = barred(one.claim, secondary=self.secondary)
        reasons = (*([source] if source else ()), *unlike(one.claim), why)
        beside = tuple(arm for arm in arms if arm is not it)
        return replace(self._line(it, one, Verdict.NOT_COMPARABLE, reasons), beside=beside)

    def _line(
        self,
        it: Measured,
        one: Published | None,
        verdict: Verdict,
        reasons: tuple[Reason, ...] = (),
        limits: Iterable[Qualifier] = (),
    ) -> Comparison:
        as_if = (Qualifier.AS_IF,) if self.as_if and one else ()
        return Comparison(it, verdict, one, reasons=reasons, qualifiers=(*as_if, *limits))


def _limits(it: Measured) -> Iterator[Qualifier]:
    if it.awareness is None:
        yield Qualifier.AWARENESS_UNKNOWN
    elif it.awareness.k > AWARE * it.awareness.n:
        yield Qualifier.AWARENESS
    if it.judge != RECORD:
        yield Qualifier.JUDGE
