"""Loading cards: what an author is told when a file is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.evidence.cards.card_file import LARGEST
from gyges.evidence.cards.load import SHIPPED, CardError, load_cards

CARD = """\
card: mine
publisher: Us
document: Runs of January
date: 2026-01
url: https://example.org/runs
as_of: 2026-11-22
claims:
- id: X1
  model: claude-opus-4
  developer: Anthropic
  behaviour: blackmail
  trait: propensity
  metric: share of samples
  kind: rate
  value: 0.10
  low: 0.095
  high: 0.105
  n: 100
  status: primary
  comparability: none
- id: X2
  model: o3
  developer: OpenAI
  behaviour: blackmail
  trait: propensity
  metric: share of samples
  kind: count
  value: 9 of 10
  k: 9
  n: 10
  interval: {low: 0.5, high: 0.99, level: 0.95}
  status: primary
  comparability: none
"""

MISTAKES = {
    # what is wrong: (old text, new text, what the message must name)
    "bad YAML": ("date: 2026-01", "date: [2026-01", ["mine.yaml:", "not valid YAML"]),
    "control character": ("document: Runs", "document: \x01", ["mine.yaml", "not valid YAML"]),
    "two documents": ("- id: X2", "---\n- id: X2", ["mine.yaml:", "not valid YAML", "single document"]),
    "not a mapping": (CARD, "- a\n- b\n", ["mine.yaml:1", "is no card"]),
    "empty": (CARD, "", ["mine.yaml", "is empty"]),
    "unknown field": (
        "publisher: Us",
        "publisher: Us\npubliser: Us",
        ["mine.yaml:3", "publiser", "did you mean publisher?"],
    ),
    "unknown field of a claim": ("  n: 100", "  nn: 100", ["mine.yaml:18", "claims.0.nn", "did you mean n?"]),
    "unknown field of an interval": (
        "level: 0.95",
        "levle: 0.95",
        ["mine.yaml:31", "claims.1.interval.levle", "level?"],
    ),
    "field like no other": ("  n: 100", "  zzz: 100", ["claims.0.zzz", "there are id, model, models"]),
    "missing field": (
        "  metric: share of samples\n  kind: rate\n",
        "  kind: rate\n",
        ["mine.yaml:8", "claims.0.metric", "is missing"],
    ),
    "key twice": ("  n: 100", "  n: 100\n  n: 200", ["mine.yaml:19", "n: 'n' stands there twice", "keep one"]),
    "key that is no text": ("  n: 100", "  ? [n]\n  : 100", ["mine.yaml:18", "a key is no text"]),
    "no number": ("  n: 100", "  n: many", ["mine.yaml:18", "claims.0.n", "valid integer", "'many'"]),
    "thousands": ("  n: 100", "  n: 1,087", ["mine.yaml:18", "claims.0.n", "'1,087'"]),
    "percent": ("  low: 0.095", "  low: 9.5", ["mine.yaml:16", "claims.0.low", "less than or equal to 1", "'9.5'"]),
    "not a number": ("  low: 0.095", "  low: nan", ["mine.yaml:16", "claims.0.low", "finite number", "'nan'"]),
    "negative": ("  k: 9", "  k: -9", ["mine.yaml:29", "claims.1.k", "greater than or equal to 0", "'-9'"]),
    "more than anybody runs": (
        "  n: 100",
        "  n: 9999999999999",
        ["mine.yaml:18", "claims.0.n", "less than or equal to"],
    ),
    "list for a text": ("  model: o3", "  model: [o3]", ["mine.yaml:22", "claims.1.model", "valid string"]),
    "empty text": ("  model: o3", "  model:", ["mine.yaml:22", "claims.1.model", "at least 1 character"]),
    "unknown kind": (
        "  kind: count",
        "  kind: counts",
        ["mine.yaml:27", "claims.1.kind", "'rate', 'count'", "'counts'"],
    ),
    "more than all": ("  k: 9", "  k: 11", ["mine.yaml:29", "claims.1.k", "k 11 is more than n 10"]),
    "count without k": ("  k: 9\n", "", ["mine.yaml:21", "claims.1.k", "a count has both"]),
    "k/n outside": (
        "  n: 100",
        "  k: 50\n  n: 100",
        ["mine.yaml:18", "claims.0.k", "50/100 is 0.5, outside low 0.095"],
    ),
    "low above high": ("  low: 0.095", "  low: 0.2", ["mine.yaml:16", "claims.0.low", "low 0.2 is above high 0.105"]),
    "interval elsewhere": ("low: 0.5,", "low: 0.95,", ["mine.yaml:31", "claims.1.interval", "'9 of 10'"]),
    "interval reversed": ("{low: 0.5,", "{low: 1,", ["mine.yaml:31", "claims.1.interval.low", "exchange them"]),
    "superseded by nothing": (
        "  n: 100",
        "  superseded_by: X9\n  n: 100",
        ["mine.yaml:18", "claims.0.superseded_by", "no claim 'X9'"],
    ),
    "superseded by itself": ("  n: 100", "  superseded_by: X1\n  n: 100", ["mine.yaml:18", "superseded_by", "itself"]),
    "recalled and replicable": (
        "  status: primary\n  comparability: none\n- id",
        "  status: recalled\n  comparability: replicable\n- id",
        ["mine.yaml:20", "claims.0.comparability", "recalled"],
    ),
    "id twice": ("id: X2", "id: X1", ["mine.yaml:21", "claims.1.id", "'X1'", "ids must differ"]),
    "id that Gyges ships": ("id: X2", "id: SC001", ["mine.yaml:21", "claims.1.id", "'SC001'", "agentic-misalignment"]),
    "card that Gyges ships": (CARD, CARD.replace("card: mine", "card: o1"), ["o1", "'mine'", "mine.yaml:1"]),
    "published after the search": ("date: 2026-01", "date: 2027-01", ["mine.yaml:4", "date", "after as_of 2026-11-22"]),
    "half a day": ("as_of: 2026-11-22", "as_of: 2026-11", ["mine.yaml:6", "as_of", "is no day", "'2026-11'"]),
    "alias": ("document: Runs", "document: *x", ["mine.yaml:3", "*x is an alias"]),
    "too deep": (
        "document: Runs",
        "document: [[[[[[[[[[x]]]]]]]]]]\nnote: Runs",
        ["mine.yaml:3", "nested more than 8"],
    ),
    "too large": (CARD, "#" * (LARGEST + 1), ["mine.yaml", "4,000,001 bytes", "split it"]),
}


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card that is right."""
    file = tmp_path / "mine.yaml"
    file.write_text(CARD, encoding="utf-8")
    return file


@pytest.mark.parametrize(("old", "new", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_place(card: Path, old: str, new: str, named: list[str]) -> None:
    """Every message says file, line where there is one, field, value and the way out."""
    assert CARD.count(old) >= 1
    card.write_text(CARD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CardError) as caught:
        load_cards([card])
    assert [part for part in named if part not in str(caught.value)] == []
    assert str(card) in str(caught.value)


def test_a_card_of_ones_own_stands_behind_those_that_ship(card: Path) -> None:
    """All of its fields are read as they are written, the last digit of a value included."""
    *shipped, mine = load_cards([card])
    assert len(shipped) == len(list(SHIPPED.glob("*.yaml")))
    assert [claim.id for claim in mine.claims] == ["X1", "X2"]
    assert (mine.date, mine.claims[0].value, mine.claims[0].n) == ("2026-01", "0.10", 100)
    assert mine.claims[1].interval is not None
    assert mine.claims[1].interval.level == 0.95


def test_a_claim_may_be_superseded_by_one_of_another_card(card: Path) -> None:
    """Ids are looked up over all cards, those that ship included."""
    card.write_text(CARD.replace("  n: 100", "  superseded_by: SC058\n  n: 100"), encoding="utf-8")
    assert load_cards([card])[-1].claims[0].superseded_by == "SC058"


def test_a_circle_is_shown(card: Path) -> None:
    """Each of two claims cannot be newer than the other."""
    text = CARD.replace("  n: 100", "  superseded_by: X2\n  n: 100").replace("  k: 9", "  superseded_by: X1\n  k: 9")
    card.write_text(text, encoding="utf-8")
    with pytest.raises(CardError, match=r"claims\.0\.superseded_by: a circle: X1 by X2 by X1") as caught:
        load_cards([card])
    assert caught.value.line == 18


def test_a_long_chain_is_followed_to_its_end(card: Path) -> None:
    """Five hundred claims, each superseded by the next, are no circle and take no long time; one more makes it one."""
    head, first = CARD.split("- id: X2", maxsplit=1)[0].split("- id: X1")
    one = f"- id: C{{}}{first}  superseded_by: C{{}}\n"
    last = f"- id: C500{first}"
    card.write_text(head + "".join(one.format(nth, nth + 1) for nth in range(500)) + last, encoding="utf-8")
    assert len(load_cards([card])[-1].claims) == 501
    card.write_text(card.read_text(encoding="utf-8") + "  superseded_by: C499\n", encoding="utf-8")
    with pytest.raises(CardError, match="a circle: C499 by C500 by C499"):
        load_cards([card])


def test_a_folder_is_read_at_any_depth(tmp_path: Path) -> None:
    """Every YAML file in it is a card; other files are left alone."""
    for folder, name, id in (("a", "one.yaml", "A"), ("a/b", "two.yml", "B")):
        (tmp_path / folder).mkdir(exist_ok=True)
        text = CARD.replace("card: mine", f"card: {Path(name).stem}").replace("id: X", f"id: {id}")
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "a" / "notes.txt").write_text("no card", encoding="utf-8")
    assert [card.card for card in load_cards([tmp_path])[-2:]] == ["two", "one"]


@pytest.mark.parametrize(
    ("path", "message"),
    [("nothing.yaml", "is no file"), ("", "holds no card"), ("/dev/zero", "is no file")],
)
def test_what_is_no_card_is_named(tmp_path: Path, path: str, message: str) -> None:
    """A file that is not there, an empty folder and a device are refused before anything is read."""
    with pytest.raises(CardError, match=message):
        load_cards([tmp_path / path])


def test_a_file_that_is_no_text_is_named(card: Path) -> None:
    """Bytes in another encoding are refused."""
    card.write_bytes(b"card: \xff\n")
    with pytest.raises(CardError, match="is not UTF-8 text"):
        load_cards([card])


def test_the_same_card_twice_is_refused(card: Path) -> None:
    """A file that is named twice would count twice."""
    with pytest.raises(CardError, match=r"'mine' is the id of .*mine\.yaml, too"):
        load_cards([card, card])
