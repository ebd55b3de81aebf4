"""The order of models: as published, the other way round, or not told apart."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from gyges.evidence.comparison import Reason, Verdict, compare
from gyges.evidence.comparison.comparison_table import comparison_tables
from gyges.evidence.comparison.direction import Direction

SHARES = {"a": 0.5, "b": 0.2, "c": 0.2}


def claims(claim: Any, **fields: Any) -> list[Any]:
    """Three models at 50, 20 and 20 %, of a document that says that only order counts."""
    return [
        claim(
            id=name,
            model=f"tern-{name}",
            value=f"{share:.0%}",
            low=share - 0.005,
            high=share + 0.005,
            comparability="direction_only",
            **fields,
        )
        for name, share in SHARES.items()
    ]


@pytest.mark.parametrize(
    ("counts", "directions"),
    [
        ({"a": 60, "b": 20, "c": 10}, ["same-order", "same-order"]),
        ({"a": 20, "b": 60, "c": 22}, ["opposite-order", "not-told-apart"]),
        ({"a": 30, "b": 30, "c": 30}, ["not-told-apart", "not-told-apart"]),
        ({"a": 60, "b": 20}, ["same-order"]),
        ({"b": 60, "c": 20}, []),
    ],
)
def test_order_is_compared_pair_by_pair(trials: Any, claim: Any, card: Any, counts: Any, directions: Any) -> None:
    """Pairs whose published figures differ are told apart by Fisher's test after Holm, whatever their prompts were."""
    measured = [it for name, k in counts.items() for it in trials(k, 100, model=f"lab/tern-{name}")]
    found = compare(measured, [card(*claims(claim, conditions={"prompt": "as published"}))])
    (order,) = found.orders
    assert [str(pair.direction) for pair in order.pairs] == directions
    assert {it.verdict for it in found.comparisons if it.claim} == {Verdict.NOT_COMPARABLE}
    assert all(Reason.RELATIVE_ONLY in it.reasons for it in found.comparisons if it.claim)
    assert len(found.as_json()["orders"][0]["pairs"]) == len(directions)


def test_pairs_are_a_family(trials: Any, claim: Any, card: Any) -> None:
    """P is adjusted over the pairs of one order."""
    measured = [it for name, k in (("a", 35), ("b", 22), ("c", 22)) for it in trials(k, 100, model=f"tern-{name}")]
    (order,) = compare(measured, [card(*claims(claim))]).orders
    assert [pair.adjusted == pytest.approx(min(1, 2 * pair.p)) for pair in order.pairs] == [True, True]
    assert {pair.direction for pair in order.pairs} == {Direction.NOT_TOLD_APART}


@pytest.mark.parametrize("fields", [{"status": "secondary"}, {"superseded_note": "withdrawn"}])
def test_what_no_verdict_rests_on_gives_no_order(trials: Any, claim: Any, card: Any, fields: Any) -> None:
    """Barred and superseded figures stand in no order; nor do documents apart, nor one model alone."""
    measured = [it for name in "ab" for it in trials(30, 100, model=f"lab/tern-{name}")]
    assert compare(measured, [card(*claims(claim, **fields))]).orders == ()
    one, other, _ = claims(claim)
    assert compare(measured, [card(one), card(other, id="b-card")]).orders == ()
    assert compare(trials(30, 100, model="tern-a"), [card(one, other)]).orders == ()
    assert compare(measured, [card(one, other)], "tern-*").orders == ()


def test_the_order_is_printed(trials: Any, claim: Any, card: Any) -> None:
    """Both published figures, both measured rates and what they come to stand in one row, at 100 columns."""
    measured = [it for name, k in (("a", 60), ("b", 20)) for it in trials(k, 100, model=f"lab/tern-{name}")]
    file = io.StringIO()
    console = Console(file=file, width=100, highlight=False)
    console.print(comparison_tables(compare(measured, [card(*claims(claim, condition="no oversight"))])))
    shown = file.getvalue()
    assert max(map(len, shown.splitlines())) <= 100
    for words in ("order of models", "no oversight", "tern-a 50% > tern-b 20%", "60/100 50-70 %", "same-order"):
        assert words in shown
