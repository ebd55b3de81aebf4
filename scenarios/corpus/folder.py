"""The folder of one run: its plan, and every answer as it came, so that a run that was killed can go on."""

import fcntl
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gyges.scenarios.corpus.plan import Plan

MANIFEST, ANSWERS = "manifest.json", "answers.jsonl"


class FolderError(ValueError):
    """The folder belongs to something else."""


class Folder:
    """Open for one run at a time; raises FolderError where another run, or anything else, has it."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path, self.plan = path, plan
        path.mkdir(parents=True, exist_ok=True)
        self._claim()
        self._file = (path / ANSWERS).open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._answers = self._read()
        except BlockingIOError as error:
            self._file.close()
            raise FolderError(f"{path}: another process is writing here; wait for it, or choose another -o") from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    async def answer(self, key: str, make: Callable[[], Awaitable[Mapping[str, Any]]]) -> Mapping[str, Any]:
        """What was kept under `key`, or else what `make` gives, which is kept before it is returned."""
        if key not in self._answers:
            made = await make()
            line = json.dumps({"key": key, **made}, ensure_ascii=False) + "\n"
            self._file.write(line.encode())
            self._file.flush()
            self._answers[key] = made
        return self._answers[key]

    def write(self, name: str, text: str) -> Path:
        """A file of the folder, whole or not at all."""
        draft = self.path / f"{name}.draft"
        draft.write_text(text, encoding="utf-8")
        return draft.replace(self.path / name)

    def _claim(self) -> None:
        manifest = self.path / MANIFEST
        if not manifest.exists():
            if found := sorted(file.name for file in self.path.iterdir() if not file.name.endswith(".draft")):
                raise FolderError(f"{self.path} holds {found[0]} and no {MANIFEST}; choose a new or an empty folder")
            self.write(MANIFEST, json.dumps({"plan": self.plan.as_json()}, indent=2) + "\n")
            return
        try:
            theirs = json.loads(manifest.read_text(encoding="utf-8"))["plan"]
        except (ValueError, KeyError, TypeError) as error:
            raise FolderError(f"{manifest} is no manifest of documents; choose another folder") from error
        for name, value in self.plan.as_json().items():
            if theirs.get(name) != value:
                raise FolderError(
                    f"{self.path} belongs to a run with {name} {json.dumps(theirs.get(name))}, and this one has "
                    f"{json.dumps(value)}; choose another folder, or ask for the same"
                )

    def _read(self) -> dict[str, Mapping[str, Any]]:
        """The kept answers; a last line that was cut off is taken away, so that the next begins on its own."""
        self._file.seek(0)
        content = self._file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._file.truncate(len(whole))
        answers = {}
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                answer = json.loads(line)
                answers[answer.pop("key")] = answer
            except (ValueError, KeyError, AttributeError) as error:
                raise FolderError(f"{self.path / ANSWERS}:{number} is damaged; remove that line") from error
        return answers
