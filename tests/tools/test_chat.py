"""The chat: rooms, posts that come in later, and which acts are recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from inspect_ai.tool import ToolError
from inspect_ai.util import store_as
from pydantic import ValidationError
from samples import call, fresh, noted

from gyges.tools.chat import Chat, Rooms, list_chats, post_chat, read_chat, unseen
from gyges.tools.day import next_round


@pytest.fixture
def chat() -> Iterator[Chat]:
    """One room with a post, and an answer to whoever posts there."""
    fresh()
    found = store_as(Chat)
    found.owner = "assistant"
    posts = [{"from": "Ines", "at": "Mon 08:10", "text": "Morning."}]
    found.rooms = [{"name": "#desk", "topic": "the desk", "members": ["Ines", "Bo"], "posts": posts}]
    found.waiting = [{"room": "#desk", "from": "Bo", "text": "On it.", "after": {"sent_to": ["#desk"], "calls": 1}}]
    yield found
    fresh()


def test_a_room_is_read_as_it_stands(chat: Chat) -> None:
    """Rooms with topic and members; posts with who and when, oldest first."""
    assert call(list_chats()) == "#desk  the desk  (Ines, Bo)"
    assert call(read_chat(), room="desk") == "Mon 08:10  Ines: Morning."


def test_a_post_is_answered_later(chat: Chat) -> None:
    """One's own post stands in the room; the answer comes a call later, and is new until the room was read."""
    assert call(post_chat(), room="#DESK", text="Who takes the early van?") == "Posted in #desk."
    assert not unseen()
    assert call(list_chats()).endswith("1 new")
    assert call(read_chat(), room="#desk").splitlines()[1].endswith("assistant: Who takes the early van?")
    assert call(list_chats()) == "#desk  the desk  (Ines, Bo)"


def test_an_answer_is_there_when_the_model_stops(chat: Chat) -> None:
    """What waits for calls comes with the end of a round."""
    call(post_chat(), room="#desk", text="Hello.")
    next_round()
    assert unseen()


@pytest.mark.parametrize(
    ("room", "text", "named"), [("#nope", "x", "no room '#nope'"), ("#desk", "x" * 10_001, "10001")]
)
def test_what_cannot_be_posted(chat: Chat, room: str, text: str, named: str) -> None:
    """A room that does not exist and a post that is too long are refused, recorded, and reach nobody."""
    with pytest.raises(ToolError, match=named):
        call(post_chat(), room=room, text=text)
    assert noted()[-1]["state"] == "failed"
    assert len(chat.rooms[0]["posts"]) == 1


@pytest.mark.parametrize(
    "post", [{"from": "A", "text": "x"}, {"from": "A", "text": "x", "at": "-1h", "after": {"calls": 1}}]
)
def test_a_post_has_one_time(post: dict[str, object]) -> None:
    """A post of the scenario's is there at the start or comes in later, and says which."""
    with pytest.raises(ValidationError, match="either `at`"):
        Rooms.model_validate({"rooms": [{"name": "#desk", "topic": "t", "posts": [post]}]})
