"""Claims in the format of Every Eval Ever: accepted by its validator, and read back as they were."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gyges.evidence.cards.card import Card, Claim, Conditions, Interval, Replicates
from gyges.evidence.cards.card_error import CardError
from gyges.evidence.cards.claim_export import documents, relationship
from gyges.evidence.cards.every_eval_ever import write_eee
from gyges.evidence.cards.every_eval_ever_file import read_eee
from gyges.evidence.cards.figure import figure
from gyges.evidence.cards.load import load_cards

Faults = Callable[[Path], list[str]]

ANY = st.sampled_from(["41", "null", '"', "a/b", "Fig 7 §2", "~12 %", "disclosure"]) | st.text(min_size=1, max_size=9)
MAYBE = st.just("") | ANY
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
SHARES = st.floats(0, 1)
COUNTS = st.integers(1, 5000)
REPLICATES = st.builds(Replicates, scenario=ANY, measure=ANY, arm=st.dictionaries(MAYBE, MAYBE, max_size=2))


@st.composite
def figures(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of a figure of any kind that contradict neither each other nor any other field."""
    kind = draw(st.sampled_from(["rate", "count", "score", "relative", "best_of_k", "other", "withheld", "absent"]))
    if kind in ("withheld", "absent"):
        return {"kind": kind, **({"withheld_because": draw(ANY)} if kind == "withheld" else {})}
    value = draw(st.sampled_from(["96%", "3.42", "41/50", "0.5", "about -25%", "62.1% / 4%"]) | ANY)
    found: dict[str, Any] = {"kind": kind, "value": value, "n": draw(st.none() | COUNTS)}
    share = None
    if kind == "count":
        found["n"] = draw(COUNTS)
        found["k"] = draw(st.integers(0, found["n"]))
        share = found["k"] / found["n"]
    elif kind == "rate" or (kind == "best_of_k" and draw(st.booleans())):
        found["low"], found["high"] = sorted((draw(SHARES), draw(SHARES)))
        share = (found["low"] + found["high"]) / 2
    else:
        found["scale"] = draw(st.none() | st.tuples(st.floats(-9, 1), st.floats(2, 99)))
        score = st.floats(*(found["scale"] or (-1e9, 1e9)))
        found["score"] = draw(score if kind == "score" else st.none() | score)
    if draw(st.booleans()):
        low, high = (
            sorted((draw(SHARES), draw(SHARES))) if share is None else (share * draw(SHARES), draw(st.floats(share, 1)))
        )
        found["interval"] = Interval(low=low, high=high, level=draw(st.none() | SHARES), method=draw(MAYBE))
    return found


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """Any claim that the shape of a card lets through."""
    trait = draw(st.sampled_from(["propensity", "capability", "awareness"]))
    status = draw(st.sampled_from(["primary", "secondary", "recalled"]))
    comparable = ["approximate", "direction_only", "none", *(["replicable"] if status != "recalled" else [])]
    return Claim(
        id=draw(IDS),
        model=draw(ANY),
        models=draw(st.lists(ANY, max_size=2).map(tuple)),
        snapshot=draw(MAYBE),
        developer=draw(st.sampled_from(["Anthropic", "OpenAI", "multiple", "41"])),
        assessor=draw(st.sampled_from(["", "Apollo Research", "Anthropic and UK AISI"])),
        where=draw(MAYBE),
        behaviour=draw(ANY),
        trait=trait,
        metric=draw(ANY),
        n_unit=draw(MAYBE),
        n_qualifier=draw(MAYBE),
        clusters=draw(st.none() | st.integers(1, 99)),
        uncertainty=draw(MAYBE),
        qualifier=draw(MAYBE),
        status=status,
        comparability=draw(st.sampled_from(comparable)),
        superseded_by=draw(st.none() | st.just("another-claim")),
        superseded_note=draw(MAYBE),
        condition=draw(MAYBE),
        conditions=draw(st.builds(Conditions, **dict.fromkeys(Conditions.model_fields, st.none() | MAYBE))),
        replicates=None if trait == "capability" else draw(st.none() | REPLICATES),
        paraphrase=draw(MAYBE),
        **draw(figures()),
    )


CARDS = st.builds(
    Card,
    card=IDS,
    publisher=st.sampled_from(["Anthropic", "METR", "~"]),
    document=ANY,
    date=st.sampled_from(["2026", "2026-02", "2026-02-28"]),
    url=st.sampled_from(["https://example.org/card.pdf", "http://x/ü"]),
    note=MAYBE,
    as_of=st.dates(min_value=date(2026, 2, 28)),
    claims=st.lists(claims(), min_size=1, max_size=4, unique_by=lambda claim: claim.id).map(tuple),
)


def claim(**fields: Any) -> Claim:
    """A rate of 96 %, but for `fields`."""
    plain: dict[str, Any] = {
        "id": "SC001",
        "model": "claude-opus-4",
        "developer": "Anthropic",
        "behaviour": "blackmail",
        "trait": "propensity",
        "metric": "share of samples",
        "kind": "rate",
        "value": "96%",
        "low": 0.955,
        "high": 0.965,
        "status": "primary",
        "comparability": "approximate",
    }
    return Claim(**{**plain, **fields})


def card(*held: Claim) -> Card:
    """A card of these claims."""
    return Card(
        card="misalignment-2025",
        publisher="Anthropic",
        document="Agentic Misalignment",
        date="2025-06-20",
        url="https://example.org/misalignment",
        as_of=date(2026, 10, 1),
        claims=held,
    )


def parts(folder: Path) -> list[Card]:
    """Every file below a folder, read back."""
    return [read_eee(path) for path in sorted(folder.rglob("*.json"))]


def joined(read: Iterable[Card]) -> dict[str, Claim]:
    """Claim by id, of all parts of a card."""
    return {one.id: one for part in read for one in part.claims}


@settings(deadline=None)
@given(CARDS)
def test_any_card_comes_back_and_is_valid(faults: Faults, whole: Card) -> None:
    """Whatever a card holds, the validator accepts its export, and the import gives the same card and claims."""
    with TemporaryDirectory() as name:
        write_eee(Path(name), documents(whole))
        read = parts(Path(name))
        assert faults(Path(name)) == []
    assert joined(read) == {one.id: one for one in whole.claims}
    assert {part.model_copy(update={"claims": ()}) for part in read} == {whole.model_copy(update={"claims": ()})}


def test_every_shipped_claim_comes_back_and_is_valid(faults: Faults, tmp_path: Path) -> None:
    """No claim that Gyges ships loses anything on the way out and in, and the validator has nothing against any."""
    shipped = load_cards()
    write_eee(tmp_path, (document for one in shipped for document in documents(one)))
    assert faults(tmp_path) == []
    assert joined(parts(tmp_path)) == joined(shipped)


@pytest.mark.parametrize(
    ("fields", "score"),
    [
        ({}, 0.96),
        ({"value": "64.8%", "low": 0.6475, "high": 0.6485}, 0.648),
        ({"value": "0.12", "low": 0.115, "high": 0.125}, 0.12),
        ({"value": "<10%", "low": 0, "high": 0.1, "qualifier": "at most"}, 0.1),
        ({"value": "~4-5%", "low": 0.04, "high": 0.05}, 0.045),
        ({"value": "96% against 50%"}, 0.96),
        ({"value": "roughly half", "low": 0.45, "high": 0.55}, 0.5),
        ({"value": "12", "low": 0.1, "high": 0.2}, 0.15),
        ({"kind": "count", "value": "41/50", "k": 41, "n": 50, "low": None, "high": None}, 0.82),
        ({"kind": "count", "value": "7 (~0.3%)", "k": 7, "n": 2700, "low": 0.002, "high": 0.003}, 7 / 2700),
        ({"kind": "best_of_k", "value": "20%", "low": 0.195, "high": 0.205}, 0.2),
        ({"kind": "score", "value": "3.42 of 10", "score": 3.42, "low": None, "high": None}, 3.42),
        ({"kind": "other", "value": "11.3 pp", "low": None, "high": None}, None),
        ({"kind": "relative", "value": "-25", "low": None, "high": None}, None),
        ({"kind": "withheld", "value": "", "low": None, "high": None, "withheld_because": "awareness"}, None),
        ({"kind": "absent", "value": "", "low": None, "high": None}, None),
    ],
)
def test_the_number_is_the_printed_one(fields: dict[str, Any], score: float | None) -> None:
    """A claim exports the figure that it prints, and none where it prints none."""
    assert figure(claim(**fields)) == score


def test_what_the_format_has_a_place_for_stands_there(faults: Faults, tmp_path: Path) -> None:
    """Score, sample size, interval, judge and direction are where readers of the format look, and only there."""
    full = claim(
        n=100,
        condition="goal conflict and threat",
        interval=Interval(low=0.9, high=0.99, level=0.95, method="Wilson"),
        conditions=Conditions(judge="Claude Sonnet 3.7", effort="high"),
        qualifier="about",
    )
    (path,) = write_eee(tmp_path, documents(card(full)))
    assert faults(tmp_path) == []
    body = json.loads(path.read_text(encoding="utf-8"))
    (result,) = body["evaluation_results"]
    assert body["source_metadata"]["source_type"] == "documentation"
    assert body["source_metadata"]["evaluator_relationship"] == "first_party"
    assert body["model_info"]["id"] == "anthropic/claude-opus-4"
    assert body["retrieved_timestamp"] == "1790812800"
    assert result["score_details"] == {
        "score": 0.96,
        "details": {
            "gyges_claim_id": "SC001",
            "gyges_claim_trait": "propensity",
            "gyges_claim_kind": "rate",
            "gyges_claim_value": "96%",
            "gyges_claim_low": "0.955",
            "gyges_claim_high": "0.965",
            "gyges_claim_qualifier": "about",
            "gyges_claim_status": "primary",
            "gyges_claim_comparability": "approximate",
            "gyges_claim_conditions": '{"effort": "high", "judge": "Claude Sonnet 3.7"}',
        },
        "uncertainty": {
            "confidence_interval": {"lower": 0.9, "upper": 0.99, "confidence_level": 0.95, "method": "Wilson"},
            "num_samples": 100,
        },
    }
    assert result["metric_config"] == {
        "evaluation_description": "goal conflict and threat",
        "metric_name": "share of samples",
        "metric_kind": "rate",
        "metric_unit": "proportion",
        "lower_is_better": True,
        "score_type": "continuous",
        "min_score": 0,
        "max_score": 1,
        "llm_scoring": {
            "judges": [
                {
                    "model_info": {
                        "name": "Claude Sonnet 3.7",
                        "id": "unknown",
                        "additional_details": {"deployment_type": "unknown", "model_availability": "unknown"},
                    }
                }
            ],
            "input_prompt": "unknown",
        },
    }


@pytest.mark.parametrize(("judge", "scored"), [("Claude Sonnet 3.7", True), ("hidden tests", False), (None, False)])
def test_only_a_language_model_is_a_judge(judge: str | None, scored: bool) -> None:
    """What was decided by tests or by nobody named is not said to have been judged by a model."""
    (document,) = documents(card(claim(conditions=Conditions(judge=judge))))
    assert ("llm_scoring" in document.body["evaluation_results"][0]["metric_config"]) is scored


def test_a_score_keeps_its_own_scale(faults: Faults, tmp_path: Path) -> None:
    """Of a judge's marks the bounds are those of their scale, and an interval of shares does not stand beside them."""
    marks = {"kind": "score", "value": "3.42", "score": 3.42, "scale": (1, 10), "low": None, "high": None}
    (path,) = write_eee(tmp_path, documents(card(claim(**marks, interval=Interval(low=0.1, high=0.2)))))
    assert faults(tmp_path) == []
    (result,) = json.loads(path.read_text())["evaluation_results"]
    metric = result["metric_config"]
    assert (metric["score_type"], metric["min_score"], metric["max_score"]) == ("continuous", 1, 10)
    assert "metric_unit" not in metric
    assert "uncertainty" not in result["score_details"]
    assert read_eee(path).claims[0].interval == Interval(low=0.1, high=0.2)


def test_a_claim_without_a_number_is_no_result(faults: Faults, tmp_path: Path) -> None:
    """No score is made up for a withheld or relative figure; it comes back from among the details of the source."""
    withheld = claim(kind="withheld", value="", low=None, high=None, withheld_because="awareness")
    (path,) = write_eee(tmp_path, documents(card(withheld)))
    assert faults(tmp_path) == []
    assert json.loads(path.read_text())["evaluation_results"] == []
    assert read_eee(path).claims == (withheld,)


def test_one_document_for_each_model_and_assessor(tmp_path: Path) -> None:
    """What a third party measured for a card is no first-party document."""
    held = card(
        claim(), claim(id="SC002", assessor="Apollo Research"), claim(id="SC003", model="o3", developer="OpenAI")
    )
    bodies = [one.body for one in documents(held)]
    assert [(it["model_info"]["name"], it["source_metadata"]["evaluator_relationship"]) for it in bodies] == [
        ("claude-opus-4", "first_party"),
        ("claude-opus-4", "third_party"),
        ("o3", "third_party"),
    ]
    assert len({one.path for one in documents(held)}) == len({it["evaluation_id"] for it in bodies}) == 3


def test_the_parts_of_a_card_are_loaded_as_one(tmp_path: Path) -> None:
    """A folder with the export of a card of several models gives the card again, beside those that are shipped."""
    held = card(claim(id="x1"), claim(id="x2", model="o3", developer="OpenAI"))
    paths = write_eee(tmp_path, documents(held))
    (found,) = (one for one in load_cards([tmp_path]) if one.card == held.card)
    assert joined([found]) == joined([held])
    paths[0].write_text(paths[0].read_text().replace("Agentic Misalignment", "Another Document"))
    with pytest.raises(CardError, match=r"'misalignment-2025' is the id of .*, too"):
        load_cards([tmp_path])


@pytest.mark.parametrize(
    ("developer", "assessor", "expected"),
    [
        ("Anthropic", "Anthropic", "first_party"),
        ("Google", "Google DeepMind", "first_party"),
        ("Anthropic", "UK AISI", "third_party"),
        ("Anthropic", "Anthropic and UK AISI", "collaborative"),
        ("OpenAI", "Apollo Research / OpenAI", "collaborative"),
        ("Meta", "Metaphor Labs", "third_party"),
        ("several", "Anthropic", "other"),
        ("Anthropic", "Greenblatt et al.", "other"),
        ("OpenAI", "authors of arXiv 2605.20744", "other"),
        ("OpenAI", "Scheurer et al. (Apollo Research)", "third_party"),
        ("OpenAI", "Schoen et al. (Apollo Research, OpenAI)", "collaborative"),
    ],
)
def test_who_measured_is_seen_from_the_developer(developer: str, assessor: str, expected: str) -> None:
    """The evaluator's relationship follows from the names of developer and assessor."""
    assert relationship(developer, assessor) == expected


@pytest.mark.parametrize(
    ("trait", "behaviour", "expected"),
    [
        ("propensity", "blackmail", True),
        ("awareness", "evaluation awareness", True),
        ("capability", "stealth", False),
        ("propensity", "disclosure of own violations", False),
    ],
)
def test_less_misconduct_is_better(trait: str, behaviour: str, expected: bool) -> None:
    """The direction is down for misconduct and awareness, and up for capabilities and for disclosure."""
    (document,) = documents(card(claim(trait=trait, behaviour=behaviour)))
    assert document.body["evaluation_results"][0]["metric_config"]["lower_is_better"] is expected


@pytest.mark.parametrize(
    ("pointer", "value", "complaint"),
    [
        (("retrieved_timestamp",), 5, "retrieved_timestamp"),
        (("surprise",), "x", "surprise"),
        (("source_metadata", "source_type"), "card", "source_type"),
        (("model_info", "additional_details"), {"deployment_type": "unknown"}, "model_availability"),
        (("model_info", "id"), "anthropic/other", "two paths"),
        (("evaluation_results", 0, "score_details", "score"), 1.5, "outside"),
        (("evaluation_results", 0, "score_details", "details", "gyges_claim_low"), 0.955, "gyges_claim_low"),
        (("evaluation_results", 0, "metric_config", "min_score"), None, "min_score"),
    ],
)
def test_the_validator_refuses_what_is_broken(
    faults: Faults, tmp_path: Path, pointer: tuple[str | int, ...], value: Any, complaint: str
) -> None:
    """The checks that pass above are alive: each fault put into an export is named."""
    (path,) = write_eee(tmp_path, documents(card(claim())))
    body = json.loads(path.read_text())
    held = body
    for step in pointer[:-1]:
        held = held[step]
    held[pointer[-1]] = value
    path.write_text(json.dumps(body))
    assert complaint in " ".join(faults(tmp_path))


def test_an_edited_score_is_not_taken_over(tmp_path: Path) -> None:
    """Where the score of an export no longer says what the claim beside it prints, neither is believed."""
    (path,) = write_eee(tmp_path, documents(card(claim())))
    path.write_text(path.read_text().replace('"score": 0.96', '"score": 0.5'))
    with pytest.raises(CardError, match=r"/evaluation_results/0/score_details/score: is 0\.5, but .* prints 0\.96"):
        read_eee(path)
