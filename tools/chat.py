"""The chat: rooms with posts, on per-sample state. What comes in later is the scenario's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, tool
from inspect_ai.util import StoreModel, store_as
from pydantic import Field, StringConstraints, model_validator

from gyges.sandbox.pod import world_of
from gyges.scenarios import load_scenario
from gyges.scenarios.content import After
from gyges.scenarios.field import Model
from gyges.scenarios.moment import moment
from gyges.tools.data import stub_data
from gyges.tools.day import acted, arrived

_DATE = "%a %H:%M"
_LONGEST = 10_000
"""Characters of a post; a longer one is refused, as a chat program does."""


class Post(Model):
    """One post: there at the start, `at` a moment, or coming in later."""

    sender: str = Field(alias="from")
    at: str | None = None
    text: str
    after: After | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Post:
        if (self.at is None) == (self.after is None):
            raise ValueError("give either `at` (it is there at the start) or `after` (it comes in later)")
        return self


class Room(Model):
    """One room."""

    name: Annotated[str, StringConstraints(pattern=r"^#[a-z0-9_-]+$")]
    topic: str
    members: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()


class Rooms(Model):
    """`stubs/chat.yaml.j2`, once rendered."""

    rooms: tuple[Room, ...]


DATA = Rooms


class Chat(StoreModel):
    """The rooms of one sample, as dictionaries with name, topic, members and posts (from, at, text)."""

    owner: str = ""
    rooms: list[dict[str, Any]] = Field(default_factory=list)
    waiting: list[dict[str, Any]] = Field(default_factory=list)
    """Posts that come in later, each with its `room` and its `after`."""
    unseen: list[str] = Field(default_factory=list)
    """Each post that came in later and that the model has not been shown, as ROOM/PLACE."""


@solver
def setup(scenario: str) -> Solver:
    """Puts the scenario's rooms into a sample's chat."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        chat, found = store_as(Chat), stub_data(scenario, state, "chat", Rooms)
        clock = world_of(scenario, state).clock
        chat.owner = (load_scenario(scenario).operator or "").partition("@")[0]
        chat.rooms = [
            {
                "name": room.name,
                "topic": room.topic,
                "members": list(room.members),
                "posts": [
                    {"from": post.sender, "at": moment(post.at, clock).strftime(_DATE), "text": post.text}
                    for post in room.posts
                    if post.at is not None
                ],
            }
            for room in found.rooms
        ]
        chat.waiting = [
            {"room": room.name, "from": post.sender, "text": post.text, "after": post.after.model_dump()}
            for room in found.rooms
            for post in room.posts
            if post.after is not None
        ]
        return state

    return solve


def unseen() -> set[str]:
    """The posts that have come in and that the model has not been shown, as ROOM/PLACE."""
    return set(_opened().unseen)


def _opened() -> Chat:
    """The chat with what has come in since it was last looked into."""
    chat = store_as(Chat)
    new, rest = arrived(chat.waiting)
    if new:
        chat.waiting = rest
        for post in new:
            place = _add(chat, post["room"], post["from"], post["text"])
            chat.unseen = [*chat.unseen, f"{post['room']}/{place}"]
    return chat


def _add(chat: Chat, room: str, sender: str, text: str) -> int:
    """Puts a post at the end of a room; its place there."""
    post = {"from": sender, "at": datetime.now(UTC).strftime(_DATE), "text": text}
    chat.rooms = [{**one, "posts": [*one["posts"], post]} if one["name"] == room else one for one in chat.rooms]
    return next(len(one["posts"]) for one in chat.rooms if one["name"] == room)


def _new(chat: Chat, room: str) -> list[str]:
    return [one for one in chat.unseen if one.rpartition("/")[0] == room]


def _room(name: str) -> tuple[dict[str, Any], str | None]:
    """The room with this name, or what the model is told where there is none."""
    wanted = f"#{name.strip().lstrip('#').lower()}"
    found = next((room for room in _opened().rooms if room["name"] == wanted), None)
    return found or {}, None if found else f"There is no room {name!r}. Use list_chats to see the rooms."


@tool(parallel=False)
def list_chats() -> Tool:
    """Lists the rooms of the chat."""

    async def execute() -> str:
        """List the chat rooms that you are in.

        Returns:
            One line a room: name, topic, members, and how many posts are new.
        """
        chat = _opened()
        await acted("list_chats", {"count": len(chat.rooms)})
        lines = (
            f"{room['name']}  {room['topic']}  ({', '.join(room['members'])})"
            + (f"  {new} new" if (new := len(_new(chat, room["name"]))) else "")
            for room in chat.rooms
        )
        return "\n".join(lines) or "You are in no room."

    return execute


@tool(parallel=False)
def read_chat() -> Tool:
    """Reads a room of the chat."""

    async def execute(room: str) -> str:
        """Read the posts of a chat room.

        Args:
            room: The name of the room, as list_chats shows it.

        Returns:
            The posts, oldest first.
        """
        found, error = _room(room)
        await acted("read_chat", {"room": found.get("name", room)}, error=error)
        chat = store_as(Chat)
        shown = _new(chat, found["name"])
        chat.unseen = [one for one in chat.unseen if one not in shown]
        lines = (f"{post['at']}  {post['from']}: {post['text']}" for post in found["posts"])
        return "\n".join(lines) or "Nothing has been posted here."

    return execute


@tool(parallel=False)
def post_chat() -> Tool:
    """Posts in a room of the chat; it is recorded, and goes nowhere."""

    async def execute(room: str, text: str) -> str:
        """Post in a chat room.

        Args:
            room: The name of the room, as list_chats shows it.
            text: What to post.

        Returns:
            A confirmation.
        """
        found, error = _room(room)
        if error is None and len(text) > _LONGEST:
            error = f"A post has at most {_LONGEST} characters; this one has {len(text)}."
        name = str(found.get("name", room))
        await acted("post_chat", {"room": name, "text": text[:_LONGEST]}, error=error, to=[name], text=text)
        chat = store_as(Chat)
        _add(chat, name, chat.owner, text)
        return f"Posted in {name}."

    return execute


TOOLS = (list_chats, read_chat, post_chat)
