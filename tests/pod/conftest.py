"""A running pod for tests, as a sample gets it.

`pod` is one pod for all tests of a file; a test that wears its pod out takes `new_pod` instead. Both need the images:
`make setup` builds them. Commands run as the agent's user with bash, as a model's would:

    assert pod.run("curl -sS -d a=b https://x.holmgard.net/").returncode == 0
    record = pod.find(kind="http", host="x.holmgard.net")     # waits for it, or fails and says what there was
    assert body(record) == b"a=b"
"""

from __future__ import annotations

import json
import subprocess
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, Model, ModelOutput, ModelUsage, get_model

from gyges.sandbox.provider.pods import Pod as OwnPod
from gyges.sandbox.provider.pods import started

Record = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """A running pod; `agent` and `witness` are the ids of its containers."""

    agent: str
    witness: str
    own: OwnPod
    _seen: list[Record] = field(default_factory=list)

    def run(
        self, command: str, user: str = "ops", timeout: float = 60, input: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a shell command in the agent container and waits for its end."""
        return _docker("exec", "-i", "-u", user, self.agent, "bash", "-c", command, timeout=timeout, input=input)

    def ask(self, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command of the witness, as the harness does."""
        return _docker("exec", "-i", self.witness, "witness", *arguments, input=input)

    def records(self, after: int = -1) -> list[Record]:
        """All that the witness has recorded after record number `after`; only what is new is asked for."""
        self._seen.extend(self.own.records_of("network", len(self._seen) - 1))
        return self._seen[after + 1 :]

    def acts(self) -> list[Record]:
        """All that the supervisor has recorded."""
        return self.own.records_of("processes")

    def find(self, timeout: float = 15, **fields: Any) -> Record:
        """The last record with these fields (None: without one). Waits, for a connection may outlive its command."""
        deadline = time.monotonic() + timeout
        while True:
            records = self.records()
            for record in reversed(records):
                if all(record.get(name) == value for name, value in fields.items()):
                    return record
            if time.monotonic() > deadline:
                like = [shown(r) for r in records if any(r.get(n) == v for n, v in fields.items())]
                raise AssertionError(f"no record with {fields} among\n" + "\n".join(like[-20:]))
            time.sleep(0.1)


def body(record: Mapping[str, Any]) -> bytes:
    """The stored bytes of a record's body; empty where it has none."""
    return b64decode(record["body"]["stored"]) if record["body"] else b""


def shown(record: Mapping[str, Any]) -> str:
    """A record in a line, for a message."""
    hidden = ("prev", "hash", "at", "headers")
    return json.dumps({name: value for name, value in record.items() if name not in hidden})[:300]


@contextmanager
def started_pod() -> Iterator[Pod]:
    """A pod, up and healthy, removed in the end."""
    with started() as own:
        yield Pod(own.agent, own.witness, own)


@pytest.fixture(scope="module")
def pod() -> Iterator[Pod]:
    """One pod for all tests of a file."""
    with started_pod() as pod:
        yield pod


@pytest.fixture
def new_pod() -> Iterator[Callable[[], Pod]]:
    """Starts pods that no other test uses."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(started_pod())


def acting(commands: Sequence[str], before: Callable[[int], None] = lambda _: None) -> Model:
    """A model that runs these commands, one a turn, and stops; `before` is called with the number of each turn."""

    def act(messages: list[ChatMessage], *_: Any) -> ModelOutput:
        turn = sum(message.role == "assistant" for message in messages)
        before(turn)
        if turn < len(commands):
            output = ModelOutput.for_tool_call("mockllm/model", "bash", {"command": commands[turn]})
        else:
            output = ModelOutput.from_content("mockllm/model", "Done.")
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    return get_model("mockllm/model", custom_outputs=act, memoize=False)


def _docker(*arguments: str, timeout: float = 120, input: str | None = None) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = ("docker", *arguments)
    stdin = None if input is not None else subprocess.DEVNULL
    return subprocess.run(
        command,
        stdin=stdin,
        input=input,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
