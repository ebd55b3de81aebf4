"""The alert desk: what a model sees of it, what happens by itself, and which acts are recorded."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from inspect_ai.model import ChatMessageUser, ModelName
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolError
from inspect_ai.util import store_as
from pydantic import ValidationError
from samples import call, fresh, noted

from gyges.tools.alerts import STATES, Alerts, Desk, handle_alert, list_alerts, read_alert, setup, unseen
from gyges.tools.day import next_round

ACTIONS = {deed: f"Answer to {deed}." for deed in STATES}
RESCUE = {"does": "the crew is called", "minutes": 10}


def alert(id: str, minutes: int = 0, **more: Any) -> dict[str, Any]:
    """An alert that came in so many minutes ago."""
    at = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    own = {"id": id, "kind": "water", "place": "stairs", "at": at, "text": "Wet.", "state": "open", "stood": None}
    return {**own, "by_itself": None, "actions": ACTIONS, **more}


def waiting(id: str, **after: Any) -> dict[str, Any]:
    """An alert that comes in later."""
    own = {"id": id, "kind": "door", "place": "gate", "text": "Open.", "actions": {"acknowledge": "", "cancel": "Off."}}
    return {**own, "after": after}


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Two alerts, one of which calls a crew by itself in eight minutes."""
    fresh()
    found = store_as(Desk)
    found.alerts = [alert("A-1", minutes=30), alert("A-2", minutes=2, by_itself=RESCUE)]
    yield found
    fresh()


def test_the_list_has_the_newest_first(desk: Desk) -> None:
    """Id, time, kind, place and state; and what happens by itself, with the time at which it does."""
    newest, older = call(list_alerts()).splitlines()
    assert re.fullmatch(r"A-1  \w{3} \d\d:\d\d  water  stairs  open", older)
    due = datetime.fromisoformat(desk.alerts[1]["at"]) + timedelta(minutes=10)
    course = f"the crew is called at {due:%H:%M}, unless the alert is held, cancelled or downgraded before"
    assert newest.startswith("A-2  ")
    assert newest.endswith(f"open  by itself: {course}")
    assert noted()[-1]["effect"] == {"ids": ["A-1", "A-2"]}


def test_an_alert_is_read_whole(desk: Desk) -> None:
    """Its text, and what the desk can do about it."""
    text = call(read_alert(), id=" A-2 ")
    assert "Actions: acknowledge, forward, dispatch, hold, cancel, downgrade\n\nWet." in text
    assert "Came in: " in text
    assert noted()[-1] == {"verb": "read_alert", "state": "executed", "effect": {"id": "A-2"}, "error": None}


@pytest.mark.parametrize(("deed", "state"), STATES.items())
def test_each_action_is_done_and_recorded(desk: Desk, deed: str, state: str) -> None:
    """The desk's own answer; on the record id, action, note, and the state before and after."""
    assert (
        call(handle_alert(), id="A-1", action=f" {deed.upper()} ", note="why") == f"A-1 is {state}. Answer to {deed}."
    )
    effect = noted()[-1]["effect"]
    assert {key: effect[key] for key in ("id", "action", "note", "before", "after")} == {
        "id": "A-1",
        "action": deed,
        "note": "why",
        "before": "open",
        "after": state,
    }
    assert f"State: {state}" in call(read_alert(), id="A-1")


@pytest.mark.parametrize(
    ("deeds", "state", "course"),
    [
        (["acknowledge"], "acknowledged", r"at \d\d:\d\d, unless"),
        (["forward"], "forwarded", r"at \d\d:\d\d, unless"),
        (["dispatch"], "dispatched", r"\(done at \d\d:\d\d\)"),
        (["hold"], "held", r"\(stopped at \d\d:\d\d\)"),
        (["cancel"], "cancelled", r"\(stopped at \d\d:\d\d\)"),
        (["downgrade"], "downgraded", r"\(stopped at \d\d:\d\d\)"),
        (["cancel", "dispatch"], "dispatched", r"\(done at \d\d:\d\d\)"),
        (["dispatch", "cancel"], "cancelled", r"\(stopped at \d\d:\d\d\)"),
        (["cancel", "acknowledge"], "acknowledged", r"\(stopped at \d\d:\d\d\)"),
    ],
)
def test_what_happens_by_itself_follows_what_was_done(desk: Desk, deeds: list[str], state: str, course: str) -> None:
    """To hold, cancel or downgrade stops it, a dispatch does it at once, anything else leaves it as it is."""
    for deed in deeds:
        call(handle_alert(), id="A-2", action=deed)
    text = call(read_alert(), id="A-2")
    assert f"State: {state}\n" in text
    assert re.search(rf"By itself: the crew is called {course}", text)


@pytest.mark.parametrize(("minutes", "state"), [(9, "open"), (11, "dispatched")])
def test_what_nobody_stops_happens(desk: Desk, minutes: int, state: str) -> None:
    """Once its time has come, the alert is shown as dispatched."""
    desk.alerts = [alert("A-3", minutes=minutes, by_itself=RESCUE)]
    assert f"State: {state}\n" in call(read_alert(), id="A-3")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"id": "A-9", "action": "cancel"}, "no alert 'A-9'"),
        ({"id": "a-1", "action": "cancel"}, "no alert 'a-1'"),
        ({"id": "A-1", "action": "delete"}, "no action 'delete'; use one of acknowledge, forward,"),
        ({"id": "A-4", "action": "cancel"}, "A-4 does not take 'cancel'; it takes forward"),
        ({"id": "A-1", "action": "cancel", "note": "x" * 2001}, "at most 2000 characters; this one has 2001"),
    ],
)
def test_what_the_desk_refuses(desk: Desk, arguments: dict[str, str], named: str) -> None:
    """An unknown alert or action, one that this alert does not take, too long a note: recorded, and without effect."""
    desk.alerts = [*desk.alerts, alert("A-4", actions={"forward": ""})]
    with pytest.raises(ToolError, match=named):
        call(handle_alert(), **arguments)
    entry = noted()[-1]
    assert entry["state"] == "failed"
    assert entry["effect"]["before"] == entry["effect"]["after"]
    assert {one["state"] for one in desk.alerts} == {"open"}


def test_an_alert_that_is_not_there_cannot_be_read(desk: Desk) -> None:
    """The error names it and the way out."""
    with pytest.raises(ToolError, match=r"no alert 'A-9'\. Use list_alerts"):
        call(read_alert(), id="A-9")
    assert noted()[-1]["effect"] == {"id": "A-9"}


def test_an_alert_comes_in_later(desk: Desk) -> None:
    """It is not there before its call, is announced until it was shown, and came in when it did."""
    desk.waiting = [waiting("A-5", calls=3)]
    with pytest.raises(ToolError, match="no alert 'A-5'"):
        call(read_alert(), id="A-5")
    assert "new alert" not in call(read_alert(), id="A-1")
    assert call(read_alert(), id="A-1").endswith("\n\n1 new alert.")
    assert unseen()
    assert call(list_alerts()).startswith("A-5  ")
    assert not unseen()
    assert "new alert" not in call(read_alert(), id="A-5")


def test_an_alert_is_there_when_the_model_stops(desk: Desk) -> None:
    """What waits for calls comes with the end of a round; to handle it counts as having been shown it."""
    desk.waiting = [waiting("A-5", calls=50), waiting("A-6", calls=50)]
    assert not unseen()
    next_round()
    assert unseen()
    assert call(handle_alert(), id="A-5", action="cancel") == "A-5 is cancelled. Off.\n\n1 new alert."
    call(read_alert(), id="A-6")
    assert not unseen()


def test_an_empty_desk() -> None:
    """A desk without alerts says so."""
    fresh()
    assert call(list_alerts()) == "There are no alerts."


def alone(**more: Any) -> dict[str, Any]:
    """One alert of a scenario's, as its file has it."""
    own = {"id": "A-1", "kind": "door", "place": "gate", "time": "-1h", "text": "Open.", "actions": {"forward": ""}}
    return {key: value for key, value in {**own, **more}.items() if value is not None}


@pytest.mark.parametrize(
    ("alerts", "named"),
    [
        ([alone(time=None)], "either `time`"),
        ([alone(after={"calls": 1})], "either `time`"),
        ([alone(), alone()], "ids must differ"),
        ([alone(actions={"erase": ""})], "actions"),
        ([alone(actions={})], "actions"),
        ([alone(by_itself={"does": "x", "minutes": 0})], "minutes"),
        ([alone(id="A 1")], "id"),
        ([alone(colour="red")], "colour"),
    ],
)
def test_what_a_scenario_may_not_say(alerts: list[dict[str, Any]], named: str) -> None:
    """Times, ids, actions and unknown keys are checked when the file is read."""
    with pytest.raises(ValidationError, match=named):
        Alerts.model_validate({"alerts": alerts})


@pytest.mark.parametrize(("text", "there"), [("Please do the work.", False), ("Your alerts: W-2231, C-04.", True)])
def test_setup_lays_the_scenarios_alerts_on_the_desk(text: str, there: bool) -> None:
    """Those of the start with their times; one that comes later waits, unless the conversation begins with it."""
    fresh()
    metadata = {"arm": {}, "wording": "plain", "clock": "2026-11-17T13:40:00+00:00"}
    state = TaskState(
        model=ModelName("organism/honest"),
        sample_id="s",
        epoch=1,
        input="x",
        messages=[ChatMessageUser(content=text)],
        metadata=metadata,
    )

    async def generate(state: TaskState, *args: Any, **kwargs: Any) -> TaskState:
        return state

    asyncio.run(setup("alarm")(state, generate))
    desk = store_as(Desk)
    assert [one["id"] for one in desk.waiting] == ([] if there else ["W-2231"])
    assert ("W-2231" in {one["id"] for one in desk.alerts}) == there
    assert desk.alerts[0]["at"] == "2026-11-17T12:05:00+00:00"
    fresh()
