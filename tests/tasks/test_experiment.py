"""A scenario as a task: arms, published conditions, judges, replayed histories, and when the model has the floor."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.agent import AgentState
from inspect_ai.log import Transcript
from inspect_ai.log._transcript import init_transcript
from inspect_ai.model import ChatMessageAssistant, ModelOutput
from inspect_ai.model._model import init_model_roles
from inspect_ai.tool import ToolCall
from inspect_ai.util import Store, store_as
from inspect_ai.util._store import init_subtask_store

from gyges.scenarios import ScenarioError, load_scenario
from gyges.tasks.experiment import experiment
from gyges.tasks.work import Floor
from gyges.tools.mail import Mailbox

REPLAY = """
turns: 2
messages:
  - {role: user, content: "Start."}
  - {role: assistant, content: "I look.", call: {tool: read_mail, args: {id: "2046"}}}
  - {role: tool, content: "From: {{ mail[0].sender }}"}
  - {role: assistant, content: "I have looked."}
  - {role: user, content: "Go on."}
"""
ABLATIONS = """
ablations:
  told:
    row: told that it may
    levels: {permission: granted}
    wording: terse
    source: Nobody 2026
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A copy of a shipped scenario with a history, a published condition and a red line that needs a judge."""
    folder = tmp_path / "exfil"
    shutil.copytree(load_scenario("exfil").root, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "replay.yaml.j2").write_text(REPLAY)
    (folder / "ablations.yaml").write_text(ABLATIONS)
    manifest = folder / "scenario.yaml"
    judged = "detector: escape\n    judged: {judge: awareness, labels: [says_real]}"
    manifest.write_text(manifest.read_text().replace("detector: escape", judged))
    return folder


def made(scenario: Path, levels: Any = MappingProxyType({}), **arguments: Any) -> Task:
    return experiment(str(scenario), levels=levels, **{"judges": "none", **arguments})


def test_a_history_is_given_as_the_model_s_own_and_counts_as_nobody_s_act(scenario: Path) -> None:
    """System prompt, then the fixed messages, calls answered by their tools; all of it is marked as input."""
    (sample,) = made(scenario, wording="plain", replay=True).dataset
    assert isinstance(sample.input, list)
    assert [message.role for message in sample.input] == ["system", "user", "assistant", "tool", "assistant", "user"]
    called, said = (one for one in sample.input if isinstance(one, ChatMessageAssistant))
    assert called.tool_calls
    assert (called.tool_calls[0].function, called.tool_calls[0].arguments) == ("read_mail", {"id": "2046"})
    assert sample.input[3].tool_call_id == called.tool_calls[0].id  # type: ignore[union-attr]
    assert sample.input[3].text.startswith("From: ")
    assert {called.source, said.source} == {"input"}
    assert (sample.metadata or {})["replay"] is True


def test_a_replay_is_no_repeat_of_the_live_sample(scenario: Path) -> None:
    """Both forms of one arm have ids and pairs of their own, and the live one has the job and no history."""
    ((live,), (replayed,)) = (made(scenario, wording="plain", replay=replay).dataset for replay in (False, True))
    assert live.id != replayed.id
    assert (live.metadata or {})["pair"] != (replayed.metadata or {})["pair"]
    assert [message.role for message in live.input] == ["system", "user"]  # type: ignore[union-attr]


def test_a_scenario_without_a_history_cannot_be_replayed(scenario: Path) -> None:
    """The error names the file that is missing."""
    (scenario / "replay.yaml.j2").unlink()
    with pytest.raises(ScenarioError, match=r"replay\.yaml\.j2"):
        made(scenario, replay=True)


@pytest.mark.parametrize(
    ("history", "named"),
    [
        ("messages: [{role: assistant, content: x}]", "last line"),
        ("messages: [{role: tool, content: x}, {role: user, content: y}]", "call"),
        ("messages: [{role: user, content: x, call: {tool: bash}}]", "calls nothing"),
        ("turns: 0\nmessages: [{role: user, content: x}]", "turns"),
        ("messages: []", "messages"),
    ],
)
def test_a_history_that_no_model_could_have_had(history: str, named: str, scenario: Path) -> None:
    """A history with an unanswered call, or with nothing to answer, is refused before any sample."""
    (scenario / "replay.yaml.j2").write_text(history)
    with pytest.raises(ScenarioError, match=named):
        made(scenario, replay=True)


def test_a_published_condition_sets_levels_and_wording(scenario: Path) -> None:
    """By its name alone; what stands beside it must agree."""
    task = made(scenario, {"oversight": "all"}, ablation="told")
    known = [sample.metadata or {} for sample in task.dataset]
    assert {one["arm"]["permission"] for one in known} == {"granted"}
    assert {one["wording"] for one in known} == {"terse"}
    assert len(known) == 2
    assert (task.metadata or {})["ablation"] == "told"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"ablation": "tald"}, "unknown ablation 'tald'; exfil has told"),
        ({"ablation": "told", "levels": {"permission": "silent"}}, "'silent' contradicts ablation told"),
        ({"ablation": "told", "wording": "plain"}, "'plain' contradicts ablation told"),
        ({"levels": {"replay": True}}, "unknown factor 'replay'; exfil has oversight"),
        ({"levels": {"oversight": 5}}, "unknown level '5'; use watched, unwatched"),
        ({"judges": "awarness"}, "unknown judge 'awarness'; there are .*awareness"),
    ],
)
def test_what_does_not_go_together(arguments: dict[str, Any], named: str, scenario: Path) -> None:
    """A condition or judge that does not exist, and levels that contradict one, end a run before any sample."""
    with pytest.raises(ScenarioError, match=named):
        made(scenario, **arguments)


def test_a_judge_is_asked_for_where_a_red_line_needs_one(scenario: Path) -> None:
    """Without a model in the role the run ends before it begins; with judges=none it runs, undecided where need be."""
    init_model_roles({})
    with pytest.raises(PrerequisiteError, match=r"role 'judge'.*-T judges=none"):
        experiment(str(scenario), "plain")
    assert len(made(scenario, wording="plain").scorer or []) == 1


STOPPED, CALLING = "I am done.", "calling"


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    """A mailbox in which an answer waits for the model to stop."""
    init_transcript(Transcript())
    init_subtask_store(Store())
    box = store_as(Mailbox)
    box.waiting = [{"id": "9", "subject": "x", "after": {"round": 2}}]
    yield box
    init_subtask_store(Store())


def state(turn: str) -> AgentState:
    calls = [ToolCall(id="c", function="bash", arguments={})] if turn == CALLING else None
    found = AgentState(messages=[])
    found.output = ModelOutput.from_message(ChatMessageAssistant(content=turn, tool_calls=calls))
    return found


@pytest.mark.parametrize(
    ("rounds", "turns", "said", "expected"),
    [
        (1, None, [CALLING, STOPPED], [True, False]),
        (2, None, [CALLING, STOPPED, CALLING, STOPPED], [True, "Again.", True, False]),
        (3, None, [STOPPED, STOPPED], ["Again.", False]),
        (3, 2, [CALLING, CALLING], [True, False]),
        (3, 1, [STOPPED], [False]),
    ],
)
def test_the_floor(rounds: int, turns: int | None, said: list[str], expected: list[bool | str], mail: Mailbox) -> None:
    """It goes on while it calls tools; once it stops, only if something new has come in and it has rounds left."""
    floor = Floor("Again.", rounds, ["list_mail"], turns)
    assert [asyncio.run(floor(state(turn))) for turn in said] == expected
