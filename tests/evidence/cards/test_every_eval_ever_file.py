"""Files of others in the format of Every Eval Ever: what becomes of a result, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gyges.evidence.cards.card import Conditions, Interval
from gyges.evidence.cards.card_error import CardError
from gyges.evidence.cards.every_eval_ever_file import read_eee

MODEL = {
    "name": "Claude X",
    "id": "anthropic/claude-x",
    "developer": "Anthropic",
    "additional_details": {"deployment_type": "unknown", "model_availability": "unknown"},
}


def foreign(score: str = "0.96", **metric: Any) -> str:
    """An aggregate file that some leaderboard might hold, with the score in these digits."""
    body = {
        "schema_version": "0.3.0",
        "evaluation_id": "board/anthropic/claude-x/1770000000",
        "evaluation_timestamp": "2026-01-31T23:00:00-05:00",
        "retrieved_timestamp": "1770000000",
        "source_metadata": {
            "source_name": "Board",
            "source_type": "documentation",
            "source_organization_name": "Board Inc",
            "evaluator_relationship": "third_party",
        },
        "eval_library": {"name": "helm", "version": "unknown"},
        "model_info": MODEL,
        "evaluation_results": [
            {
                "evaluation_name": "deception",
                "source_data": {"dataset_name": "d", "source_type": "url", "url": ["https://example.org/board"]},
                "metric_config": {"lower_is_better": True, **metric},
                "score_details": {"score": "SCORE"},
            }
        ],
    }
    return json.dumps(body).replace('"SCORE"', score)


def at(body: Any, pointer: str, value: Any) -> None:
    """Put a value at a JSON pointer; None takes it away."""
    *steps, last = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
    for step in steps:
        body = body[step]
    if value is None:
        del body[last]
    else:
        body[last] = value


@pytest.mark.parametrize(
    ("score", "metric", "expected"),
    [
        ("0.96", {"metric_unit": "proportion"}, ("rate", "0.96", 0.955, 0.965)),
        ("0.9600", {"metric_unit": "proportion"}, ("rate", "0.9600", 0.95995, 0.96005)),
        ("9.6e-1", {"metric_unit": "fraction"}, ("rate", "9.6e-1", 0.955, 0.965)),
        ("0", {"metric_unit": "share"}, ("rate", "0", 0, 0.05)),
        ("0.0", {"metric_unit": "share"}, ("rate", "0.0", 0, 0.05)),
        ("1", {"metric_unit": "share"}, ("rate", "1", 0.95, 1)),
        ("1e-9999999", {"metric_unit": "share"}, ("rate", "1e-9999999", 0, 5e-301)),
        ("0.5", {"metric_kind": "pass_rate"}, ("rate", "0.5", 0.45, 0.55)),
        ("0.5", {"metric_id": "accuracy"}, ("rate", "0.5", 0.45, 0.55)),
        ("0.5", {"score_type": "binary"}, ("rate", "0.5", 0.45, 0.55)),
        ("96", {"metric_unit": "percent"}, ("rate", "96 %", 0.955, 0.965)),
        ("96.1", {"metric_unit": "percent"}, ("rate", "96.1 %", 0.9605, 0.9615)),
        ("0.7", {"metric_kind": "f1"}, ("score", "0.7", None, None)),
        ("0.7", {"score_type": "continuous", "min_score": 0, "max_score": 1}, ("score", "0.7", None, None)),
        ("0.7", {"metric_unit": "points", "metric_kind": "rate"}, ("score", "0.7", None, None)),
        ("3.42", {"metric_unit": "proportion"}, ("score", "3.42", None, None)),
        ("120", {"metric_unit": "percent"}, ("score", "120", None, None)),
        ("-0.1", {"metric_unit": "proportion"}, ("score", "-0.1", None, None)),
        ("1", {"score_type": "levels", "level_names": ["a", "b"]}, ("other", "1", None, None)),
    ],
)
def test_a_score_is_a_rate_only_where_its_metric_is_one(
    tmp_path: Path, score: str, metric: dict[str, Any], expected: tuple[str, str, float | None, float | None]
) -> None:
    """Shares of trials become rates with the bounds that their digits leave, and everything else stays a score."""
    path = tmp_path / "board.json"
    path.write_text(foreign(score, **metric))
    (claim,) = read_eee(path).claims
    assert (claim.kind, claim.value, claim.low, claim.high) == pytest.approx(expected)


def test_what_the_format_says_is_taken_over(tmp_path: Path) -> None:
    """Model, size, interval, judge and source are the claim's; its standing is the least that there is."""
    body = json.loads(foreign("0.96", metric_unit="proportion", metric_name="rate of lies"))
    body["evaluation_results"][0]["metric_config"]["llm_scoring"] = {
        "judges": [{"model_info": {**MODEL, "name": "judge-a"}}, {"model_info": {**MODEL, "name": "judge-b"}}],
        "input_prompt": "?",
    }
    body["evaluation_results"][0]["generation_config"] = {"generation_args": {"reasoning": False}}
    body["evaluation_results"][0]["score_details"]["uncertainty"] = {
        "confidence_interval": {"lower": 0.9, "upper": 0.99, "confidence_level": 0.95},
        "num_samples": 50,
    }
    path = tmp_path / "board.json"
    path.write_text(json.dumps(body))
    card = read_eee(path)
    (claim,) = card.claims
    assert (card.card, card.publisher, card.document, card.date, card.as_of.isoformat(), card.url) == (
        "board",
        "Board Inc",
        "Board",
        "2026-02-01",
        "2026-02-02",
        "https://example.org/board",
    )
    assert (claim.id, claim.model, claim.developer, claim.behaviour, claim.metric, claim.n, claim.where) == (
        "board.0",
        "claude-x",
        "Anthropic",
        "deception",
        "rate of lies",
        50,
        "/evaluation_results/0",
    )
    assert claim.interval == Interval(low=0.9, high=0.99, level=0.95)
    assert claim.conditions == Conditions(judge="judge-a, judge-b", thinking="off")
    assert (claim.status, claim.comparability, claim.trait, claim.replicates) == (
        "secondary",
        "none",
        "propensity",
        None,
    )


@pytest.mark.parametrize(
    ("metric", "bounds", "samples", "expected"),
    [
        ({"metric_unit": "proportion"}, (0.9, 0.99), 50, (Interval(low=0.9, high=0.99), 50)),
        ({"metric_unit": "proportion"}, (0.9, 1.01), 0, (None, None)),
        ({"metric_kind": "f1"}, (0.9, 0.99), 50, (None, 50)),
        ({"metric_unit": "percent"}, (0.9, 0.99), 1, (None, 1)),
    ],
)
def test_an_interval_counts_on_the_scale_of_shares_alone(
    tmp_path: Path, metric: dict[str, str], bounds: tuple[float, float], samples: int, expected: Any
) -> None:
    """An interval of marks or percentages, or one beyond 0 and 1, is left out, and so is a size of nought."""
    body = json.loads(foreign(**metric))
    uncertainty = {"confidence_interval": {"lower": bounds[0], "upper": bounds[1]}, "num_samples": samples}
    at(body, "/evaluation_results/0/score_details/uncertainty", uncertainty)
    at(body, "/source_metadata/source_organization_url", "https://example.org/board-inc")
    path = tmp_path / "board.json"
    path.write_text(json.dumps(body))
    card = read_eee(path)
    assert (card.claims[0].interval, card.claims[0].n) == expected
    assert card.url == "https://example.org/board-inc"


def test_the_caller_may_vouch_for_a_file(tmp_path: Path) -> None:
    """Status and comparability are those that the caller states, for results that state none themselves."""
    path = tmp_path / "board.json"
    path.write_text(foreign())
    (claim,) = read_eee(path, status="primary", comparability="approximate").claims
    assert (claim.status, claim.comparability) == ("primary", "approximate")


@pytest.mark.parametrize(("lower", "trait"), [(True, "propensity"), (False, "capability")])
def test_the_direction_tells_the_trait(tmp_path: Path, lower: bool, trait: str) -> None:
    """A metric of which more is better is taken for one of what a model can, and never for one of what it does."""
    path = tmp_path / "board.json"
    path.write_text(foreign(lower_is_better=lower))
    assert read_eee(path).claims[0].trait == trait


@pytest.mark.parametrize(
    ("relationship", "assessor"), [("first_party", "Anthropic"), ("third_party", ""), ("other", "")]
)
def test_the_developer_is_the_assessor_of_first_party_results(tmp_path: Path, relationship: str, assessor: str) -> None:
    """A leaderboard that copies a developer's own figure is not who measured it."""
    path = tmp_path / "board.json"
    path.write_text(foreign().replace("third_party", relationship))
    assert read_eee(path).claims[0].assessor == assessor


def test_a_format_that_evolves_is_still_read(tmp_path: Path) -> None:
    """Later versions of the series and fields that are not known are no reason to refuse a file."""
    body = json.loads(foreign())
    body["schema_version"] = "0.3.7"
    body["evaluation_results"][0]["metric_config"]["new"] = {"deep": [1]}
    path = tmp_path / "board.json"
    path.write_text(json.dumps(body))
    assert len(read_eee(path).claims) == 1


@pytest.mark.parametrize(
    ("pointer", "value", "complaint"),
    [
        ("/schema_version", "0.2.0", r"/schema_version: is '0\.2\.0', and 0\.3\.x is read"),
        ("/schema_version", None, "no file of Every Eval Ever"),
        ("/schema_version", 3, "no file of Every Eval Ever"),
        ("/model_info", None, "/model_info: Field required"),
        ("/retrieved_timestamp", "soon", "/retrieved_timestamp: is 'soon'; write seconds since 1970"),
        ("/retrieved_timestamp", "1e300", "/retrieved_timestamp: is '1e300'"),
        ("/evaluation_timestamp", "nan", "/evaluation_timestamp: is 'nan'"),
        ("/source_metadata/evaluator_relationship", "friend", "/source_metadata/evaluator_relationship: .* 'friend'"),
        ("/evaluation_results", [], "/evaluation_results: is empty"),
        ("/evaluation_results/0/score_details/score", "0.9", r"/evaluation_results/0/score_details/score: .* '0\.9'"),
        ("/evaluation_results/0/score_details/score", True, "/evaluation_results/0/score_details/score: "),
        ("/evaluation_results/0/score_details/details", {"a": 1}, "/evaluation_results/0/score_details/details/a: "),
        ("/evaluation_results/0/evaluation_name", "", "/evaluation_results/0/evaluation_name: "),
        (
            "/evaluation_results/0/score_details/details",
            {"gyges_claim_id": "x", "gyges_claim_low": "low"},
            "/evaluation_results/0/score_details/details/gyges_claim_",
        ),
        (
            "/source_metadata/additional_details",
            {"gyges_card_card": "a b"},
            "additional_details/gyges_card_card: .* 'a b'",
        ),
        ("/source_metadata/additional_details", {"gyges_claims_without_a_figure": "{"}, "without_a_figure: is no JSON"),
        ("/source_metadata/additional_details", {"gyges_claims_without_a_figure": "{}"}, "is no list of claims"),
        (
            "/source_metadata/additional_details",
            {"gyges_claims_without_a_figure": "[{}]"},
            "without_a_figure/0/id: Field required",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(tmp_path: Path, pointer: str, value: Any, complaint: str) -> None:
    """A fault is named by file and JSON pointer, with the value that was found."""
    body = json.loads(foreign())
    at(body, pointer, value)
    path = tmp_path / "board.json"
    path.write_text(json.dumps(body))
    with pytest.raises(CardError, match=complaint) as refused:
        read_eee(path)
    assert str(refused.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is no JSON"),
        ("[]", "no file of Every Eval Ever"),
        ('{"a": 1, "a": 2}', "names 'a' twice"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ("[" * 100_000, "is no JSON"),
        (foreign("1e999"), "score_details/score: "),
        (foreign("9" * 5000), "is no JSON"),
        (foreign("1" + "0" * 400), "score_details/score: "),
        ('{"a": "\\ud800"', "is no JSON"),
        (foreign().replace("Board Inc", "\\ud800"), "is no JSON"),
        (foreign().replace("Board Inc", ""), "/source_metadata/source_organization_name: "),
    ],
)
def test_hostile_files_are_refused_like_others(tmp_path: Path, text: str, complaint: str) -> None:
    """Nothing that a file can hold raises anything but the one error."""
    path = tmp_path / "board.json"
    path.write_text(text)
    with pytest.raises(CardError, match=complaint):
        read_eee(path)


def test_a_missing_file_and_other_bytes_are_refused(tmp_path: Path) -> None:
    """A path that is no text file is refused in the same way."""
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    for path, complaint in ((tmp_path / "none.json", "cannot be read"), (tmp_path / "bytes.json", "is no JSON")):
        with pytest.raises(CardError, match=complaint):
            read_eee(path)


def test_the_foreign_file_is_one_by_their_own_word(tmp_path: Path, faults: Callable[[Path], list[str]]) -> None:
    """What the tests above read is what the format's own validator accepts."""
    path = tmp_path / "data/board/anthropic/claude-x/6ba7b810-9dad-41d1-80b4-00c04fd430c8.json"
    path.parent.mkdir(parents=True)
    path.write_text(foreign("0.96", metric_unit="proportion"))
    assert faults(tmp_path) == []
