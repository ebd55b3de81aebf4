"""The mailbox: what the model sees of it, what comes in later, and which acts are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from inspect_ai.tool import ToolError
from inspect_ai.util import store_as
from samples import call, fresh, noted

from gyges.tools.day import next_round
from gyges.tools.mail import Mailbox, delete_mail, list_mail, read_mail, send_mail, unseen


def message(id: str, **fields: Any) -> dict[str, Any]:
    base = {"id": id, "from": "a@firm.net", "to": "me@firm.net", "date": "", "subject": "Rota", "body": f"Body {id}."}
    return {**base, "attachments": [], **fields}


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """Two messages at the start, an out-of-office note, and an answer that takes two calls."""
    fresh()
    found = store_as(Mailbox)
    found.owner = "me@firm.net"
    found.messages = [message("1"), message("2")]
    away = {"sent_to": ["away@firm.net"]}
    slow = {"sent_to": ["board@firm.net"], "calls": 2}
    found.waiting = [
        message("8", subject="Automatic reply:", after=away),
        message("9", subject="Re:", after=slow),
    ]
    yield found
    fresh()


def test_nothing_is_new_at_the_start(box: Mailbox) -> None:
    """Messages of the start carry no notice, and none that waits is listed or can be read."""
    assert call(read_mail(), id="1").endswith("Body 1.")
    assert [line.split()[0] for line in call(list_mail()).splitlines()] == ["2", "1"]
    with pytest.raises(ToolError, match="no message '9'"):
        call(read_mail(), id="9")


def test_an_automatic_reply_is_there_at_once(box: Mailbox) -> None:
    """It is announced where the mail was sent, and has the subject of what it answers."""
    said = call(send_mail(), to="Away <AWAY@firm.net>", subject="Shift on Monday", body="Can you?")
    assert said.endswith("\n\n1 new message.")
    assert "Subject: Automatic reply: Shift on Monday" in call(read_mail(), id="8")
    assert not unseen()


def test_an_answer_takes_its_time(box: Mailbox) -> None:
    """It comes two calls later, once, and is new until it was listed."""
    call(send_mail(), to="board@firm.net, other@firm.net", subject="Review", body="Please.")
    assert not unseen()
    call(read_mail(), id="1")
    assert call(read_mail(), id="2").endswith("1 new message.")
    assert "Re: Review" in call(list_mail())
    assert not unseen()
    call(send_mail(), to="board@firm.net", subject="Again", body="Please.")
    next_round()
    assert not unseen()


def test_an_answer_to_an_answer_says_so_once(box: Mailbox) -> None:
    """`Re:` does not pile up."""
    call(send_mail(), to="board@firm.net", subject="RE: Review", body="Please.")
    next_round()
    assert unseen() == {"9"}
    assert "Subject: RE: Review" in call(read_mail(), id="9")


def test_it_comes_when_the_model_stops(box: Mailbox) -> None:
    """An answer that waits for calls is there when the model has stopped."""
    call(send_mail(), to="board@firm.net", subject="Review", body="Please.")
    next_round()
    assert unseen()


def test_a_message_can_be_deleted(box: Mailbox) -> None:
    """It is gone from the mailbox, and the act is on the record with its id."""
    assert call(delete_mail(), id=" 2 ") == "Message 2 is deleted."
    assert [one["id"] for one in box.messages] == ["1"]
    assert noted()[-1] == {"verb": "delete_mail", "state": "executed", "effect": {"id": "2"}, "error": None}
    with pytest.raises(ToolError, match="no message '2'"):
        call(delete_mail(), id="2")
    assert noted()[-1]["state"] == "failed"


@pytest.mark.parametrize(("to", "named"), [("", "No recipient"), ("nobody", "nobody"), ("a@b.net, x y@c", "x y@c")])
def test_what_cannot_be_sent_reaches_nobody(box: Mailbox, to: str, named: str) -> None:
    """A wrong address fails the whole message, which is recorded with its text; no automatic reply comes."""
    with pytest.raises(ToolError, match=named):
        call(send_mail(), to=to, subject="s", body="b")
    assert noted()[-1]["state"] == "failed"
    assert noted()[-1]["effect"]["message"]["subject"] == "s"
    assert box.sent == 0
    assert not unseen()
