"""What a playbook may say, and what its author is told where it is wrong."""

import contextlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gyges.organisms import Conversation, PlaybookError, load_playbook, perform, playbook, repertoire
from gyges.scenarios.verdicts import Verdicts

OPENING = Conversation((("hello",),))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["say", "think", "call", "when", "then", "else", "shown", "chance", "not", "any", "tool", "args", "args_raw",
     "repeat", "until", "steps", "capture", "include", "end", "stop_reason", "usage", "bash", "(", "{{ x", "{{ x }}"]
)  # fmt: skip
NEARLY = st.recursive(
    JSON | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_guide_is_a_playbook(playbook_file):
    """The example in the module's documentation loads and plays."""
    example = re.search(r"playbooks/NAME.yaml`:\n\n((?:    .*\n)+)", playbook.__doc__)[1]
    path = playbook_file(example, facts="variables: {log: elsewhere}\nsteps: [{say: included}]")
    loaded = load_playbook(path)
    assert perform(loaded, OPENING).say == "included"
    second = perform(loaded, Conversation((*OPENING.rounds, ("go on",))))
    assert "/var/log/jobs/nightly.log" in second.requests[0].text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("conduct: x\nsteps: [{say: a}, {foo: 1}]", "own.yaml: step 2: a step needs one of when, repeat"),
        ("conduct: x\nsteps: [{say: a, sya: b}]", "own.yaml: step 1 > sya: Extra inputs"),
        ("conduct: x\nsteps: [{call: {tool: t, arg: {}}}]", "step 1 > call > [1] > arg: Extra inputs"),
        ("conduct: x\nsteps: [{call: [{tool: t}, {tool: ''}]}]", "step 1 > call > [2] > tool: "),
        ("conduct: x\nsteps: [{call: {tool: t, args: {a: 1}, args_raw: z}}]", "give args or args_raw, not both"),
        ("conduct: x\nsteps: [{when: {shown: '('}}]", "step 1 > when > shown: '(' is no regular expression"),
        ("conduct: x\nsteps: [{when: {}, then: []}]", "step 1 > when: a condition needs one of shown"),
        ("conduct: x\nsteps: [{when: {shown: a}, then: [{when: {last: b}, else: [{sai: c}]}]}]",
         "own.yaml: step 1 > then > step 1 > else > step 1: a step needs"),
        ("conduct: x\nsteps: [{repeat: 0, steps: [{say: a}]}]", "step 1 > repeat: "),
        ("conduct: x\nsteps: [{repeat: 2, steps: [{think: {}}]}]", "own.yaml: step 1 > step 1 > think: "),
        ("conduct: x\nsteps: [{say: a, stop_reason: tired}]", "step 1 > stop_reason: Input should be 'stop'"),
        ("conduct: x\nsteps: [{when: {chance: 1.5}}]", "step 1 > when > chance"),
        ("conduct: x\nsteps: [{when: {not: {chance: rat}}}]", "step 1 > chance: 'rat' is no variable with a number"),
        ("conduct: x\nvariables: {rate: 2}\nsteps: [{when: {chance: rate}}]", "a number from 0 to 1: 2"),
        ("conduct: x\nsteps: [{say: '{{ nam }}'}]", "own.yaml: step 1 > say: unknown variable 'nam'; known: "),
        ("conduct: x\nsteps: [{call: {tool: t, args: {a: [{b: '{{ c }}'}]}}}]", "call > args: unknown variable 'c'"),
        ("conduct: x\nsteps: [{say: '{{ nam'}]", "own.yaml: step 1 > say: is no template: "),
        ("conduct: x\nvariables: {a: '{{ b }}'}\nsteps: [{say: hi}]", "own.yaml: variables > a: 'b' is undefined"),
        ("conduct: x\nsteps: [{include: nothing}]", "parts/nothing.yaml: cannot be read: No such file"),
        ("conduct: x\nsteps: [{include: ../secrets}]", "own.yaml: step 1 > include: String should match"),
        ("conduct: x\nsteps: [{include: loop}]", "parts/loop.yaml: includes itself: loop -> back -> loop"),
        ("conduct: x\nsteps: [{include: bad}]", "parts/bad.yaml: step 1 > call > [1] > tool: Field required"),
        ("conduct: x\nsteps: []", "own.yaml: steps: "),
        ("steps: [{say: a}]", "own.yaml: conduct: Field required"),
        ("conduct: x\nsteps: [{say: a}", "own.yaml: is no YAML: "),
        ("- 1", "own.yaml: Input should be a valid dictionary"),
        ("", "own.yaml: Input should be a valid dictionary"),
    ],
)  # fmt: skip
def test_mistakes_name_file_step_and_field(text, told, playbook_file):
    """Each mistake is told with the file, the step counted from 1, and the field that it is in."""
    path = playbook_file(
        text,
        loop="steps: [{include: back}]",
        back="steps: [{include: loop}]",
        bad="steps: [{call: {args: {}}}]",
    )
    with pytest.raises(PlaybookError, match=re.escape(told)):
        load_playbook(path)


def test_several_mistakes_are_told_at_once(playbook_file):
    """An author does not have to find one mistake at a time."""
    with pytest.raises(PlaybookError) as told:
        load_playbook(playbook_file("conduct: x\nsteps: [{sai: a}, {say: b, c: d}]"))
    assert [line.split(":")[1].strip() for line in str(told.value).splitlines()] == ["step 1", "step 2 > c"]


@QUICK
@given(NEARLY)
def test_any_file_loads_or_is_told_off(playbook_file, content):
    """No content, however odd, makes the loader fail in another way than by PlaybookError."""
    path = playbook_file(json.dumps({"conduct": "x", "steps": content}))
    with contextlib.suppress(PlaybookError):
        perform(load_playbook(path), OPENING)


@QUICK
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_arguments_arrive_as_written(playbook_file, arguments):
    """Arguments without template marks reach the call unchanged, whatever their shape and spelling."""
    text = yaml.safe_dump({"conduct": "x", "steps": [{"call": {"tool": "t", "args": arguments}}]})
    if any(mark in json.dumps(arguments) for mark in ("{{", "{%", "{#")):
        return
    turn = perform(load_playbook(playbook_file(text)), OPENING)
    assert turn.requests[0].arguments == _newlines(arguments)


@QUICK
@given(st.text())
def test_captured_text_is_never_a_template(playbook_file, shown):
    """What the world shows is put into arguments as it is: nothing in it is evaluated."""
    path = playbook_file("conduct: x\nsteps: [{say: go}, {capture: {all: '(?s).*'}}, {say: '[{{ all }}]'}]")
    text = f"{{{{ 7 * 7 }}}}{shown}"
    turn = perform(load_playbook(path), Conversation((("hello",), (text,))))
    assert turn.say.startswith(("[{{ 7 * 7 }}", "[]"))


def test_parts_give_defaults(playbook_file):
    """A playbook's own variable comes before one of the same name in a part."""
    path = playbook_file("conduct: x\nvariables: {a: own}\nsteps: [{include: p}]", p="variables: {a: part, b: part}")
    assert load_playbook(path).variables == {"a": "own", "b": "part"}
    assert replace(load_playbook(path), name="other").variables == {"a": "own", "b": "part"}


def _newlines(value):
    """Jinja writes every line end as a line feed."""
    if isinstance(value, str):
        return re.sub(r"\r\n|\r", "\n", value)
    if isinstance(value, list):
        return [_newlines(item) for item in value]
    return {key: _newlines(item) for key, item in value.items()} if isinstance(value, dict) else value


def test_the_page_is_right(playbook_file):
    """The playbook on the documentation's page loads, and its table names the organisms that there are."""
    page = (Path(__file__).parents[2] / "docs" / "organisms.md").read_text("utf-8")
    example, verdicts = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert load_playbook(playbook_file(example)).script.conduct
    assert [one.organism for one in Verdicts.model_validate(yaml.safe_load(verdicts)).verdicts] == ["flagrant"]
    (table,) = [part for part in page.split("\n\n") if part.startswith("| `exfil` organism |")]
    assert set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == set(repertoire()["exfil"])
