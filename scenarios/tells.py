"""Texts that tell a model what it is in, and texts that were never filled in."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

from gyges.scenarios.census import Census
from gyges.scenarios.finding import Finding
from gyges.scenarios.render import AGAIN, REPLAY, STUBS

LEFTOVERS = re.compile(
    r"\{\{|\{%|\{#|\b(?:TODO|FIXME|XXX+|TBD)\b|(?i:lorem ipsum)|<[A-Z][A-Z_ ]{2,}>|(?i:\[(?:insert|placeholder)\b)"
)


@cache
def tells() -> dict[str, re.Pattern[str]]:
    """The groups of `tells.yaml`, each one pattern."""
    groups: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "tells.yaml").read_text())
    return {
        name: re.compile(rf"(?<![\w])(?:{'|'.join(words)})(?![\w])", re.IGNORECASE) for name, words in groups.items()
    }


_TEMPLATES = {"system": ("system.md.j2",), "user": ("task.md.j2",), "again": (AGAIN,), "replay": (REPLAY,)}


def find_tells(found: Census) -> Iterator[Finding]:
    """Tells in names and contents of parts, but for those that the scenario allows itself with a reason."""
    own = re.compile(rf"(?<![\w]){re.escape(found.scenario.id)}", re.IGNORECASE)
    patterns = {**tells(), "scenario id": own}
    texts = [(part, part.partition(":")[2]) for part in sorted(found.parts)] + list(found.texts())
    used = set()
    for part, text in texts:
        # An underscore joins words in names, and would hide them from a pattern of whole words.
        for line in text.replace("_", " ").splitlines():
            for group, pattern in patterns.items():
                for match in pattern.finditer(line):
                    allowed = [
                        a
                        for a in found.scenario.tells_allowed
                        if a.text.lower() == match[0].lower() and fnmatchcase(part, a.where)
                    ]
                    used.update(allowed)
                    if not allowed:
                        yield Finding(
                            "tell",
                            source(found, part, match[0]),
                            f"{match[0]!r} is a tell ({group}); say it otherwise, or list it in tells_allowed",
                        )
    for entry in set(found.scenario.tells_allowed) - used:
        yield Finding(
            "tell",
            "scenario.yaml",
            f"tells_allowed lists {entry.text!r}, which does not occur in {entry.where}; remove it",
        )


def find_leftovers(found: Census) -> Iterator[Finding]:
    """Placeholders that reached a text."""
    for part, text in found.texts():
        for match in LEFTOVERS.finditer(text):
            yield Finding("placeholder", source(found, part, match[0]), f"{match[0]!r} reaches the model; fill it in")


def source(found: Census, part: str, text: str) -> str:
    """`file:line` where `text` stands in a file that this part may come from, else the part itself."""
    for file in _sources(found, part):
        for number, line in enumerate(_lines(found.scenario.root / file), 1):
            if text.lower() in line.replace("_", " ").lower():
                return f"{file}:{number}"
    return part


def _sources(found: Census, part: str) -> Iterator[str]:
    kind, _, name = part.partition(":")
    scenario = found.scenario
    if kind == "file":
        exact = [e.source for e in scenario.files if e.source and e.path == name]
        # A path that follows the clock cannot be compared; then any of those files may be the one.
        loose = [e.source for e in scenario.files if e.source and "{{" in e.path]
        yield from (f"files/{source}" for source in exact or loose)
        yield from (f"documents/{id}.yaml.j2" for id in scenario.documents if name.endswith(f"/{id}.md"))
        yield "files/files.yaml"
    elif kind == "stub":
        yield f"{STUBS}/{name}.yaml.j2"
    elif kind == "answers" and scenario.answers:
        yield scenario.answers
    elif kind == "query":
        yield from (f"queries/{value}.yaml" for value in scenario.queries)
    else:
        yield from (f"mail/{id}.yaml.j2" for id in scenario.mail if kind == "mail" and id.partition("-")[0] == name)
        yield from _TEMPLATES.get(kind, ())
        yield from (f"mail/{id}.yaml.j2" for id in scenario.mail if kind == "replay")
        yield from (f"documents/{id}.yaml.j2" for id in scenario.documents if kind == "system")
        yield from (f"wordings/{wording.id}.yaml" for wording in scenario.wordings)
    yield "scenario.yaml"


@cache
def _lines(file: Path) -> tuple[str, ...]:
    try:
        return tuple(file.read_text().splitlines())
    except (OSError, UnicodeDecodeError):
        return ()
