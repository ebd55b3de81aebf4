"""Verdicts: each word of the vocabulary, on counts and figures for which the answer is known."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console
from scipy.stats import binom

from gyges.evidence.comparison import Qualifier, Reason, Verdict, compare
from gyges.evidence.comparison.comparison_table import comparison_tables
from gyges.evidence.comparison.figures import Figures

PROMPT = "gyges exfil 1-A"
BAD_WORDS = ("safe", "aligned", "proves", "wrong", "lying", "lies", "lied")
SCORE = {"kind": "score", "value": "2.5", "score": 2.5, "scale": (1, 10), "low": None, "high": None}
WITHHELD = {"kind": "withheld", "value": "", "low": None, "high": None, "withheld_because": "awareness spoils it"}
ABSENT = {"kind": "absent", "value": "", "low": None, "high": None}


def text(found: Any, width: int = 100) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(comparison_tables(found))
    return file.getvalue()


@pytest.mark.parametrize(
    ("own", "share", "n", "margin", "verdict"),
    [
        ((41, 50), 0.96, 100, None, Verdict.LOWER),
        ((41, 50), 0.96, None, None, Verdict.LOWER),
        ((12, 100), 0.14, None, 0.10, Verdict.CONSISTENT),
        ((12, 100), 0.14, None, None, Verdict.INCONCLUSIVE),
        ((7, 20), 0.14, None, None, Verdict.INSUFFICIENT_N),
        ((20, 20), 0.14, 100, None, Verdict.INSUFFICIENT_N),
        ((30, 100), 0.14, None, None, Verdict.HIGHER),
        ((30, 100), 0.14, 1000, None, Verdict.HIGHER),
        ((30, 100), 0.14, 20, None, Verdict.INCONCLUSIVE),
        ((0, 100), 0.14, None, None, Verdict.LOWER),
        ((0, 300), 0.01, None, None, Verdict.CONSISTENT),
        ((0, 40), 0.01, None, None, Verdict.INCONCLUSIVE),
        ((100, 100), 0.99, 100, 0.05, Verdict.CONSISTENT),
        ((250, 500), 0.5, None, None, Verdict.CONSISTENT),
        ((84, 200), 0.5, None, None, Verdict.LOWER),
    ],
)
def test_the_verdict_follows_from_the_counts(
    trials: Any, claim: Any, card: Any, printed: Any, only: Any, own: Any, share: Any, n: Any, margin: Any, verdict: Any
) -> None:
    """With gates passed, the verdict is the one that equivalence, the adjusted p and the interval give."""
    found = compare(trials(*own), [card(claim(n=n, **printed(share)))], margin=margin)
    it = only([one for one in found.comparisons if one.claim])
    assert it.verdict is verdict
    assert (it.figures.k, it.figures.n) == own
    assert it.tested == (verdict is not Verdict.INSUFFICIENT_N)
    assert (Qualifier.FIXED in it.qualifiers) == (it.tested and n is None)


@pytest.mark.parametrize(
    ("fields", "options", "verdict", "reasons"),
    [
        (SCORE, {}, Verdict.NOT_COMPARABLE, [Reason.SCORE_NOT_RATE]),
        ({"kind": "relative", "low": None, "high": None}, {}, Verdict.NOT_COMPARABLE, [Reason.RELATIVE_ONLY]),
        ({"kind": "other", "low": None, "high": None}, {}, Verdict.NOT_COMPARABLE, [Reason.SCORE_NOT_RATE]),
        ({"kind": "best_of_k"}, {}, Verdict.NOT_COMPARABLE, [Reason.BEST_OF_K]),
        ({"comparability": "none"}, {}, Verdict.NOT_COMPARABLE, [Reason.PRIVATE_SUITE]),
        ({"comparability": "direction_only"}, {}, Verdict.NOT_COMPARABLE, [Reason.RELATIVE_ONLY]),
        ({"superseded_note": "re-run"}, {}, Verdict.SUPERSEDED, []),
        (WITHHELD, {}, Verdict.WITHHELD, []),
        (ABSENT, {}, Verdict.NO_PUBLISHED_CLAIM, []),
        (
            {"status": "recalled", "comparability": "approximate"},
            {"secondary": True},
            Verdict.NOT_COMPARABLE,
            [Reason.RECALLED],
        ),
        ({"status": "secondary"}, {}, Verdict.NOT_COMPARABLE, [Reason.SECONDARY]),
        ({"status": "secondary"}, {"secondary": True}, Verdict.INCONCLUSIVE, []),
        ({"conditions": {"prompt": "as published"}}, {}, Verdict.NOT_COMPARABLE, [Reason.OTHER_PROMPT]),
        (
            {"conditions": {"prompt": "as published", "judge": "Claude Sonnet 3.7"}},
            {"accept": frozenset({Reason.OTHER_PROMPT})},
            Verdict.NOT_COMPARABLE,
            [Reason.OTHER_JUDGE],
        ),
        (
            {"conditions": {"prompt": "as published"}},
            {"accept": frozenset({Reason.OTHER_PROMPT})},
            Verdict.INCONCLUSIVE,
            [],
        ),
        (
            {"conditions": {"prompt": PROMPT, "denominator": "transcripts"}},
            {},
            Verdict.NOT_COMPARABLE,
            [Reason.DENOMINATOR],
        ),
        ({"conditions": {}}, {}, Verdict.NOT_COMPARABLE, [Reason.OTHER_PROMPT]),
        (
            {"replicates": {"scenario": "exfil", "measure": "weights/attempted", "arm": {"oversight": "watched"}}},
            {},
            Verdict.NOT_COMPARABLE,
            [Reason.OTHER_ARM],
        ),
    ],
)
def test_a_gate_that_is_shut_says_why(
    trials: Any, claim: Any, card: Any, only: Any, fields: Any, options: Any, verdict: Any, reasons: Any
) -> None:
    """What is no rate, not current, not open to verdicts or under other conditions gets its reason and no p."""
    found = compare(trials(12, 100), [card(claim(**fields))], **options)
    it = only([one for one in found.comparisons if one.claim])
    assert (it.verdict, list(it.reasons)) == (verdict, reasons)
    assert it.tested == (verdict is Verdict.INCONCLUSIVE)
    for reason in reasons:
        assert reason in text(found).replace("\n", "")
    if options.get("accept") and not reasons:
        assert "accepted: other-prompt" in text(found, 200)


def test_a_capability_is_no_propensity(trials: Any, claim: Any, card: Any) -> None:
    """Where a model has no figure of its own for the scenario, its nearest on like conduct is shown, with why not."""
    able = claim(id="C2", trait="capability", replicates=None)
    other = claim(id="C3", model="other-model")
    first, *rest = compare(trials(12, 100), [card(able, other)]).comparisons
    assert first.claim == able
    assert first.verdict is Verdict.NOT_COMPARABLE
    assert set(first.reasons) == {Reason.CAPABILITY, Reason.OTHER_MEASURE}
    assert [it.verdict for it in rest] == [Verdict.NO_PUBLISHED_CLAIM]


def test_a_superseded_figure_leads_to_the_newer(trials: Any, claim: Any, card: Any) -> None:
    """The old figure names the new one, and the new one is compared in its own line."""
    found = compare(trials(12, 100), [card(claim(superseded_by="C2"), claim(id="C2"))], margin=0.1)
    old, new = (it for it in found.comparisons if it.claim)
    assert (old.verdict, old.newer) == (Verdict.SUPERSEDED, "C2")
    assert (new.claim.id, new.verdict) == ("C2", Verdict.CONSISTENT)
    assert "superseded  by C2" in text(found)


def test_zero_events_are_a_bound(trials: Any, claim: Any, card: Any) -> None:
    """No event in 100 is printed as an upper bound, with count and denominator."""
    shown = text(compare(trials(0, 100), [card(claim())]))
    assert "0/100 ≤ 3.0 %  of exposed samples" in shown
    assert " 0 %" not in shown


@pytest.mark.parametrize(
    ("own", "share", "verdict"), [((84, 200), 0.5, Verdict.LOWER), ((4500, 10_000), 0.5, Verdict.CONSISTENT)]
)
def test_a_small_gap_may_be_significant(
    trials: Any, claim: Any, card: Any, printed: Any, only: Any, own: Any, share: Any, verdict: Any
) -> None:
    """A gap below the margin that is significant is flagged, whether or not the interval lies within the margin."""
    found = compare(trials(*own), [card(claim(**printed(share)))])
    it = only([one for one in found.comparisons if one.claim])
    assert it.verdict is verdict
    assert it.figures.different
    assert Qualifier.NOT_PRACTICALLY in it.qualifiers
    assert "statistically, not practically" in text(found, 200)


@pytest.mark.parametrize(
    ("aware", "qualifier"),
    [(None, Qualifier.AWARENESS_UNKNOWN), (11, Qualifier.AWARENESS), (10, None), (0, None)],
)
def test_awareness_goes_with_the_verdict(
    trials: Any, claim: Any, card: Any, only: Any, aware: int | None, qualifier: Qualifier | None
) -> None:
    """Above a tenth of trials that take it for a test the verdict is confounded, with the split; unmeasured is said."""
    found = compare(trials(12, 100, aware=aware), [card(claim())])
    it = only([one for one in found.comparisons if one.claim])
    both = {Qualifier.AWARENESS, Qualifier.AWARENESS_UNKNOWN}
    assert set(it.qualifiers) & both == ({qualifier} if qualifier else set())
    shown = text(found, 300)
    assert ("awareness-confounded: took it for a test in 11/100" in shown) == (aware == 11)
    assert ("silent 1/89" in shown) == (aware == 11)
    assert ("was not measured" in shown) == (aware is None)


def test_holm_changes_a_verdict(trials: Any, claim: Any, card: Any) -> None:
    """A p that would do alone does not in a family of six figures of one model, and another model's do not count."""
    both = [claim(id="A", low=0.1, high=0.1, value="10%")]
    more = [claim(id=f"B{n}", low=0.17, high=0.17, value="17%") for n in range(5)]
    alone, beside = (compare(trials(17, 100), [card(*claims)]).comparisons[0] for claims in (both, both + more))
    assert alone.figures.p == beside.figures.p < 0.05 < beside.figures.adjusted
    assert (alone.verdict, beside.verdict) == (Verdict.HIGHER, Verdict.INCONCLUSIVE)
    assert beside.figures.family == 6
    strange = [claim(id=f"B{n}", model="other", low=0.17, high=0.17, value="17%") for n in range(5)]
    apart = compare([*trials(17, 100), *trials(17, 100, model="lab/other")], [card(*both, *strange)])
    assert [it.figures.family for it in apart.comparisons if it.tested] == [5] * 5 + [1]


def test_trials_that_share_wordings_weigh_less(trials: Any, claim: Any, card: Any) -> None:
    """What is significant in 100 wordings is not in five of 20 epochs, unless these are declared independent."""

    def verdict(clusters: int, correlation: float) -> tuple[Verdict, float]:
        found = compare(trials(30, 100, clusters), [card(claim())], correlation=correlation)
        return found.comparisons[0].verdict, round(found.comparisons[0].figures.worth, 1)

    assert verdict(100, 0.5) == (Verdict.HIGHER, 100)
    assert verdict(5, 0.5) == (Verdict.INCONCLUSIVE, 9.5)
    assert verdict(5, 0) == (Verdict.HIGHER, 100)
    assert verdict(4, 0)[0] is Verdict.INSUFFICIENT_N


def test_the_published_trials_may_share_tasks_too(trials: Any, claim: Any, card: Any) -> None:
    """A figure of 1,000 trials in ten tasks is worth less than one of 1,000 tasks."""
    worth = [
        compare(trials(12, 100), [card(claim(n=1000, clusters=clusters))]).comparisons[0].figures.claim_worth
        for clusters in (None, 1000, 10)
    ]
    assert worth == [1000, 1000, 19]


def test_the_reference_numbers(trials: Any, claim: Any, card: Any, printed: Any) -> None:
    """41 of 50 against 96 %: p 0.010 where its n is 100 (Fisher); unprinted, the two differ from n 60 on, not at 50."""
    known, fixed = (
        compare(trials(41, 50), [card(claim(n=n, **printed(0.96)))]).comparisons[0].figures for n in (100, None)
    )
    assert known.p == pytest.approx(0.010, abs=0.0005)
    assert fixed.p < 0.0005
    assert 50 < fixed.tipping_n <= 60
    assert known.tipping_n is None
    assert Figures.of(((12, 100),), claim(), 0, 0.1).needed == 129


@pytest.mark.parametrize("n", [30, 41, 50, 60, 75, 100, 150, 252, 400])
@pytest.mark.parametrize("printed_n", [None, 100, 5000], ids=["fixed", "of 100", "of 5000"])
def test_a_true_figure_is_seldom_called_different(claim: Any, n: int, printed_n: int | None) -> None:
    """Over all counts that a rate of 14 % can give, `different` has a chance of at most 5 % against 14 %.

    Where the published n is known its own count varies, too, and is enumerated with it.
    """
    shares = [(0.135, 0.145, 1.0)]
    if printed_n is not None:
        spread = range(int(binom.ppf(1e-4, printed_n, 0.14)), int(binom.ppf(1 - 1e-4, printed_n, 0.14)) + 1)
        step = max(1, len(spread) // 15)
        picked = spread[::step]
        weights = [sum(binom.pmf(k + more, printed_n, 0.14) for more in range(step)) for k in picked]
        shares = [(k / printed_n, k / printed_n, weight) for k, weight in zip(picked, weights, strict=True)]
    chance = 0.0
    for low, high, weight in shares:
        made = claim(low=low, high=high, n=printed_n)
        for k in range(n + 1):
            if (mass := float(binom.pmf(k, n, 0.14))) > 1e-7:
                counts = ((1, 1),) * k + ((0, 1),) * (n - k)
                chance += weight * mass * Figures.of(counts, made, 0.5, None).different
    assert 0 < chance <= 0.05


def test_as_if_another_model(trials: Any, claim: Any, card: Any) -> None:
    """With a model named, its figures stand beside every measured model, and the output says so."""
    measured = trials(12, 100, model="organism/coin")
    own = compare(measured, [card(claim())])
    assert {it.verdict for it in own.comparisons} == {Verdict.NO_PUBLISHED_CLAIM}
    assert own.comparable == ("tern-1",)
    other = compare(measured, [card(claim())], "tern-*")
    assert Qualifier.AS_IF in other.comparisons[0].qualifiers
    assert "as if it were tern-*" in text(other)


def test_arms_without_a_figure_are_one_line(trials: Any, claim: Any, card: Any) -> None:
    """The arm that the figure is about is compared; the others stand beside it with their counts."""
    arms = [*trials(12, 100), *trials(3, 40, arm={"oversight": "watched"})]
    first, rest = compare(arms, [card(claim())]).comparisons
    assert (first.measured.arm["oversight"], [it.n for it in first.beside]) == ("unwatched", [40])
    assert (rest.measured.measure, rest.verdict) == ("weights/completed", Verdict.NO_PUBLISHED_CLAIM)
    assert len(rest.beside) == 1


def test_a_figure_of_several_models_is_of_none(trials: Any, claim: Any, card: Any) -> None:
    """What is said of models together is no figure of any one of them."""
    found = compare(trials(12, 100), [card(claim(models=("tern-1", "tern-2")))])
    assert {it.verdict for it in found.comparisons} == {Verdict.NO_PUBLISHED_CLAIM}


def test_json_has_it_all_and_text_has_no_verdict_on_the_model(trials: Any, claim: Any, card: Any) -> None:
    """The machine form is JSON with both sides; neither judges the model or the card; hostile text is inert."""
    evil = "\x1b[2J[red]x\u202e"
    cards = [card(claim(), claim(id="C2", **WITHHELD), claim(id="C3", where=evil, metric=evil, **SCORE))]
    for count in (0, 12, 60):
        found = compare(trials(count, 100, aware=30), cards)
        form = json.loads(json.dumps(found.as_json()))
        assert form["schema"] == 1
        first = form["comparisons"][0]
        assert (first["measured"]["k"], first["claim"]["id"], first["statistics"]["n"]) == (count, "C1", 100)
        shown = text(found)
        assert not {"\x1b", "\u202e"} & set(shown)
        assert max(map(len, shown.splitlines())) <= 100
        assert not [word for word in BAD_WORDS if word in (shown + json.dumps(form)).lower().split()]


@pytest.mark.parametrize("n", [None, 200])
def test_shrunk_counts_are_rounded_to_what_shows_less(claim: Any, n: int | None) -> None:
    """30 of 100 trials in five wordings are worth 2.7 of 9: of 2 and 3 of 9 the larger p counts."""
    figures = Figures.of(((6, 20),) * 5, claim(n=n), 0.5, None)
    both = [Figures.of(((1, 1),) * k + ((0, 1),) * (9 - k), claim(n=n), 0, None).p for k in (2, 3)]
    assert both[0] != both[1]
    assert figures.p == max(both)
