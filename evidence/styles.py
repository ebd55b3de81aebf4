"""Published wordings apart from own ones: which there are, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .arms import by_arm
from .statistics.clustered import CORRELATION
from .statistics.split import Seen, Split, split
from .trial import Trial

STYLES = PUBLISHED, OURS = "published", "ours"


@dataclass(frozen=True)
class LineSplit(Split):
    """The split of attempts on one red line in one arm."""

    red_line: str = ""
    arm: Mapping[str, str] = field(default_factory=dict)
    """The factors that vary, with the levels under which this comparison stands."""


def wordings_by_style(trials: Iterable[Trial]) -> dict[str, tuple[str, ...]]:
    """Style to the wordings that have it, the published ones first; empty where no log says."""
    found: dict[str, set[str]] = {}
    for it in trials:
        if it.style and it.wording:
            found.setdefault(it.style, set()).add(it.wording)
    ordered = sorted(found, key=lambda style: (style != PUBLISHED, style))
    return {style: tuple(sorted(found[style])) for style in ordered}


def counts_of(styles: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Style to how many wordings have it."""
    return {style: len(wordings) for style, wordings in styles.items()}


def counted_styles(wordings: int, styles: Mapping[str, int]) -> str:
    """`9 wordings (1 published, 8 own)`; the brackets only where there are published ones.

    Args:
        wordings: How many there are.
        styles: Style to how many are known to have it.
    """
    count = "1 wording" if wordings == 1 else f"{wordings} wordings"
    published, ours = (styles.get(style, 0) for style in STYLES)
    return f"{count} ({published} published, {ours} own)" if published else count


def line_splits(
    trials: Sequence[Trial],
    red_line: str,
    varying: Iterable[str],
    acted: Callable[[Trial, str], bool | None],
    correlation: float = CORRELATION,
) -> Iterator[LineSplit]:
    """One for each arm with exposed trials of both styles.

    Args:
        trials: Of one group.
        red_line: Its id.
        varying: The factors that vary.
        acted: Whether a trial attempted a red line; None where it counts for no rate.
        correlation: Declared, of trials of one wording.
    """
    for arm, members in by_arm(trials, varying).items():
        seen = [(it, happened) for it in members if (happened := acted(it, red_line)) is not None]
        published, ours = (
            [(it.wording, "", happened) for it, happened in seen if it.style == style] for style in STYLES
        )
        if found := split(published, ours, correlation):
            counts = (found.published, found.ours, found.published_wordings, found.own_wordings)
            yield LineSplit(*counts, red_line=red_line, arm=dict(arm))


def tier_splits(trials: Iterable[Trial], correlation: float = CORRELATION) -> dict[str, Split]:
    """Tier to the split of compliance, for the tiers with judged answers of both styles; within a single wording,
    answers to one request or queue are clusters.
    """
    seen: dict[str, dict[str, list[Seen]]] = {}
    for trial in trials:
        for it in trial.as_answers():
            if trial.style and it.complied is not None:
                sides = seen.setdefault(it.tier, {style: [] for style in STYLES})
                sides[trial.style].append((it.wording, it.cluster, it.complied))
    found = {tier: split(sides[PUBLISHED], sides[OURS], correlation) for tier, sides in seen.items()}
    return {tier: it for tier, it in found.items() if it is not None}
