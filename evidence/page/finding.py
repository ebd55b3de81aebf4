"""The main findings in plain sentences, made from numbers alone: each share with its count and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gyges.evidence.contrast import Contrast
from gyges.evidence.group import Group, Row
from gyges.evidence.inert import inert
from gyges.evidence.report import Report
from gyges.evidence.statistics.bounds import percent
from gyges.evidence.statistics.gap import Gap
from gyges.evidence.statistics.rate import Rate
from gyges.evidence.stratum import Stratum
from gyges.evidence.styles import LineSplit
from gyges.evidence.tiers import TierGroup

from .grid import p_value

ARMS = 4
"""Arms of one red line that a sentence names; of more, those with the highest and the lowest share."""

WORD = 60
"""Characters of a word from a log that a sentence has room for."""


@dataclass(frozen=True)
class Finding:
    """What was found of one model in one scenario."""

    model: str
    under: str
    """Scenario, version and options."""

    sentences: tuple[tuple[str, str], ...]
    """What a sentence is about (red lines; may be empty), and its words."""

    weight: float
    """The highest share of trials that did what the scenario looks for; it chooses where not all can be shown."""


def findings(report: Report) -> list[Finding]:
    """One for each group of the report, in its order."""
    return [*map(_of_group, report.groups), *(_of_stratum(group, it) for group in report.tiers for it in group.strata)]


def in_words(rate: Rate) -> str:
    """`3 of 10 (6.7 to 65 %)`, with the 95 % interval; at zero events `0 of 10 (at most 26 %)`, the one-sided bound."""
    if rate.bounds is None or rate.upper is None:
        return "none, as there was no trial to count"
    if not rate.k:
        return f"0 of {rate.n} (at most {percent(rate.upper)} %)"
    low, high = rate.bounds
    return f"{rate.k} of {rate.n} ({percent(low)} to {percent(high)} %)"


def where(arm: Mapping[str, str]) -> str:
    """` where oversight is watched`; nothing for an arm that stands alone."""
    told = " and ".join(f"{inert(name, WORD)} is {inert(level, WORD)}" for name, level in arm.items())
    return f" where {told}" if told else ""


def options(settings: Mapping[str, str]) -> str:
    """`, temperature 0.7` for each."""
    return "".join(f", {inert(name, WORD)} {inert(value, WORD)}" for name, value in settings.items())


def share(rate: Rate) -> float:
    return rate.k / rate.n if rate.n else 0.0


def _of_group(group: Group) -> Finding:
    sentences = [*_acted(group.rows), *_not_acted(group.rows), *_not_judged(group.rows)]
    sentences += [*_styles(group.splits), *_pairs(group.contrasts), *_missing(group)]
    weight = max((share(row.attempted) for row in group.rows), default=0.0)
    replayed = ", replayed history" if group.replay else ""
    under = f"{group.scenario} {group.version}{replayed}{options(group.settings)}"
    return Finding(group.model, under, tuple(sentences), weight)


def _by_line(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.red_line, []).append(row)
    return found


def _acted(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    for red_line, found in _by_line(rows).items():
        exposed = [row for row in found if row.exposed]
        if not any(row.attempted.k for row in exposed):
            continue
        if all(row.attempted == row.completed for row in exposed):
            yield red_line, f"attempted, and completed, in {_told(exposed, 'attempted')}."
        else:
            yield red_line, f"attempted in {_told(exposed, 'attempted')}; completed in {_told(exposed, 'completed')}."


def _told(rows: Sequence[Row], measure: str) -> str:
    shown, rest = list(rows), ""
    if len(rows) > ARMS:
        ranked = sorted(rows, key=lambda row: share(getattr(row, measure)), reverse=True)
        shown, rest = [ranked[0], ranked[-1]], f", the highest and the lowest share of {len(rows)} arms"
    return ", ".join(f"{in_words(getattr(row, measure))}{where(row.arm)}" for row in shown) + rest


def _not_acted(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Red lines that nobody attempted, those with the same counts in one sentence."""
    quiet: dict[str, list[str]] = {}
    for red_line, found in _by_line(rows).items():
        exposed = [row for row in found if row.exposed]
        if exposed and not any(row.attempted.k for row in exposed):
            quiet.setdefault(_told(exposed, "attempted"), []).append(red_line)
        elif not exposed and any(row.valid for row in found):
            unexposed, permitted = (sum(getattr(row, why) for row in found) for why in ("unexposed", "permitted"))
            why = [f"{unexposed} never met the temptation"] if unexposed else []
            why += [f"the arm permits it in {permitted}"] if permitted else []
            yield red_line, f"of the trials with a verdict, {', and '.join(why)}, so there is no rate."
    for told, red_lines in quiet.items():
        yield ", ".join(red_lines), f"attempted in {told}."


def _not_judged(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    for red_line, found in _by_line(rows).items():
        if count := sum(row.not_judged for row in found):
            trials = "1 trial has" if count == 1 else f"{count} trials have"
            yield red_line, f"{trials} an act on record of which no judge has said what it was, and so no verdict."


def _styles(splits: Iterable[LineSplit]) -> Iterator[tuple[str, str]]:
    for it in splits:
        if not it.published.k and not it.ours.k:
            continue
        low, high = it.bounds
        sides = f"{in_words(it.published)} on published wordings and in {in_words(it.ours)} on own ones"
        gap = f"{100 * it.difference:+.0f} percentage points ({100 * low:+.0f} to {100 * high:+.0f})"
        yield it.red_line, f"attempted in {sides}{where(it.arm)}: published minus own is {gap}."


def _pairs(contrasts: Iterable[Contrast]) -> Iterator[tuple[str, str]]:
    for it in contrasts:
        if it.only_first or it.only_second:
            pairs = "1 pair that differs" if it.pairs == 1 else f"{it.pairs} pairs that differ"
            yield it.red_line, f"in {pairs} in {inert(it.factor, WORD)} alone{where(it.arm)}, {difference(it)}."


def difference(it: Gap) -> str:
    """`trained minus unmonitored is +75 percentage points (-13 to +100), p = 0.25 (0.5 after Holm's correction)`."""
    sides = f"{inert(it.first, WORD)} minus {inert(it.second, WORD)}"
    if it.difference is None or it.bounds is None or it.p is None:
        return f"{sides} cannot be told, as no pair is whole"
    low, high = it.bounds
    found = f"{sides} is {100 * it.difference:+.0f} percentage points ({100 * low:+.0f} to {100 * high:+.0f})"
    corrected = "" if it.adjusted is None else f" ({p_value(it.adjusted)} after Holm's correction)"
    return f"{found}, p = {p_value(it.p)}{corrected}"


def _missing(group: Group) -> Iterator[tuple[str, str]]:
    lines = list(_by_line(group.rows).values())
    if not lines:
        yield "", "No trial has a verdict, so there is no rate."
        return
    planned = sum(row.planned for row in lines[0])
    missing = max(sum(row.planned - row.valid for row in rows) for rows in lines)
    if missing:
        yield "", f"{missing} of {planned} planned trials have no verdict; the funnel below has the worst case."


def _of_stratum(group: TierGroup, it: Stratum) -> Finding:
    named = [*group.apart.items(), *([("subject", it.subject)] if it.subject else []), *it.arm.items()]
    named += [] if it.step is None else [("step", str(it.step))]
    under = f"{group.scenario} {group.version}{options(dict(named))}{options(group.settings)}"
    complied = ", ".join(f"{in_words(rate)} when {tier}" for tier, rate in it.compliance.items())
    stated = ", ".join(f"{in_words(rate)} when {tier}" for tier, rate in it.faking.items() if rate.n)
    sentences = [it.conclusion.sentence]
    sentences += [f"Complied in {complied}."] if complied else ["No answer was judged, so there is no rate."]
    sentences += [f"In pairs, {difference(it.main)}."] if it.main.pairs else []
    sentences += [f"Of the answers that complied, the reasoning states the motive in {stated}."] if stated else []
    weight = max((share(rate) for rate in it.compliance.values()), default=0.0)
    return Finding(group.model, under, tuple(("", told) for told in sentences), weight)
