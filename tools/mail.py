"""The mailbox, on per-sample state. Nothing is delivered anywhere; what comes in later is the scenario's own."""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
from datetime import UTC, datetime
from typing import Any

from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolError, tool
from inspect_ai.util import SandboxUnavailableError, StoreModel, sandbox, store_as
from pydantic import Field

from gyges.sandbox.pod import world_of
from gyges.scenarios import load_scenario
from gyges.scenarios.content import After
from gyges.scenarios.render import Mail
from gyges.tools.day import acted, answered, arrived, notice

_ADDRESS = re.compile(r"^[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+$")
_NAMED = re.compile(r"^[^<>@]*<\s*([^<>]+?)\s*>$")
_DATE = "%a, %d %b %Y %H:%M"
_MOST_ATTACHED = 4 * 1024 * 1024
"""Bytes that a message may carry; larger attachments are refused, as a mail server would."""


class Mailbox(StoreModel):
    """The model's mailbox: messages as dictionaries with id, from, to, date, subject, body and attachments."""

    owner: str = ""
    messages: list[dict[str, Any]] = Field(default_factory=list)
    waiting: list[dict[str, Any]] = Field(default_factory=list)
    """Messages that come in later, each with its `after`."""
    unseen: list[str] = Field(default_factory=list)
    """Ids of messages that came in later and that the model has not been shown."""
    sent: int = 0


@solver
def setup(scenario: str) -> Solver:
    """Puts the scenario's messages into a sample's mailbox."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        box = store_as(Mailbox)
        box.owner = load_scenario(scenario).operator or ""
        mail = world_of(scenario, state).mail
        box.messages = [_message(one) for one in mail if one.after is None]
        box.waiting = [_message(one) | {"after": one.after.model_dump()} for one in mail if one.after is not None]
        return state

    return solve


def _message(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "from": mail.sender,
        "to": ", ".join(mail.to),
        "date": mail.date.strftime(_DATE),
        "subject": mail.subject,
        "body": mail.body,
        "attachments": list(mail.attachments),
    }


def unseen() -> set[str]:
    """The messages that have come in and that the model has not been shown."""
    return set(_opened().unseen)


def _opened() -> Mailbox:
    """The mailbox with what has come in since it was last looked into."""
    box = store_as(Mailbox)
    new, rest = arrived(box.waiting)
    if new:
        box.waiting = rest
        box.messages = [*box.messages, *map(_delivered, new)]
        box.unseen = [*box.unseen, *(str(one["id"]) for one in new)]
    return box


def _delivered(message: dict[str, Any]) -> dict[str, Any]:
    """A message that has just come in, as it lies in the mailbox."""
    kept = {name: value for name, value in message.items() if name != "after"}
    subject = _subject(message["subject"], answered(After.model_validate(message["after"])))
    return {**kept, "subject": subject, "date": datetime.now(UTC).strftime(_DATE)}


def _subject(own: str, answers: str) -> str:
    """The subject of a message that answers one of the subject `answers`; `Re:` stands there once."""
    if not own.endswith(":"):
        return own
    return answers if answers.lower().startswith(own.lower()) else f"{own} {answers}".strip()


def _notice() -> str:
    return notice(len(_opened().unseen), "message")


@tool(parallel=False)
def list_mail() -> Tool:
    """Lists the mailbox."""

    async def execute() -> str:
        """List the messages in your mailbox, newest first.

        Returns:
            One line a message: id, date, sender and subject.
        """
        box = _opened()
        box.unseen = []
        await acted("list_mail", {"count": len(box.messages)})
        lines = [f"{m['id']:>4}  {m['date']}  {m['from']}  {m['subject']}" for m in reversed(box.messages)]
        return "\n".join(lines) or "The mailbox is empty."

    return execute


@tool(parallel=False)
def read_mail() -> Tool:
    """Reads one message of the mailbox."""

    async def execute(id: str) -> str:
        """Read a message.

        Args:
            id: The id of the message, as list_mail shows it.

        Returns:
            The message with its headers.
        """
        found, error = _found(id)
        await acted("read_mail", {"id": id}, error=error)
        box = store_as(Mailbox)
        box.unseen = [one for one in box.unseen if one != found["id"]]
        headers = [f"{name}: {found[name.lower()]}" for name in ("From", "To", "Date", "Subject")]
        if found["attachments"]:
            headers.append(f"Attachments: {', '.join(found['attachments'])}")
        return "\n".join([*headers, "", found["body"]]) + _notice()

    return execute


@tool(parallel=False)
def delete_mail() -> Tool:
    """Takes one message out of the mailbox."""

    async def execute(id: str) -> str:
        """Delete a message.

        Args:
            id: The id of the message, as list_mail shows it.

        Returns:
            A confirmation.
        """
        found, error = _found(id)
        await acted("delete_mail", {"id": id.strip()}, error=error)
        box = store_as(Mailbox)
        box.messages = [one for one in box.messages if one["id"] != found["id"]]
        box.unseen = [one for one in box.unseen if one != found["id"]]
        return f"Message {found['id']} is deleted." + _notice()

    return execute


def _found(id: str) -> tuple[dict[str, Any], str | None]:
    """The message with this id, or what the model is told where there is none."""
    found = next((m for m in _opened().messages if m["id"] == id.strip()), None)
    return found or {}, None if found else f"There is no message {id!r}. Use list_mail to see the ids."


@tool(parallel=False)
def send_mail() -> Tool:
    """Sends a message; it is recorded and answered as sent, and goes nowhere."""

    async def execute(to: str, subject: str, body: str, attachments: list[str] | None = None) -> str:
        """Send a message from your mailbox.

        Args:
            to: Address of the recipient; several are separated by commas.
            subject: Subject of the message.
            body: Text of the message.
            attachments: Paths of files to attach.

        Returns:
            A confirmation with the message's id.
        """
        box = store_as(Mailbox)
        recipients = _recipients(to)
        message: dict[str, Any] = {
            "from": box.owner,
            "to": recipients,
            "subject": subject,
            "body": _body(body.encode("utf-8", "replace")),
        }
        error: str | None = None
        try:
            _deliverable(recipients)
            message["attachments"] = [await _attach(path) for path in attachments or []]
            _light(message["attachments"])
        except ToolError as refusal:
            message["attachments"] = [{"path": path} for path in attachments or []]
            error = str(refusal)
        await acted("send_mail", {"message": message}, error=error, to=recipients, subject=subject, text=body)
        box.sent += 1
        return f"Message sent to {', '.join(recipients)} (id S{box.sent})." + _notice()

    return execute


TOOLS = (list_mail, read_mail, send_mail, delete_mail)


def _recipients(to: str) -> list[str]:
    """The bare addresses of `Name <address>, address; ...`; what is none stays as it is, and is refused."""
    parts = [part.strip() for part in re.split(r"[,;]", to) if part.strip()]
    return [match[1] if (match := _NAMED.match(part)) else part for part in parts]


def _deliverable(recipients: list[str]) -> None:
    if not recipients:
        raise ToolError("501 5.1.3 No recipient given.")
    if wrong := [address for address in recipients if not _ADDRESS.match(address)]:
        raise ToolError(f"501 5.1.3 Bad recipient address syntax: {', '.join(wrong)}")


def _light(attachments: list[dict[str, Any]]) -> None:
    if sum(item["body"]["bytes"] for item in attachments) > _MOST_ATTACHED:
        raise ToolError(f"552 5.3.4 Message size exceeds the limit of {_MOST_ATTACHED} bytes.")


async def _attach(path: str) -> dict[str, Any]:
    """A file of the pod as an attachment. It is read as the agent's own user, bounded, and through `base64`,
    for output that is not text does not survive `exec`.
    """
    most = _MOST_ATTACHED + 1
    command = ["bash", "-c", 'set -o pipefail; head -c "$2" -- "$1" | base64 -w0', "bash", path, str(most)]
    try:
        result = await sandbox().exec(command, timeout=20)
        if not result.success:
            raise ToolError(f"{path}: {(result.stderr.strip().splitlines() or ['cannot be read'])[-1]}")
        content = base64.b64decode(result.stdout, validate=True)
    except (TimeoutError, SandboxUnavailableError, ValueError, binascii.Error) as error:
        raise ToolError(f"{path}: cannot be read") from error
    return {"path": path, "name": posixpath.basename(path), "body": _body(content)}


def _body(content: bytes) -> dict[str, Any]:
    return {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "stored": base64.b64encode(content).decode("ascii"),
        "cut": False,
    }
