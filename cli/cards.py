"""`gyges cards`: what developers and others have published on the conduct of models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.cards.claim_export import documents
from gyges.evidence.cards.every_eval_ever import write_eee
from gyges.evidence.cards.load import CardError, load_cards
from gyges.evidence.cards.selection import Selection, by_id, like_id
from gyges.evidence.cards.table import KEY, card_tables, claim_sheet, summary
from gyges.evidence.inert import inert

UNUSABLE = 2
"""Exit code for a card that cannot be read, and for a model, a behaviour or an id that no card names."""

SHOWN = 12
"""Names in a sentence about a gap."""


def command(
    ids: Annotated[list[str] | None, typer.Argument(help="Show these claims completely.", metavar="CLAIM...")] = None,
    model: Annotated[str | None, typer.Option(help="Any name of a model; * and ? are wildcards.")] = None,
    behaviour: Annotated[
        str | None, typer.Option(help="A part of a behaviour's name; the whole of it where there are wildcards.")
    ] = None,
    card: Annotated[
        list[Path] | None,
        typer.Option(help="Also this YAML or Every Eval Ever file, or folder; may be given repeatedly."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document for machines.")] = False,
    eee: Annotated[
        Path | None, typer.Option(help="Write the listed claims in the format of Every Eval Ever below this folder.")
    ] = None,
) -> None:
    """List what has been published on the conduct of models, with its conditions, or show one claim completely.

    Where nothing is published on a model's behaviour it says so: that is a finding. Exit code 2: a card cannot be read,
    or no card names such a model, behaviour or claim.
    """
    try:
        cards = load_cards(card or ())
    except CardError as error:
        raise _failed(str(error)) from error
    if ids:
        _complete(cards, ids, as_json=as_json)
        return
    selection = Selection(cards, model, behaviour)
    if unknown := list(_unknown(selection)):
        raise _failed(" ".join(unknown))
    gap = [] if selection.claims else list(_gap(selection))
    if eee is not None:
        _export(selection, eee)
    elif as_json:
        typer.echo(json.dumps(_document(selection.found, gap), indent=2))
    else:
        _list(selection, gap)


def _export(selection: Selection, folder: Path) -> None:
    try:
        written = write_eee(folder, [document for card in selection.found for document in documents(card)])
    except OSError as error:
        raise _failed(str(error)) from error
    claims = sum(len(card.claims) for card in selection.found)
    typer.echo(f"{claims} claims in {len(written)} files below {inert(str(folder))}")


def _list(selection: Selection, gap: list[str]) -> None:
    console = Console(highlight=False)
    for part in card_tables(selection.found, console.width):
        console.print(part)
    console.print()
    for line in gap:
        console.print(Text(line, style="yellow"))
    if not gap:
        console.print(Text(KEY, style="dim"))
        console.print(Text(summary(selection.found)))


def _complete(cards: tuple[Card, ...], ids: list[str], *, as_json: bool) -> None:
    found = [by_id(cards, id) for id in ids]
    for id, some in zip(ids, found, strict=True):
        if not some:
            near = like_id(cards, id)
            raise _failed(f"There is no claim {id!r}; {_like(near)}`gyges cards` lists all.")
    chosen = tuple(card for some in found for card in some)
    if as_json:
        typer.echo(json.dumps(_document(chosen, []), indent=2))
        return
    console = Console(highlight=False)
    every = [claim for card in cards for claim in card.claims]
    for card in chosen:
        for claim in card.claims:
            for part in claim_sheet(card, claim, every):
                console.print(part, soft_wrap=True)
            console.print()


def _unknown(selection: Selection) -> Iterator[str]:
    if not selection.known_model:
        yield f"No card names a model {selection.model!r}; {_like(selection.like_model)}`gyges cards` lists all."
    if not selection.known_behaviour:
        yield (
            f"No card names a behaviour {selection.behaviour!r}; {_like(selection.like_behaviour)}"
            "`gyges cards` lists all."
        )


def _gap(selection: Selection) -> Iterator[str]:
    """What to say where no figure is published on the model and the behaviour, each of which some card names."""
    model, behaviour = map(inert, (selection.model or "any model", selection.behaviour or "any behaviour"))
    yield f"No published claim: these cards hold no figure for {model} on {behaviour}."
    if ids := [claim.id for claim in selection.absent]:
        yield f"The document was read, and prints none: {inert(', '.join(ids))}."
    if selection.behaviours:
        yield f"For {model} there are figures on {_names(selection.behaviours)}."
    if selection.models:
        yield f"On {behaviour} there are figures for {_names(selection.models)}."
    if like := [name for name in selection.like_model if name in selection.models]:
        yield f"The nearest names with a figure: {inert(', '.join(like))}."
    yield summary(selection.cards)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return inert(", ".join(names[:SHOWN])) + more


def _like(names: list[str]) -> str:
    return f"did you mean {' or '.join(map(repr, names))}? " if names else ""


def _document(cards: tuple[Card, ...], gap: list[str]) -> dict[str, Any]:
    claims = [claim for card in cards for claim in card.claims]
    return {
        "cards": [{**card.model_dump(mode="json"), "claims": [*map(_claim, card.claims)]} for card in cards],
        "claims": len(claims),
        "with_n": sum(claim.n is not None for claim in claims),
        "with_interval": sum(claim.interval is not None for claim in claims),
        "gap": gap,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {**claim.model_dump(mode="json"), "share": claim.share, "superseded": claim.superseded}


def _failed(reason: str) -> typer.Exit:
    Console(stderr=True).print(Text(inert(reason), style="red"), soft_wrap=True)
    return typer.Exit(UNUSABLE)
