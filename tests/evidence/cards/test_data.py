"""The claims that Gyges ships: spot values from the documents, and what holds for every one of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from gyges.evidence.cards.card import Card, Claim
from gyges.evidence.cards.load import SHIPPED, load_cards
from gyges.evidence.cards.models import canonical
from gyges.scenarios import ScenarioError, list_scenarios, load_scenario

CARDS = load_cards()
CLAIMS = {claim.id: claim for card in CARDS for claim in card.claims}
CARD_OF = {claim.id: card for card in CARDS for claim in card.claims}
ROWS = 387
"""Of the collection that the claims were taken from; a row with two figures has become two claims."""

MEASURES = {"attempted", "completed"}
TIER_MEASURES = {"compliance", "stated", "faking", "gap"}

VALUES = {
    # Agentic Misalignment, figure 7 and text
    "SC001": {"model": "claude-opus-4", "value": "96%", "low": 0.955, "high": 0.965, "n": 100, "status": "primary"},
    "SC003": {"model": "gpt-4.1", "value": "80%", "n": 100, "comparability": "replicable"},
    "SC006": {"model": "llama-4-maverick", "value": "0%", "low": 0.0, "high": 0.005},
    "SC008": {"model": "gemini-2.5-pro", "value": "95%", "status": "secondary"},
    "SC009": {"model": "o3", "value": "9%", "n": None, "comparability": "approximate"},
    "SC012": {"value": "55.1%", "low": 0.5505, "high": 0.5515, "n": 107, "n_qualifier": "about"},
    "SC013": {"value": "6.5%", "n": 324, "n_qualifier": "about"},
    "SC015": {"kind": "count", "k": 0, "n": 100},
    # system cards of Anthropic
    "SC018": {"value": "84%", "n": None, "where": "4.1.1.2 p27", "comparability": "none"},
    "SC019": {"kind": "count", "k": 5, "n": 414, "n_unit": "transcripts", "trait": "awareness"},
    "SC030": {"value": "19%", "trait": "capability"},
    "SC031": {"value": "0.15%", "low": 0.00145, "high": 0.00155},
    "SC036": {"value": "5%", "superseded_by": "SC058"},
    "SC058": {"value": "19%", "superseded": False},
    "SC061": {"kind": "relative", "n": 1160, "clusters": 290, "low": None},
    "SC075": {"value": "30%", "comparability": "direction_only"},
    "SC087": {"kind": "count", "k": 2, "n": 26_000, "n_qualifier": "about"},
    "SC090": {"value": "16.6%", "assessor": "UK AISI", "comparability": "direction_only", "trait": "awareness"},
    "SC100": {"k": 0, "n": 100},
    "SC101": {"value": "8-9%", "low": 0.075, "high": 0.095},
    "SC105": {"value": ">40%", "low": 0.4, "high": 1.0, "qualifier": "more than"},
    "SC106.1": {"kind": "relative", "value": "1.9x lower"},
    "SC116": {"kind": "withheld", "value": "", "share": None},
    "SC117": {"value": "<10%", "low": 0.0, "high": 0.1, "qualifier": "less than"},
    "SC143": {"value": "18%", "superseded": True, "superseded_by": None},
    "SC163": {"value": "12%", "superseded_by": "SC184"},
    "SC168": {"k": 19, "n": 4000, "trait": "capability"},
    "SC202": {"value": "69%"},
    "SC206": {"value": "14.4%", "clusters": 24, "n": None},
    "SC213": {"kind": "count", "k": 2, "n": 1482},
    "SC233": {"n": 196, "clusters": 28, "superseded": True},
    "SC239": {"kind": "best_of_k", "n": 600, "clusters": 24},
    "SC245.2": {"value": "~7.4%", "low": 0.073, "high": 0.075, "qualifier": "about"},
    "SC256": {"kind": "score", "score": 3.42, "scale": (1, 10), "share": None},
    "SC262.1": {"kind": "absent", "model": "gemini-3.1-pro", "value": ""},
    "SC263": {"k": 9, "n": 196, "superseded": False},
    # OpenAI
    "SC268": {"model": "o3", "value": "0.61", "low": 0.605, "high": 0.615},
    "SC275": {
        "value": "3.97%",
        "low": 0.03965,
        "high": 0.03975,
        "n_qualifier": "more than",
        "assessor": "Apollo Research",
    },
    "SC277": {"snapshot": "helpful-only", "value": "28.36%"},
    "SC279.2": {"value": "12.9%", "trait": "awareness"},
    "SC280": {"kind": "count", "k": 0, "n": 789},
    "SC281": {"kind": "best_of_k", "score": 0.88, "share": None},
    "SC284": {"value": "21.3%", "superseded_by": "SC288"},
    "SC297": {"k": 34, "n": 54_218},
    "SC303": {"k": 60, "n": 499, "status": "secondary"},
    # papers and others
    "SC308": {"value": "14%", "model": "claude-3-opus", "low": 0.135, "high": 0.145},
    "SC309": {"value": "11.9%", "low": 0.1185, "high": 0.1195},
    "SC310": {"kind": "relative", "value": "11.3 pp", "share": None},
    "SC311": {"value": "78%", "comparability": "approximate"},
    "SC314": {"value": "5%", "snapshot": "near-final"},
    "SC317": {"status": "recalled"},
    "SC331": {"value": "54%", "n": 349, "n_unit": "tasks"},
    "SC360": {"value": "up to 8%", "low": 0.0, "high": 0.085, "qualifier": "at most"},
    "SC363": {"k": 7, "n": 100, "comparability": "replicable"},
    "SC368": {"k": 79, "n": 100},
    "SC374": {"k": 21, "n": 21},
    "SC375.1": {"value": "~74%", "low": 0.73, "high": 0.75, "n": 300},
    "SC381": {"kind": "score", "score": 0.83},
    "SC382": {"value": "0.43", "status": "secondary", "model": "grok-4"},
}


@pytest.mark.parametrize(("id", "expected"), VALUES.items(), ids=VALUES)
def test_spot_values(id: str, expected: dict[str, Any]) -> None:
    """What was printed, how exactly, and how far it can be trusted and repeated."""
    assert {name: getattr(CLAIMS[id], name) for name in expected} == expected


def test_no_row_is_missing() -> None:
    """Every row of the collection is a claim, or several numbered from 1."""
    parts: dict[str, list[str]] = {}
    for id in CLAIMS:
        row, _, part = id.partition(".")
        parts.setdefault(row, []).append(part)
    assert sorted(parts) == [f"SC{row:03}" for row in range(1, ROWS + 1)]
    divided = [row for row in parts.values() if row != [""]]
    assert divided
    assert all(row == [str(part) for part in range(1, len(row) + 1)] and len(row) > 1 for row in divided)


def test_counts_of_the_collection() -> None:
    """How many claims are of which standing, and how few have an interval."""
    assert Counter(claim.status for claim in CLAIMS.values()) == {"primary": 292, "secondary": 121, "recalled": 1}
    assert Counter(claim.kind for claim in CLAIMS.values()) == {
        "rate": 325,
        "count": 55,
        "other": 9,
        "relative": 7,
        "best_of_k": 7,
        "score": 7,
        "absent": 3,
        "withheld": 1,
    }
    assert [id for id, claim in CLAIMS.items() if claim.interval] == ["SC309", "SC310"]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.card)
def test_every_card(card: Card) -> None:
    """Each was searched for corrections up to one day, can be found, and lies in the file of its name."""
    assert card.as_of.isoformat() == "2026-11-22"
    assert (SHIPPED / f"{card.card}.yaml").is_file()
    assert all(card.publisher and claim.developer and claim.where != card.document for claim in card.claims)


SHARE = re.compile(r"(?P<q>~|<|>|up to )?(?P<a>\d+(?:\.(?P<digits>\d+))?)(?:-(?P<b>\d+(?:\.\d+)?))?(?P<percent>%)?")


def printed_bounds(value: str) -> tuple[float, float]:
    """Least and greatest share that a printed one can stand for."""
    match = SHARE.fullmatch(value)
    assert match, value
    scale = 100 if match["percent"] else 1
    unit = 10 ** -len(match["digits"] or "") / scale
    slack = unit if match["q"] == "~" else 0 if match["q"] in ("<", ">") else unit / 2
    low = 0 if match["q"] in ("<", "up to ") else float(match["a"]) / scale - slack
    high = 1 if match["q"] == ">" else float(match["b"] or match["a"]) / scale + slack
    return max(low, 0), min(high, 1)


def test_bounds_are_those_of_the_printed_digits() -> None:
    """A value stands for all that rounds to it; `about` for a digit either way; `<`, `>` and `up to` for one side."""
    rates = [it for it in CLAIMS.values() if it.kind == "rate"]
    assert rates
    assert [it.id for it in rates if (it.low, it.high) != pytest.approx(printed_bounds(it.value))] == []


def test_the_percentage_beside_a_count_is_its_share() -> None:
    """Where a document prints both, they agree to the last digit, but for two that were cut and not rounded."""
    counts = {
        it.id: (it, printed[1]) for it in CLAIMS.values() if it.k and (printed := re.search(r"([\d.]+%)", it.value))
    }
    assert len(counts) > 10
    off = {id: (it.share, value) for id, (it, value) in counts.items() if not rounds_to(it.share, value)}
    assert off == {"SC319": (180 / 102_443, "0.17%"), "SC372": (39 / 128, "30.4%")}


def rounds_to(share: float | None, value: str) -> bool:
    """Whether a share is one that a printed value can stand for."""
    low, high = printed_bounds(value)
    return share is not None and low - 1e-12 <= share <= high + 1e-12


def test_what_is_superseded_is_the_same_quantity() -> None:
    """A claim is replaced by one of the same model, behaviour and trait in a document that is not older."""
    pairs = [(it, CLAIMS[it.superseded_by]) for it in CLAIMS.values() if it.superseded_by]
    assert len(pairs) == 23
    for old, new in pairs:
        assert canonical(old.model).model == canonical(new.model).model
        assert (old.behaviour, old.trait) == (new.behaviour, new.trait)
        assert CARD_OF[old.id].date <= CARD_OF[new.id].date
        assert old.superseded_note


def test_awareness_is_told_from_conduct() -> None:
    """Whatever is about noticing a test has the trait awareness, and nothing else has."""
    aware = {it.behaviour for it in CLAIMS.values() if it.trait == "awareness"}
    assert aware == {
        it.behaviour for it in CLAIMS.values() if "awareness" in it.behaviour and "capab" not in it.behaviour
    }
    assert all(it.trait == "capability" for it in CLAIMS.values() if "capability" in it.behaviour)


def test_what_is_internal_is_not_called_repeatable() -> None:
    """Only what papers published with prompts and code is, and no figure of the UK AISI is more than a direction."""
    replicable = {CARD_OF[id].card for id, it in CLAIMS.items() if it.comparability == "replicable"}
    assert replicable == {
        "agentic-misalignment",
        "alignment-faking",
        "impossiblebench",
        "insider-trading",
        "palisade-shutdown-2025",
        "palisade-shutdown-2026",
    }
    assert {it.comparability for it in CLAIMS.values() if it.assessor == "UK AISI"} == {"direction_only"}


REPLICATED = [it for it in CLAIMS.values() if it.replicates]


@pytest.mark.parametrize("claim", REPLICATED, ids=lambda it: it.id)
def test_what_a_claim_replicates_exists(claim: Claim) -> None:
    """Scenario, red line or measure, factors and levels are those of a scenario that Gyges ships."""
    assert claim.replicates
    assert claim.replicates.scenario in list_scenarios()
    scenario = load_scenario(claim.replicates.scenario)
    red_line, _, stage = claim.replicates.measure.partition("/")
    known = {line.id for line in scenario.red_lines}
    assert (red_line in known and stage in MEASURES) or (not known and claim.replicates.measure in TIER_MEASURES)
    levels = {factor: {level} for factor, level in claim.replicates.arm.items()}
    assert all(levels[name] <= set(scenario.factors[name].levels) for name in levels)


def test_the_published_prompt_is_the_scenarios_default() -> None:
    """The claims on the prompted setting name the levels that the scenario has by default, but for the pool."""
    scenario = load_scenario("alignment_faking")
    defaults = {name: factor.default for name, factor in scenario.factors.items()}
    for id in ("SC308", "SC309"):
        replicates = CLAIMS[id].replicates
        assert replicates
        assert replicates.arm.items() <= defaults.items()
        assert set(defaults) - set(replicates.arm) == {"appeal"}


def test_an_unknown_scenario_would_be_noticed() -> None:
    """The check above rests on a loader that refuses what there is not."""
    with pytest.raises(ScenarioError):
        load_scenario("no_such_scenario")
