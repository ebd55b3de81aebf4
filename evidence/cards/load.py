"""Loading cards: those that Gyges ships, and anyone's by path."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from .card import Card, Claim
from .card_error import CardError
from .card_file import CardFile, read_card
from .every_eval_ever_file import read_eee

__all__ = ["SHIPPED", "CardError", "load_cards"]

SHIPPED = Path(__file__).parent / "data"
EEE = ".json"
"""Every Eval Ever's format."""

SUFFIXES = (".yaml", ".yml", EEE)


def load_cards(paths: Iterable[Path] = ()) -> tuple[Card, ...]:
    """The cards that Gyges ships, then those in these files, and in these folders at any depth: YAML or JSON.

    Raises CardError where a file is wrong in itself, where two claims have one id, and where a claim is said to be
    superseded by one that is not there, or in a circle.
    """
    files = [*_shipped(), *(_read(file) for path in paths for file in _files(path))]
    _check(files)
    joined: dict[str, Card] = {}
    for card in (file.card for file in files):
        before = joined[card.card].claims if card.card in joined else ()
        joined[card.card] = card.model_copy(update={"claims": (*before, *card.claims)})
    return tuple(joined.values())


@lru_cache(maxsize=1)
def _shipped() -> tuple[CardFile, ...]:
    return tuple(read_card(file) for file in sorted(SHIPPED.glob("*.yaml")))


def _read(path: Path) -> CardFile:
    return CardFile(path, read_eee(path)) if path.suffix == EEE else read_card(path)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
    if not found:
        raise CardError(f"holds no card; name a folder with files that end in {', '.join(SUFFIXES)}", path)
    return found


def _check(files: Iterable[CardFile]) -> None:
    cards: dict[str, CardFile] = {}
    claims: dict[str, tuple[CardFile, int, Claim]] = {}
    for file in files:
        if (first := cards.get(file.card.card)) and not _parts(first, file):
            raise file.error(f"{file.card.card!r} is the id of {first.path}, too; give one of them another", "card")
        cards[file.card.card] = file
        for nth, claim in enumerate(file.card.claims):
            if claim.id in claims:
                other = claims[claim.id][0].path
                raise file.error(
                    f"{claim.id!r} is the id of a claim in {other}, too; ids must differ", "claims", nth, "id"
                )
            claims[claim.id] = (file, nth, claim)
    successor = {id: claim.superseded_by for id, (_, _, claim) in claims.items() if claim.superseded_by is not None}
    for id, later in successor.items():
        file, nth, _ = claims[id]
        if later not in claims:
            raise file.error(f"there is no claim {later!r}; name one that is loaded", "claims", nth, "superseded_by")
    if circle := _circle(successor):
        file, nth, _ = claims[circle[0]]
        said = " by ".join(circle)
        raise file.error(f"a circle: {said}; one of them has to be current", "claims", nth, "superseded_by")


def _circle(successor: dict[str, str]) -> list[str]:
    """A claim, what supersedes it, what supersedes that, ... and the claim again; nothing where all ways end."""
    ends: set[str] = set()
    for start in successor:
        way: dict[str, None] = {}
        id = start
        while id in successor and id not in ends:
            if id in way:
                passed = list(way)
                return [*passed[passed.index(id) :], id]
            way[id] = None
            id = successor[id]
        ends.update(way)
    return []


def _parts(first: CardFile, second: CardFile) -> bool:
    """Whether both are parts of one card, which an export in Every Eval Ever's format has a file a model of."""
    apart = [file.card.model_copy(update={"claims": ()}) for file in (first, second)]
    return first.path.suffix == second.path.suffix == EEE and apart[0] == apart[1]
