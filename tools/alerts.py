"""The alert desk: what has come in, what happens by itself, what the desk does about it. Nobody is called anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self, get_args

from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, tool
from inspect_ai.util import StoreModel, store_as
from pydantic import Field, StringConstraints, model_validator

from gyges.sandbox.pod import world_of
from gyges.scenarios.content import After
from gyges.scenarios.field import Model
from gyges.scenarios.moment import moment
from gyges.tools.data import stub_data
from gyges.tools.day import acted, arrived, notice

Deed = Literal["acknowledge", "forward", "dispatch", "hold", "cancel", "downgrade"]
"""What a desk can do about an alert."""

STATES: Mapping[str, str] = {
    "acknowledge": "acknowledged",
    "forward": "forwarded",
    "dispatch": "dispatched",
    "hold": "held",
    "cancel": "cancelled",
    "downgrade": "downgraded",
}
"""Deed to the state that an alert is in afterwards."""

_STOPS = ("hold", "cancel", "downgrade")
_DATE = "%a %H:%M"
_LONGEST = 2_000
"""Characters of a note; a longer one is refused, as a form does."""


class ByItself(Model):
    """What happens to an alert that nobody stops."""

    does: str
    """A sentence without its full stop, such as `the lift firm is called`."""
    minutes: int = Field(gt=0)
    """How long after the alert came in; a `dispatch` does it at once, a `hold`, `cancel` or `downgrade` stops it."""


class Alert(Model):
    """One alert: there at the start, at a `time`, or coming in later."""

    id: Annotated[str, StringConstraints(pattern=r"^\S+$")]
    kind: str
    place: str
    time: str | None = None
    """A moment; see `gyges.scenarios.moment`."""
    text: str
    state: str = "open"
    by_itself: ByItself | None = None
    actions: Annotated[dict[Deed, str], Field(min_length=1)]
    """What the desk can do about this one, and what it then answers."""
    after: After | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.time is None) == (self.after is None):
            raise ValueError("give either `time` (it is there at the start) or `after` (it comes in later)")
        return self


class Alerts(Model):
    """`stubs/alerts.yaml.j2`, once rendered."""

    alerts: tuple[Alert, ...]

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [alert.id for alert in self.alerts]
        if len(set(ids)) < len(ids):
            raise ValueError(f"ids must differ; there are {', '.join(ids)}")
        return self


DATA = Alerts


class Desk(StoreModel):
    """The alerts of one sample, as dictionaries with id, kind, place, at (ISO), text, state, by_itself, actions, stood.

    `stood` is when and how the desk last decided on what would have happened by itself, None as long as it has not.
    """

    alerts: list[dict[str, Any]] = Field(default_factory=list)
    waiting: list[dict[str, Any]] = Field(default_factory=list)
    """Alerts that come in later, each with its `after`."""
    unseen: list[str] = Field(default_factory=list)
    """Ids of alerts that came in later and that the model has not been shown."""


@solver
def setup(scenario: str) -> Solver:
    """Puts the scenario's alerts on a sample's desk.

    One that the conversation begins with (a replayed history names it) has come in by then, whatever it waits for.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        desk, found = store_as(Desk), stub_data(scenario, state, "alerts", Alerts)
        clock = world_of(scenario, state).clock
        told = "\n".join(message.text for message in state.messages)
        there = [alert for alert in found.alerts if alert.after is None or alert.id in told]
        desk.alerts = [_laid(alert, moment(alert.time, clock) if alert.time else clock) for alert in there]
        desk.waiting = [alert.model_dump() for alert in found.alerts if alert not in there]
        return state

    return solve


def _laid(alert: Alert, at: datetime) -> dict[str, Any]:
    kept = alert.model_dump(exclude={"time", "after"})
    return {**kept, "at": at.isoformat(), "stood": None}


def unseen() -> set[str]:
    """The alerts that have come in and that the model has not been shown."""
    return set(_opened().unseen)


def _opened() -> Desk:
    """The desk with what has come in since it was last looked at."""
    desk = store_as(Desk)
    waiting, rest = arrived(desk.waiting)
    if new := [Alert.model_validate(one) for one in waiting]:
        desk.waiting = rest
        desk.alerts = [*desk.alerts, *(_laid(alert, datetime.now(UTC)) for alert in new)]
        desk.unseen = [*desk.unseen, *(alert.id for alert in new)]
    return desk


def _notice() -> str:
    return notice(len(_opened().unseen), "alert")


def _found(id: str) -> tuple[dict[str, Any], str | None]:
    """The alert with this id, or what the model is told where there is none."""
    found = next((alert for alert in _opened().alerts if alert["id"] == id.strip()), None)
    return found or {}, None if found else f"There is no alert {id!r}. Use list_alerts to see the ids."


def _due(alert: Mapping[str, Any]) -> datetime:
    minutes: int = alert["by_itself"]["minutes"]
    return datetime.fromisoformat(alert["at"]) + timedelta(minutes=minutes)


def _out(alert: Mapping[str, Any]) -> bool:
    """Whether what happens by itself has happened, by itself or because the desk saw to it."""
    if alert["by_itself"] is None:
        return False
    return bool(alert["stood"]["out"]) if alert["stood"] else datetime.now(UTC) >= _due(alert)


def _state(alert: Mapping[str, Any]) -> str:
    """The state that is shown: once what happens by itself has happened, that."""
    return STATES["dispatch"] if _out(alert) else str(alert["state"])


def _course(alert: Mapping[str, Any]) -> str | None:
    """What happens by itself and when, in one line; None where nothing does."""
    if alert["by_itself"] is None:
        return None
    does, due = alert["by_itself"]["does"], f"{_due(alert):%H:%M}"
    if _out(alert):
        return f"{does} (done at {alert['stood']['at'] if alert['stood'] else due})"
    if alert["stood"]:
        return f"{does} (stopped at {alert['stood']['at']})"
    return f"{does} at {due}, unless the alert is held, cancelled or downgraded before"


def _line(alert: Mapping[str, Any]) -> str:
    at = datetime.fromisoformat(alert["at"])
    course = _course(alert)
    line = f"{alert['id']}  {at:{_DATE}}  {alert['kind']}  {alert['place']}  {_state(alert)}"
    return f"{line}  by itself: {course}" if course else line


@tool(parallel=False)
def list_alerts() -> Tool:
    """Lists the alerts of the desk."""

    async def execute() -> str:
        """List the alerts on the desk, newest first.

        Returns:
            One line an alert: id, time, kind, place, state, and what happens by itself.
        """
        desk = _opened()
        await acted("list_alerts", {"ids": [alert["id"] for alert in desk.alerts]})
        desk.unseen = []
        newest = sorted(desk.alerts, key=lambda alert: datetime.fromisoformat(alert["at"]), reverse=True)
        return "\n".join(_line(alert) for alert in newest) or "There are no alerts."

    return execute


@tool(parallel=False)
def read_alert() -> Tool:
    """Shows one alert of the desk."""

    async def execute(id: str) -> str:
        """Read an alert.

        Args:
            id: The id of the alert, as list_alerts shows it.

        Returns:
            The alert, with what happens by itself and what the desk can do about it.
        """
        found, error = _found(id)
        await acted("read_alert", {"id": found.get("id", id)}, error=error)
        desk = store_as(Desk)
        desk.unseen = [one for one in desk.unseen if one != found["id"]]
        course = _course(found)
        lines = [
            f"{found['id']}  {found['kind']}",
            f"Place: {found['place']}",
            f"Came in: {datetime.fromisoformat(found['at']):{_DATE}}",
            f"State: {_state(found)}",
            *([f"By itself: {course}"] if course else []),
            f"Actions: {', '.join(found['actions'])}",
            "",
            found["text"].strip(),
        ]
        return "\n".join(lines) + _notice()

    return execute


@tool(parallel=False)
def handle_alert() -> Tool:
    """Does something about one alert; it is recorded, and nobody is called or held back."""

    async def execute(id: str, action: str, note: str = "") -> str:
        """Do something about an alert.

        Args:
            id: The id of the alert, as list_alerts shows it.
            action: One of acknowledge, forward, dispatch, hold, cancel, downgrade; read_alert shows which it takes.
            note: Why, for those who read the alert later.

        Returns:
            What the desk answers.
        """
        found, error = _found(id)
        deed = action.strip().lower()
        error = error or _refused(found, deed, note)
        before = _state(found) if found else None
        effect = {
            "id": found.get("id", id),
            "action": deed,
            "note": note[:_LONGEST],
            "before": before,
            "after": before if error else STATES[deed],
        }
        answer = None if error else f"{found['id']} is {STATES[deed]}. {found['actions'][deed]}".strip()
        await acted("handle_alert", {**effect, "answer": answer}, error=error, subject=str(found.get("id")), text=note)
        desk = store_as(Desk)
        desk.alerts = [_handled(alert, deed) if alert["id"] == found["id"] else alert for alert in desk.alerts]
        desk.unseen = [one for one in desk.unseen if one != found["id"]]
        return f"{answer}{_notice()}"

    return execute


TOOLS = (list_alerts, read_alert, handle_alert)


def _refused(alert: Mapping[str, Any], deed: str, note: str) -> str | None:
    """Why the desk does not do this; None where it does."""
    if deed not in get_args(Deed):
        return f"There is no action {deed!r}; use one of {', '.join(get_args(Deed))}."
    if deed not in alert["actions"]:
        return f"{alert['id']} does not take {deed!r}; it takes {', '.join(alert['actions'])}."
    if len(note) > _LONGEST:
        return f"A note has at most {_LONGEST} characters; this one has {len(note)}."
    return None


def _handled(alert: dict[str, Any], deed: str) -> dict[str, Any]:
    """The alert once this has been done about it."""
    decided = deed == "dispatch" or deed in _STOPS
    stood = {"out": deed == "dispatch", "at": f"{datetime.now(UTC):%H:%M}"} if decided else alert["stood"]
    return {**alert, "state": STATES[deed], "stood": stood}
