"""The hash chain: what it covers, what it notices, and what no model can put into it to break it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gyges.ledger.chain import GENESIS, chained, first_break, link, plain

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "chain.json").read_text())

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=4),
    max_leaves=12,
)


def content(**args: Any) -> dict[str, Any]:
    return {
        "at": "2026-01-02T03:04:05+00:00",
        "channel": "tool",
        "verb": "bash",
        "args": args,
        "state": "executed",
        "effect": {"error": None},
        "call": "c1",
        "refs": ["e1", "e2"],
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_golden(vector: dict[str, Any]) -> None:
    """A link's hash is the SHA-256 of the canonical text that stands in the vector file, so others can recompute it."""
    assert link(vector["prev"], vector["content"]) == vector["sha256"]


@given(st.lists(st.dictionaries(st.text(), ANY_JSON, max_size=3), min_size=1, max_size=5))
def test_any_arguments(arguments: list[dict[str, Any]]) -> None:
    """Whatever a model passes (lone surrogates, huge integers, NaN), the chain is made and is sound."""
    actions = chained([content(value=args) for args in arguments])
    assert first_break(actions) is None
    assert actions[0].prev == GENESIS


CHANGES = {
    "argument": lambda a: replace(a, args={"command": "true"}),
    "state": lambda a: replace(a, state="failed"),
    "effect": lambda a: replace(a, effect={"error": "x"}),
    "refs": lambda a: replace(a, refs=("e1",)),
    "time": lambda a: replace(a, at="2027-01-02T03:04:05+00:00"),
    "hash": lambda a: replace(a, hash=GENESIS),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("index", range(3))
def test_changed_action(index: int, change: str) -> None:
    """A change of any field of any action breaks the chain at that action."""
    actions = list(chained([content(command=str(n)) for n in range(3)]))
    actions[index] = CHANGES[change](actions[index])
    assert first_break(tuple(actions)) == index


def test_dropped_and_reordered() -> None:
    """A dropped action breaks the chain where it stood, and so do two that change places."""
    a, b, c = chained([content(command=str(n)) for n in range(3)])
    assert first_break((a, c)) == 1
    assert first_break((b, a, c)) == 0


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2**53, "9007199254740992"),
        (2**53 - 1, 2**53 - 1),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("a\ud800b", "a\\ud800b"),
        ({1: (True, None)}, {"1": [True, None]}),
    ],
)
def test_plain(value: Any, kept: Any) -> None:
    """A value that canonical JSON cannot hold is kept as readable text, every other value as it is."""
    assert plain(value) == kept
