"""Cards as text for a terminal: the claims of each document by behaviour, or one claim with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gyges.evidence.inert import inert

from .card import Card, Claim

_NUMBERS = {"": "", "about": "~", "more than": ">", "at most": "≤"}
_WITHOUT = {"withheld": "withheld", "absent": "none printed"}
_STANDING = {"primary": "green", "secondary": "yellow", "recalled": "red"}
WIDE = 110
"""Columns of a terminal that has room for a column each."""

LONGEST = 24
"""Characters of a model's name on one line."""

KEY = (
    "n: a count where it is printed, else only of how many. compares: whether anyone could repeat it. status: primary "
    "was read in the document itself, secondary in another's report, recalled in neither; `gyges compare` rests on "
    "primary ones alone unless told otherwise. later: the claim that replaces it."
)


def card_tables(cards: Iterable[Card], width: int = WIDE) -> Iterator[RenderableType]:
    """One heading a document, the earliest first, and under it one table a behaviour, for so many columns."""
    shown = sorted(cards, key=lambda card: (card.date, card.card))
    longest = max((len(_name(claim)) for card in shown for claim in card.claims), default=0)
    for card in shown:
        yield Text()
        yield _heading(card)
        for behaviour in dict.fromkeys(claim.behaviour for claim in card.claims):
            yield Text(f"  {inert(behaviour)}", style="bold")
            alike = [claim for claim in card.claims if claim.behaviour == behaviour]
            rows = _rows(alike, min(longest, LONGEST)) if width >= WIDE else _narrow(alike)
            yield Padding(rows, (0, 0, 0, 2))


def summary(cards: Sequence[Card]) -> str:
    """How many claims there are, and how much of it the documents print."""
    claims = [claim for card in cards for claim in card.claims]
    days = sorted({card.as_of.isoformat() for card in cards})
    counted = sum(claim.n is not None for claim in claims)
    intervals = sum(claim.interval is not None for claim in claims)
    return (
        f"{_count(len(claims), 'claim')} in {_count(len(cards), 'document')}: {counted} with n, {intervals} with an "
        f"interval, {sum(claim.superseded for claim in claims)} superseded. Corrections looked for up to "
        f"{' to '.join(dict.fromkeys((days[0], days[-1]))) if days else 'no day'}."
    )


def claim_sheet(card: Card, claim: Claim, others: Iterable[Claim]) -> Iterator[RenderableType]:
    """Everything about one claim; `others` are all claims, for what replaced what."""
    by_id = {other.id: other for other in others}
    yield Text(inert(claim.id), style="bold cyan").append(f"  {inert(_name(claim))}", style="bold default")
    facts = tuple(_facts(card, claim, by_id))
    wide = max(len(name) for name, _ in facts)
    for name, value in facts:
        yield Text(f"  {inert(name):<{wide}}  ", style="dim").append(inert(value), style="not dim")


def _heading(card: Card) -> Text:
    heading = Text(inert(card.document), style="bold cyan")
    return heading.append(f"  {inert(card.publisher)}, {inert(card.date)}, {inert(card.card)}", style="not bold dim")


def _rows(claims: Sequence[Claim], longest: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("id", no_wrap=True, min_width=7)
    table.add_column("model", overflow="fold", width=longest)
    table.add_column("value", overflow="fold", min_width=7)
    table.add_column("n", overflow="fold", min_width=7)
    table.add_column("condition", ratio=1, overflow="fold")
    table.add_column("compares", width=14)
    table.add_column("status", width=9)
    table.add_column("later", no_wrap=True, min_width=7)
    for it, condition in zip(claims, _conditions(claims), strict=True):
        cells = (it.id, _name(it), _value(it), _number(it), condition, it.comparability.replace("_", " "))
        table.add_row(*(Text(inert(cell)) for cell in cells), _status(it), Text(inert(_later(it))))
    return table


def _narrow(claims: Sequence[Claim]) -> Table:
    """The same with all about a claim's standing in one column."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("id", no_wrap=True)
    table.add_column("model", overflow="fold", width=15)
    for name in ("value", "n"):
        table.add_column(name, overflow="fold", max_width=11)
    table.add_column("condition", ratio=1, overflow="fold")
    table.add_column("standing", width=14)
    for it, condition in zip(claims, _conditions(claims), strict=True):
        standing = Text(f"{it.comparability.replace('_', ' ')}, ").append_text(_status(it))
        standing.append(inert(f", later: {_later(it)}" if it.superseded else ""))
        cells = (it.id, _name(it), _value(it), _number(it), condition)
        table.add_row(*(Text(inert(cell)) for cell in cells), standing)
    return table


def _status(it: Claim) -> Text:
    return Text(it.status, _STANDING[it.status])


def _later(it: Claim) -> str:
    return it.superseded_by or ("not here" if it.superseded else "")


def _name(it: Claim) -> str:
    return f"{it.model} ({it.snapshot})" if it.snapshot else it.model


def _value(it: Claim) -> str:
    value = _WITHOUT.get(it.kind, it.value)
    if it.interval is None:
        return value
    return f"{value} ({100 * it.interval.low:.3g} to {100 * it.interval.high:.3g})"


def _number(it: Claim) -> str:
    if it.n is None:
        return ""
    n = f"{_NUMBERS.get(it.n_qualifier, it.n_qualifier + ' ')}{it.n:,}"
    return n if it.k is None else f"{it.k:,}/{n}"


def _conditions(claims: Sequence[Claim]) -> Iterator[str]:
    """Of each: what is counted if that is not the same for all, and under what conditions."""
    differ = len({claim.metric for claim in claims}) > 1
    for it in claims:
        said = {name: value for name, value in it.conditions if value is not None and name != "denominator"}
        parts = [it.metric if differ else "", it.condition, *(f"{name}: {value}" for name, value in said.items())]
        yield "; ".join(part for part in parts if part)


def _facts(card: Card, claim: Claim, by_id: dict[str, Claim]) -> Iterator[tuple[str, str]]:
    shown = claim.model_dump(mode="json", exclude_defaults=True, exclude={"id", "superseded_by", "superseded_note"})
    for name, value in shown.items():
        yield from _flat(name.replace("_", " "), value)
    if claim.superseded:
        later = by_id.get(claim.superseded_by or "")
        what = f"{later.id}, {later.value}: " if later else ""
        yield "superseded by", f"{what}{claim.superseded_note}".removesuffix(": ")
    for other in by_id.values():
        if other.superseded_by == claim.id:
            yield "supersedes", f"{other.id}, {other.value}"
    yield "document", f"{card.document}, {card.publisher}, {card.date}"
    yield "url", card.url
    if card.note:
        yield "note", card.note
    yield "as of", card.as_of.isoformat()


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        return
    for key, inner in value.items():
        together = " ".join(f"{a}={b}" for a, b in inner.items()) if isinstance(inner, dict) else str(inner)
        yield f"{name}: {key}", together


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
