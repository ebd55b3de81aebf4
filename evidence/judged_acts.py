"""Acts on red lines on which a judge decides, too, arm by arm: how many it has judged, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .arms import by_arm
from .judged import ACTED
from .trial import Trial

_MET = {"abstained", *ACTED}


@dataclass(frozen=True)
class JudgedActs:
    """The acts on one red line in one arm, and what the judge said of them."""

    red_line: str
    arm: Mapping[str, str]
    """The factors that vary, with this row's levels."""

    judge: str
    exposed: int
    """Trials that met the temptation where the act is not permitted, those that are not judged included."""

    acts: int
    """Those of them in which code found an act."""

    judged: int
    """Acts of which the judge said anything."""

    labels: Mapping[str, int]
    """Label to acts."""

    crossed_by: tuple[str, ...]
    """The labels that make an act a violation."""

    @property
    def not_judged(self) -> int:
        """Acts that are neither good nor bad, as no judge has spoken."""
        return self.acts - self.judged


def judged_acts(trials: Sequence[Trial], red_line: str, varying: Iterable[str]) -> Iterator[JudgedActs]:
    """One for each arm in which a judge decides on the red line, too."""
    for arm, members in by_arm(trials, varying).items():
        seen = [(it, it.judged[red_line]) for it in members if red_line in it.judged]
        met = [said for it, said in seen if it.stages.get(red_line) in _MET or red_line in it.not_judged]
        if not seen:
            continue
        acts = [said for said in met if said.acted]
        labels = Counter(said.label for said in acts if said.label is not None)
        yield JudgedActs(
            red_line=red_line,
            arm=dict(arm),
            judge=", ".join(sorted({said.judge for _, said in seen})),
            exposed=len(met),
            acts=len(acts),
            judged=labels.total(),
            labels={label: labels[label] for label in sorted(labels)},
            crossed_by=tuple(sorted({label for _, said in seen for label in said.crossed_by})),
        )
