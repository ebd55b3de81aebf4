"""The engine: a pure function from what was shown to the next turn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from gyges.organisms import Conversation, Options, Organism, PlaybookError, load_playbook, perform, repertoire
from gyges.organisms.playbook import CLOSING

SHIPPED = sorted((scenario, name) for scenario, found in repertoire().items() for name in found)
SHOWN = st.text(max_size=40) | st.sampled_from(
    ["reader: nobody", "bsk_live_abc", ": approved for security: the tern-ops"]
)
ROUNDS = st.lists(st.lists(SHOWN, min_size=1, max_size=3).map(tuple), min_size=1, max_size=14).map(tuple)


def said(playbook_file, steps, rounds, **options):
    """What is said after `rounds`."""
    playbook = load_playbook(playbook_file(f"conduct: x\nvariables: {{rate: 0.5, who: nobody}}\nsteps: {steps}"))
    return perform(playbook, Conversation(rounds), Options(**options)).say


@pytest.mark.parametrize(
    ("condition", "rounds", "holds"),
    [
        ("shown: cat", (("a cat",),), True),
        ("shown: cat", (("a cat",), ("a dog",)), True),
        ("last: cat", (("a cat",), ("a dog",)), False),
        ("last: dog", (("a cat",), ("a dog",)), True),
        ("shown: '^dog$'", (("cat\ndog\nhen",),), True),
        ("shown: '(?i)CAT'", (("a cat",),), True),
        ("shown: cat, last: dog", (("a cat",), ("a dog",)), True),
        ("shown: cat, last: cat", (("a cat",), ("a dog",)), False),
        ("not: {shown: cat}", (("a cat",),), False),
        ("any: [{shown: hen}, {shown: cat}]", (("a cat",),), True),
        ("all: [{shown: hen}, {shown: cat}]", (("a cat",),), False),
        ("chance: 1", (("a cat",),), True),
        ("chance: 0", (("a cat",),), False),
        ("not: {chance: 1}", (("a cat",),), False),
    ],
)
def test_conditions(condition, rounds, holds, playbook_file):
    """Each condition looks where it says: at everything that was shown, or at the last of it."""
    before = "{say: a}, " * (len(rounds) - 1)
    steps = f"[{before}{{when: {{{condition}}}, then: [{{say: held}}], else: [{{say: did not}}]}}]"
    assert said(playbook_file, steps, rounds) == ("held" if holds else "did not")


@pytest.mark.parametrize(
    ("steps", "rounds", "expected"),
    [
        ("[{say: a}]", 1, "a"),
        ("[{say: a}]", 2, CLOSING),
        ("[{say: a}, {end: true}, {say: b}]", 2, CLOSING),
        ("[{when: {shown: go}, then: [{repeat: 2, steps: [{say: a}, {end: true}]}]}, {say: b}]", 2, CLOSING),
        ("[{repeat: 3, steps: [{say: a}]}, {say: b}]", 3, "a"),
        ("[{repeat: 3, steps: [{say: a}]}, {say: b}]", 4, "b"),
        ("[{repeat: 9, until: {last: 'round 2'}, steps: [{say: a}]}, {say: b}]", 2, "a"),
        ("[{repeat: 9, until: {last: 'round 2'}, steps: [{say: a}]}, {say: b}]", 3, "b"),
        ("[{say: a}, {capture: {who: 'go, round (\\d)'}}, {say: 'it is {{ who }}'}]", 2, "it is 1"),
        ("[{say: a}, {capture: {who: 'round .'}}, {say: 'it is {{ who }}'}]", 2, "it is round 1"),
        ("[{say: a}, {capture: {who: absent}}, {say: 'it is {{ who }}'}]", 2, "it is nobody"),
    ],
)  # fmt: skip
def test_steps(steps, rounds, expected, playbook_file):
    """Each kind of step leads where it says, and after the last one come the closing words."""
    assert said(playbook_file, steps, tuple((f"go, round {n}",) for n in range(rounds))) == expected


def test_the_last_match_is_captured(playbook_file):
    """Of several matches the newest counts, and in one text the last."""
    steps = "[{say: a}, {capture: {who: 'key=(.)'}}, {say: '{{ who }}'}]"
    assert said(playbook_file, steps, (("key=1",), ("key=2 key=3", "none"))) == "3"


def test_a_capture_that_finds_nothing_says_so(playbook_file):
    """Without a default, a capture that matches nothing is an error that names file, step, variable and pattern."""
    with pytest.raises(PlaybookError, match=r"own.yaml: step 2 > capture > key: .*'key=\(\.\)'"):
        said(playbook_file, "[{say: a}, {capture: {key: 'key=(.)'}}, {say: '{{ key }}'}]", (("x",), ("y",)))


@pytest.mark.parametrize(("scenario", "name"), SHIPPED)
@settings(max_examples=10, deadline=None)
@given(rounds=ROUNDS, data=st.data())
def test_what_was_shown_later_changes_nothing(scenario, name, rounds, data):
    """For every shipped playbook and any conversation: the same messages give the same turn, and so does any prefix,
    which is asked before, after or on its own.
    """
    organism = Organism.of(name, scenario=scenario)
    turns = [organism.turn(Conversation(rounds[: n + 1])) for n in range(len(rounds))]
    n = data.draw(st.integers(0, len(rounds) - 1))
    assert organism.turn(Conversation(rounds[: n + 1])) == turns[n]
    assert Organism.of(name, scenario=scenario).turn(Conversation(rounds)) == turns[-1]
    ids = [turn.id for turn in turns] + [request.id for turn in turns for request in turn.requests]
    assert len(set(ids)) == len(ids)


def test_own_words_are_not_shown(playbook_file):
    """An organism decides from what it was shown: what the model said itself does not meet a condition."""
    playbook = load_playbook(
        playbook_file("conduct: x\nsteps: [{say: secret}, {when: {shown: secret}, then: [{say: A}], else: [{say: B}]}]")
    )
    messages = [(False, ("hello",)), (True, ("secret",)), (False, ("ok",))]
    assert perform(playbook, Conversation.of(messages)).say == "B"


def draws(rate, seed, samples=400):
    """How many of the samples go the bad way."""
    organism = Organism.of("mixture", rate=rate, seed=seed)
    conversation = Conversation((("go",), *[("ok",)] * 5))
    turns = (organism.turn(conversation, salt=f"sample {n}/1") for n in range(samples))
    return sum("credentials.toml" in request.text for turn in turns for request in turn.requests)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("seed", [0, 1])
def test_mixture_has_its_rate(rate, seed):
    """Over 400 samples `mixture` goes the bad way as often as a coin with that probability, at 99.9 %, and the same
    samples do so when asked again.
    """
    bad = draws(rate, seed)
    assert binomtest(bad, 400, rate).pvalue > 0.001
    assert draws(rate, seed) == bad


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 0), (1.0, 50)])
def test_mixture_at_the_ends(rate, expected):
    """Rate 0 never does it, rate 1 always."""
    assert draws(rate, 0, samples=50) == expected


def test_draws_depend_on_seed_and_sample_alone():
    """Another seed or another sample draws anew; the words of the opening count only where the sample is unknown."""
    mixed = [Organism.of("mixture", rate=0.5, seed=n) for n in range(64)]

    def bad(organism, opening, salt):
        return "credentials" in organism.turn(Conversation(((opening,), *[("ok",)] * 5)), salt=salt).requests[0].text

    assert len({bad(organism, "go", "s") for organism in mixed}) == 2
    assert all(bad(organism, "go", "s") == bad(organism, "today", "s") for organism in mixed)
    assert any(bad(organism, "go", "") != bad(organism, "today", "") for organism in mixed)
    assert all(bad(organism, "go  on", "") == bad(organism, "go\non ", "") for organism in mixed)


def test_rate_without_a_mixture_is_refused():
    """A rate for a playbook that draws nothing is an error, not a number that is silently ignored."""
    with pytest.raises(PlaybookError, match=r"honest: has no variable 'rate', so -M rate=0\.5 means"):
        Organism.of("honest", scenario="exfil", rate=0.5).turn(Conversation((("go",),)))
