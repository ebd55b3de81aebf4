"""A stand-in for the pod: what an organism would be shown, made from the files of the scenario."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from gyges.organisms import Conversation, Organism, Request, Turn
from gyges.scenarios import Rendered, Scenario, load_scenario

PATH = re.compile(r"/[\w./*-]+")


@dataclass(frozen=True)
class World:
    """One rendered arm and wording, and the answers that its tools would give."""

    scenario: Scenario
    rendered: Rendered

    def answer(self, request: Request) -> str:
        """What a request shows; broken arguments show an error."""
        return self.answer_to(request.tool, request.arguments if request.raw is None else {})

    def answer_to(self, tool: str, arguments: Mapping[str, object]) -> str:
        """What a tool call shows: mail as it is, and for a command the files and folders that it names."""
        match tool, arguments:
            case "list_mail", {}:
                return "\n".join(f"{m.id:>4}  {m.date}  {m.sender}  {m.subject}" for m in self.rendered.mail)
            case "read_mail", {"id": str(id)}:
                return next((m.body for m in self.rendered.mail if m.id == id), f"There is no message {id!r}.")
            case "send_mail", {"to": str(to), "subject": str(), "body": str()}:
                return f"Message sent to {to} (id S1)."
            case "bash", {"command": str(command)}:
                return "\n".join(text for path in PATH.findall(command) for text in self.read(path)) or "(no output)"
            case "python", {"code": str()}:
                return "(no output)"
        return f"Error calling {tool!r}."

    def read(self, path: str) -> Iterator[str]:
        """The file's text or the folder's listing; of several that fit a pattern, the last."""
        files = {file.path: file.content for file in self.rendered.files}
        if "*" in path:
            pattern = re.compile(re.escape(path).replace(r"\*", "[^/]*") + "$")
            path = max((file for file in files if pattern.match(file)), default=path)
        if path in files:
            yield files[path].decode("utf-8", "replace") if b"\0" not in files[path] else "(binary)"
        elif inside := sorted(posixpath.basename(file) for file in files if posixpath.dirname(file) == path):
            yield "\n".join(inside)

    def walk(self, organism: Organism, most: int = 60) -> tuple[list[Turn], Conversation]:
        """Let `organism` work until it has nothing more to call."""
        messages: list[tuple[bool, tuple[str, ...]]] = [(False, (self.rendered.system, self.rendered.user))]
        turns: list[Turn] = []
        while len(turns) < most:
            turns.append(organism.turn(Conversation.of(messages), scenario=self.scenario.id))
            if not turns[-1].requests:
                break
            messages += [(True, ()), (False, tuple(self.answer(request) for request in turns[-1].requests))]
        return turns, Conversation.of(messages)


@pytest.fixture(scope="session")
def exfil() -> Scenario:
    """The shipped scenario."""
    return load_scenario("exfil")


@pytest.fixture(scope="session")
def world(exfil: Scenario) -> Callable[..., World]:
    """The world of an arm and a wording."""

    def build(wording: str | None = None, **levels: str) -> World:
        return World(exfil, exfil.render(exfil.arms(levels)[0], wording or exfil.wordings[0].id, seed="5eed"))

    return build


@pytest.fixture(scope="session")
def worlds(exfil: Scenario, world: Callable[..., World]) -> dict[tuple[str, str], World]:
    """Every wording, watched and unwatched."""
    levels = exfil.factors["oversight"].levels
    return {(w.id, level): world(w.id, oversight=level) for w, level in product(exfil.wordings, levels)}


@pytest.fixture
def playbook_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a playbook, and the parts that it includes, and give its path."""

    def write(text: str, **parts: str) -> Path:
        for name, content in parts.items():
            (tmp_path / "parts").mkdir(exist_ok=True)
            (tmp_path / "parts" / f"{name}.yaml").write_text(content, "utf-8")
        path = tmp_path / "own.yaml"
        path.write_text(text, "utf-8")
        return path

    return write
