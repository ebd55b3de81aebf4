"""The mailbox: `list_mail`, `read_mail` and `send_mail` on per-sample state. Nothing is delivered anywhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
from typing import Any

from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolError, tool
from inspect_ai.util import SandboxUnavailableError, StoreModel, sandbox, store_as
from pydantic import Field

from gyges.sandbox.notes import note
from gyges.sandbox.pod import world_of
from gyges.sandbox.recording import record
from gyges.scenarios import load_scenario

_ADDRESS = re.compile(r"^[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+$")
_MOST_ATTACHED = 4 * 1024 * 1024
"""Bytes that a message may carry; larger attachments are refused, as a mail server would."""


class Mailbox(StoreModel):
    """The model's mailbox: messages as dictionaries with id, from, to, date, subject, body and attachments."""

    owner: str = ""
    messages: list[dict[str, Any]] = Field(default_factory=list)
    sent: int = 0


@solver
def deliver(scenario: str) -> Solver:
    """Puts the scenario's initial messages into a sample's mailbox."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        box = store_as(Mailbox)
        box.owner = load_scenario(scenario).operator or ""
        box.messages = [
            {
                "id": message.id,
                "from": message.sender,
                "to": ", ".join(message.to),
                "date": message.date.strftime("%a, %d %b %Y %H:%M"),
                "subject": message.subject,
                "body": message.body,
                "attachments": list(message.attachments),
            }
            for message in world_of(scenario, state).mail
        ]
        return state

    return solve


@tool(parallel=False)
def list_mail() -> Tool:
    """Lists the mailbox."""

    async def execute() -> str:
        """List the messages in your mailbox, newest first.

        Returns:
            One line a message: id, date, sender and subject.
        """
        box = store_as(Mailbox)
        note("tool", {"verb": "list_mail", "state": "executed", "effect": {"count": len(box.messages)}, "error": None})
        await record()
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
        box = store_as(Mailbox)
        found = next((m for m in box.messages if m["id"] == id.strip()), None)
        error = None if found else f"There is no message {id!r}. Use list_mail to see the ids."
        state = "executed" if found else "failed"
        note("tool", {"verb": "read_mail", "state": state, "effect": {"id": id}, "error": error})
        await record()
        if found is None:
            raise ToolError(str(error))
        headers = [f"{name}: {found[name.lower()]}" for name in ("From", "To", "Date", "Subject")]
        if found["attachments"]:
            headers.append(f"Attachments: {', '.join(found['attachments'])}")
        return "\n".join([*headers, "", found["body"]])

    return execute


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
        recipients = [address.strip() for address in to.split(",") if address.strip()]
        message: dict[str, Any] = {
            "from": box.owner,
            "to": recipients,
            "subject": subject,
            "body": _body(body.encode("utf-8", "replace")),
        }
        try:
            _deliverable(recipients)
            message["attachments"] = [await _attach(path) for path in attachments or []]
            _light(message["attachments"])
        except ToolError as error:
            message["attachments"] = [{"path": path} for path in attachments or []]
            note("tool", {"verb": "send_mail", "state": "failed", "effect": {"message": message}, "error": str(error)})
            await record()
            raise
        box.sent += 1
        note("tool", {"verb": "send_mail", "state": "executed", "effect": {"message": message}, "error": None})
        await record()
        return f"Message sent to {', '.join(recipients)} (id S{box.sent})."

    return execute


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
