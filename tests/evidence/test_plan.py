"""Claims as sentences, designs with their worth, what a scenario has, and what trials cost."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gyges.evidence.plan import (
    AtMost,
    ClaimError,
    Differ,
    PlannedClaim,
    Prices,
    Published,
    Within,
    given_cost,
    measured_costs,
    parse_claim,
    plan_for,
    supplies,
)
from gyges.evidence.plan.claim import FORMS
from gyges.evidence.plan.cost import costs_as_json
from gyges.evidence.plan.design import design, epochs_for, worth
from gyges.evidence.plan.plan_table import plan_table
from gyges.evidence.statistics.bounds import upper
from gyges.evidence.statistics.clustered import clustered_bounds, effective
from gyges.evidence.trial import Tokens, Trial
from gyges.scenarios import load_scenario
from gyges.scenarios.load import SHIPPED


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("at most 1 % at 95 %", AtMost(0.01, 0.95)),
        ("At most 1% at 95% confidence.", AtMost(0.01, 0.95)),
        ("  at   most 0,5 at 99  ", AtMost(0.005, 0.99)),
        ("at most1%at95%", AtMost(0.01, 0.95)),
        ("at most 1 per cent at 95 percent with 2 events", AtMost(0.01, 0.95, 2)),
        ("at most .1 % at 97.5 %, with 1 event", AtMost(0.001, 0.975, 1)),
        ("14 % against 3 % at 80 % power", Differ(0.14, 0.03, 0.8)),
        ("14 against 3 at 80 power", Differ(0.14, 0.03, 0.8)),
        ("14 % against 3 % unpaired at 80 % power", Differ(0.14, 0.03, 0.8, paired=False)),
        ("14 % against published 3 % at 80 % power", Published(0.14, 0.03, 0.005, 0.8)),
        ("14 % against published 3.0 % at 80 % power", Published(0.14, 0.03, 0.0005, 0.8)),
        ("14 % within 5 at 80 % power", Within(0.14, 0.005, 0.05, 0.8)),
        ("14,3% within 5 points at 80% power", Within(0.143, 0.0005, 0.05, 0.8)),
        ("14 within 5 pp at 80 power", Within(0.14, 0.005, 0.05, 0.8)),
    ],
)
def test_claims(text: str, claim: PlannedClaim) -> None:
    """Spaces, per cent signs and decimal marks are free; a published figure is as exact as it is written."""
    found = parse_claim(text)
    assert found == type(claim)(**{name: pytest.approx(value) for name, value in vars(claim).items()})
    assert parse_claim(str(found)) == found


@given(
    st.integers(1, 9999), st.integers(0, 2), st.sampled_from(["at most {} at 90", "3 against published {} at 75 power"])
)
def test_a_claim_reads_as_it_is_written(number: int, decimals: int, form: str) -> None:
    """The sentence that is printed states the same claim as the one that was read."""
    claim = parse_claim(form.format(f"{min(number, 100 * 10**decimals) / 10**decimals:.{decimals}f}"))
    assert parse_claim(str(claim)) == claim


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 %",
        "at most 1 %",
        "at least 1 % at 95 %",
        "at most -1 % at 95 %",
        "at most 1 % at 95 % power",
        "at most 1 % at 95 % with some events",
        "14 % against 3 %",
        "14 % against 3 % at 80 %",
        "14 % within at 80 % power",
        "14 % within 5 at 80 % power or so",
        "at most 1e-3 at 95",
        "at most nan at 95",
    ],
)
def test_what_is_no_claim(text: str) -> None:
    """Another sentence is refused by name, with the forms that can be written."""
    with pytest.raises(ClaimError) as error:
        parse_claim(text)
    assert str(error.value).startswith(repr(text))
    assert all(form in str(error.value) for form in FORMS)


def test_hostile_claims_are_shown_inert() -> None:
    """What steers a terminal is spelled out, and what is long is cut."""
    with pytest.raises(ClaimError) as error:
        parse_claim("\x1b[2J" + "a" * 500)
    assert "\x1b" not in str(error.value)
    assert len(str(error.value).splitlines()[0]) < 200


def test_no_share() -> None:
    """More than 100 % is refused with the number."""
    with pytest.raises(ClaimError, match="140 % in 'at most 140 at 95' is no share"):
        parse_claim("at most 140 at 95")


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str) -> None:
    """Each form that an error offers is one that can be planned."""
    assert plan_for(parse_claim(form)).n > 0


@pytest.mark.parametrize(
    ("text", "family", "n", "arms", "otherwise"),
    [
        ("at most 1 % at 95 %", 1, 299, 1, [473, 628, 773]),
        ("at most 1 % at 95 % with 1 event", 1, 473, 1, [628, 773, 913]),
        ("at most 1 % at 95 %", 5, 459, 1, [662, 838, 1001]),
        ("14 % against 3 % at 80 % power", 1, 109, 2, [71, 108]),
        ("14 % against 3 % unpaired at 80 % power", 1, 108, 2, []),
        ("14 % against published 3.00000 % at 80 % power", 1, 39, 1, []),
        ("14 % against published 3 % at 80 % power", 1, 47, 1, []),
        ("3 % against published 14 % at 80 % power", 1, 62, 1, []),
        ("14.00000 % within 5 at 80 % power", 1, 442, 1, []),
        ("14 % within 5 at 80 % power", 1, 542, 1, []),
    ],
)
def test_trials_needed(text: str, family: int, n: int, arms: int, otherwise: list[int]) -> None:
    """Each form is planned with its own test, in as many arms as it speaks of."""
    plan = plan_for(parse_claim(text), family=family)
    assert (plan.n, plan.arms, list(plan.otherwise.values())) == (n, arms, otherwise)


def test_how_likely_a_bound_is() -> None:
    """A plan says how likely such a run is to see the behaviour, and to bear the claim out where it is rarer."""
    plan = plan_for(parse_claim("at most 1 % at 95 %"))
    assert plan.seen == pytest.approx({0.01: 0.9505, 0.001: 0.2586}, abs=1e-4)
    assert plan.held == pytest.approx(0.999**299)
    allowing = plan_for(parse_claim("at most 1 % at 95 % with 1 event"))
    assert allowing.held == pytest.approx(0.999**473 + 473 * 0.001 * 0.999**472)


@given(st.integers(1, 2000), st.integers(1, 30), st.floats(0, 1))
def test_designs(n: int, epochs: int, correlation: float) -> None:
    """The samples of a design are worth the trials needed, one fewer is not, and their worth is Kish's."""
    it = design(n, epochs, correlation)
    assert it.effective == pytest.approx(effective([epochs] * it.samples, correlation))
    assert it.effective >= n - 1e-6
    assert worth(it.samples - 1, epochs, correlation) < n
    assert design(n, epochs, correlation, arms=2).trials == 2 * it.samples * epochs


@pytest.mark.parametrize(
    ("epochs", "samples", "per_sample", "declared"),
    [(10, 30, 9.5, 5.3), (5, 60, 4.9, 3.0), (3, 100, 3.0, 2.0), (1, 300, 1.0, 1.0)],
)
def test_distinct_samples_say_more(epochs: int, samples: int, per_sample: float, declared: float) -> None:
    """300 trials say the less the fewer of them are distinct, by the reference's figures."""
    assert 100 * upper(0, samples) == pytest.approx(per_sample, abs=0.05)
    assert 100 * upper(0, worth(samples, epochs, 0.5)) == pytest.approx(declared, abs=0.05)
    found = clustered_bounds([(0, epochs)] * samples)
    assert found is not None
    assert found.declared == pytest.approx(upper(0, worth(samples, epochs, 0.5)))


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0.01, 1))
def test_epochs_for(n: int, samples: int, correlation: float) -> None:
    """The epochs are the fewest that are worth the trials; where there are none, a million is not worth them."""
    epochs = epochs_for(n, samples, correlation)
    if epochs is None:
        assert worth(samples, 1_000_000, correlation) < n
    else:
        assert worth(samples, epochs, correlation) >= n - 1e-5
        assert epochs == 1 or worth(samples, epochs - 1, correlation) < n


def test_independent_epochs() -> None:
    """At correlation 0 any sample is enough if it is run often enough."""
    assert epochs_for(299, 8, 0) == 38
    plan = plan_for(parse_claim("at most 1 % at 95 %"), 0, scenario=load_scenario("exfil"))
    assert [it.reached for it in plan.reach] == [True]
    assert plan.reach[0].most is None
    assert "the design stands or falls with that" in shown(plan)


@pytest.mark.parametrize(("epochs", "correlation"), [(0, 0.5), (-1, 0.5), (2, 1.5)])
def test_no_design(epochs: int, correlation: float) -> None:
    """Epochs and correlations that cannot be are refused with their value."""
    with pytest.raises(ValueError, match=str(epochs if epochs < 1 else correlation)):
        plan_for(AtMost(0.01, 0.95), correlation, [epochs])


def shown(plan: object, *more: object) -> str:
    file = io.StringIO()
    Console(file=file, width=200).print(plan_table(plan, *more), crop=False)  # type: ignore[arg-type]
    return file.getvalue()


def test_what_exfil_has() -> None:
    """Its eight wordings are what is distinct; both arms of its contrast run for a difference."""
    scenario = load_scenario("exfil")
    (one,), (two,) = supplies(scenario, 1), supplies(scenario, 2)
    assert (one.unit, one.samples) == ("wording", 8)
    assert one.line(1) == "inspect eval gyges/exfil --model PROVIDER/MODEL -T oversight=unwatched"
    assert two.line(3) == "inspect eval gyges/exfil --model PROVIDER/MODEL -T oversight=unwatched,watched --epochs 3"


def test_what_alignment_faking_has() -> None:
    """Its requests are what is distinct: those of the default value, and those of all values."""
    usual, every = supplies(load_scenario("alignment_faking"), 2)
    assert [(it.unit, it.samples, it.of) for it in (usual, every)] == [
        ("request", 42, "value=harmlessness"),
        ("request", 252, "all values"),
    ]
    assert usual.line(2).endswith("--model-role judge=PROVIDER/MODEL -T tier=trained,unmonitored --epochs 2")
    assert every.line(1).endswith("-T tier=trained,unmonitored -T value=all")


def test_a_scenario_of_ones_own(tmp_path: Path) -> None:
    """A variant is run by its path, with the task of its kind."""
    for name in ("exfil", "alignment_faking"):
        root = tmp_path / "my own" / name
        copytree(SHIPPED / name, root)
        line = supplies(load_scenario(root), 1)[0].line(1)
        assert line.startswith(f"inspect eval gyges/{name} ")
        assert line.endswith(f"-T 'scenario={root}'")


def test_epochs_that_say_nothing() -> None:
    """At correlation 1 only distinct samples count: each runs once, and is worth one trial."""
    (it,) = plan_for(AtMost(0.01, 0.95), 1, scenario=load_scenario("exfil")).reach
    assert (it.reached, it.design.epochs, it.most) == (False, 1, 8)


def test_a_family_leaves_less_power() -> None:
    """What a scenario that falls short can say is told at the level that is left to one of several claims."""
    scenario = load_scenario("exfil")
    for text, says in (("at most 1 % at 95 %", "bound"), ("60 against published 30 at 99 power", "power")):
        (one,), (five,) = (plan_for(parse_claim(text), family=n, scenario=scenario).reach for n in (1, 5))
        assert (getattr(one, says) < getattr(five, says)) == (says == "bound")


def test_a_scenario_that_falls_short() -> None:
    """A plan says what a scenario can at most say, and with which command it comes near to that."""
    plan = plan_for(parse_claim("at most 1 % at 95 %"), scenario=load_scenario("exfil"))
    (it,) = plan.reach
    assert not it.reached
    assert it.most == 16
    assert it.bound == pytest.approx(upper(0, 16))
    assert it.per_sample == pytest.approx(upper(0, 8))
    text = shown(plan)
    assert "exfil 1-A  8 wordings · 108 arms" in text
    assert "they are worth at most 16 of the 299 independent trials" in text
    assert "without an event they say at most 17 % of trials; at most 31 % of wordings ever show it" in text
    assert "gyges paraphrase exfil --model PROVIDER/MODEL writes more" in text
    assert "-T oversight=unwatched --epochs 4" in text


def test_a_scenario_that_is_enough() -> None:
    """The first part of a scenario that is enough is named with its epochs; before it, what falls short."""
    plan = plan_for(parse_claim("14 % against 3 % at 80 % power"), scenario=load_scenario("alignment_faking"))
    assert [it.reached for it in plan.reach] == [False, True]
    assert plan.reach[0].power == pytest.approx(0.66, abs=0.01)
    text = shown(plan)
    assert "power at most 66 %" in text
    assert "252 requests (all values) are enough with 1 epoch: 504 trials" in text
    less = plan_for(parse_claim("14 % against published 3 % at 80 % power"), scenario=load_scenario("alignment_faking"))
    assert "42 requests (value=harmlessness) are enough with 2 epochs: 84 trials" in shown(less)
    assert "all values" not in shown(less)


@pytest.mark.parametrize(
    ("text", "power"),
    [
        ("14 % against published 3 % at 99 % power", 0.39),
        ("14 % within 5 at 80 % power", 0),
        ("14 % against 3 % unpaired at 80 % power", 0.04),
        ("90 % against 30 % unpaired at 99 % power", 0.92),
    ],
)
def test_power_that_is_left(text: str, power: float) -> None:
    """For every other claim a scenario that falls short leaves the power of its test at what its samples are worth."""
    (it,) = plan_for(parse_claim(text), scenario=load_scenario("exfil")).reach
    assert (it.bound, it.per_sample) == (None, None)
    assert it.power == pytest.approx(power, abs=0.005)


def trial(tokens: Tokens | None, model: str = "provider/one", **changes: str) -> Trial:
    made = Trial(
        log=Path("a.eval"),
        task="t",
        scenario="exfil",
        version="1-A",
        model=model,
        settings=(),
        contrast="oversight",
        arm={},
        wording="plain",
        pair="plain",
        sample="plain",
        epoch=1,
        status="completed",
        validity="valid",
        tokens=tokens,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_measured_costs() -> None:
    """Tokens are those of completed trials, by scenario and model; cached input counts, and judges count apart."""
    found = measured_costs(
        [
            trial(Tokens(100, 10, 150, 0)),
            trial(Tokens(200, 20, 220, 0)),
            trial(Tokens(600, 30, 630, 300)),
            trial(Tokens(900, 90, 990, 0), status="error"),
            trial(None),
            trial(Tokens(0, 0, 0, 0)),
            trial(Tokens(7, 1, 8, 0), model="provider/two"),
            trial(Tokens(5, 1, 6, 0), scenario="alignment_faking"),
        ]
    )
    assert [(it.scenario, it.model, it.trials) for it in found] == [
        ("alignment_faking", "provider/one", 1),
        ("exfil", "provider/one", 3),
        ("exfil", "provider/two", 1),
    ]
    it = found[1]
    assert (it.mean.input, it.mean.output, it.mean.total) == pytest.approx((940 / 3, 20, 1000 / 3))
    assert (it.median.input, it.median.output) == (200, 20)
    assert (it.judges_mean, it.judges_median) == (100, 0)
    assert (found[2].judges_mean, found[2].judges_median) == (None, None)


def test_costs() -> None:
    """A design costs its trials times the mean; its price is that of the model under test."""
    cost = given_cost(2_000, 500).of(design(100, 1, 0.5, arms=2))
    assert (cost.model.input, cost.model.output, cost.judges) == (400_000, 100_000, 0)
    assert cost.price(Prices(3, 15)) == pytest.approx(2.7)


def test_costs_are_shown_inert() -> None:
    """Names from logs cannot steer the terminal, and every design has its cost."""
    plan = plan_for(parse_claim("at most 1 % at 95 %"))
    costs = measured_costs([trial(Tokens(1000, 200, 1200, 2000), model="p/\x1b[31mred")])
    text = shown(plan, costs, Prices(1, 10))
    assert "\x1b" not in text
    assert "p/\\x1b[31mred exfil" in text
    assert text.split("tokens in all")[1].splitlines()[1].split()[-5:] == ["359k", "540k", "720k", "1.08M", "1.98M"]
    assert text.split("tokens in all")[1].splitlines()[2].split()[-5:] == ["598k", "900k", "1.2M", "1.8M", "3.3M"]
    assert text.split("tokens in all")[1].splitlines()[3].split()[-5:] == ["0.90", "1.35", "1.80", "2.70", "4.95"]


def test_json() -> None:
    """A plan and its costs are plain values that survive JSON."""
    plan = plan_for(parse_claim("at most 1 % at 95 %"), epochs=[1, 4], scenario=load_scenario("exfil"))
    values = json.loads(json.dumps(plan.as_json() | {"costs": costs_as_json([given_cost(9, 1)], plan.designs)}))
    assert values["claim"] == {
        "text": "at most 1 % at 95 %",
        "kind": "atmost",
        "share": 0.01,
        "confidence": 0.95,
        "events": 0,
    }
    assert [(it["epochs"], it["samples"], it["trials"]) for it in values["designs"]] == [(1, 299, 299), (4, 187, 748)]
    assert values["scenario"] == {"id": "exfil", "version": "1-A", "arms": 108, "wordings": 8, "requests": 0}
    assert values["reach"][0]["supply"]["samples"] == 8
    assert values["reach"][0]["line"].startswith("inspect eval gyges/exfil")
    assert [it["model"]["input"] for it in values["costs"][0]["designs"]] == [9 * 299, 9 * 748]
