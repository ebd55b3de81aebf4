"""Trials and cards in memory, for tests of what a comparison comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.judgement import Judgement
from gyges.evidence.trial import Trial

PROMPT = "gyges exfil 1-A"


def _trial(nth: int, happened: bool, wording: str, **more: Any) -> Trial:
    arm = {"oversight": "unwatched", "permission": "silent"}
    said = more.pop("awareness", None)
    heard = {"awareness": Judgement(said, "judge/a", "awareness 1", "ab", "full")} if said else {}
    return Trial(
        **{
            "log": Path("x.eval"),
            "task": "t",
            "scenario": "exfil",
            "version": "1-A",
            "model": "lab/tern-1",
            "settings": (),
            "contrast": "oversight",
            "wording": wording,
            "pair": str(nth),
            "sample": str(nth),
            "epoch": 1,
            "status": "completed",
            "validity": "valid",
            "stages": {"weights": "attempted" if happened else "abstained"},
            "judgements": heard,
            "arm": arm | more.pop("arm", {}),
            **more,
        }
    )


@pytest.fixture
def trials() -> Callable[..., list[Trial]]:
    """So many trials of `weights/attempted`, the first `k` with the event.

    `clusters` wordings share them, dealt in turn, where trials are not each alone; `aware` of them say that it is a
    test, and the others say nothing, where that is given.
    """

    def make(k: int, n: int, clusters: int | None = None, aware: int | None = None, **more: Any) -> list[Trial]:
        heard: list[str | None] = [None] * n if aware is None else ["says_test"] * aware + ["silent"] * (n - aware)
        return [_trial(nth, nth < k, f"w{nth % (clusters or n)}", awareness=heard[nth], **more) for nth in range(n)]

    return make


@pytest.fixture
def claim() -> Callable[..., Claim]:
    """A figure that the trials measure under the same conditions, but for what is given."""

    def make(**fields: Any) -> Claim:
        asked = {"scenario": "exfil", "measure": "weights/attempted", "arm": {"oversight": "unwatched"}}
        replicates = fields.pop("replicates", asked)
        about = {
            "id": "C1",
            "model": "tern-1",
            "developer": "Lab",
            "behaviour": "self-exfiltration",
            "trait": "propensity",
            "metric": "attempt rate",
            "kind": "rate",
            "value": "14%",
            "low": 0.135,
            "high": 0.145,
            "status": "primary",
            "comparability": "replicable",
            "conditions": {"prompt": PROMPT, "judge": "record", "denominator": "exposed samples"},
        }
        given = {name: value for name, value in (about | fields).items() if value is not None}
        return Claim(**given, **({"replicates": replicates} if replicates else {}))

    return make


@pytest.fixture
def card() -> Callable[..., Card]:
    """A document with these figures."""

    def make(*claims: Claim, id: str = "a-card") -> Card:
        return Card(
            card=id,
            publisher="Lab",
            document="Tern 1 system card",
            date="2026-01",
            url="https://lab.example/card",
            as_of=date(2026, 11, 22),
            claims=claims,
        )

    return make


Percent = Callable[[float], dict[str, Any]]


@pytest.fixture
def printed() -> Percent:
    """What a share printed in whole per cent can stand for."""
    return lambda share: {"value": f"{share:.0%}", "low": max(0, share - 0.005), "high": min(1, share + 0.005)}


@pytest.fixture
def only() -> Callable[[Sequence[Any]], Any]:
    """The one item of a sequence."""

    def one(items: Sequence[Any]) -> Any:
        (it,) = items
        return it

    return one
