"""What a judge is told to look for: a Markdown file with a few facts about itself in front."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent / "rubrics"

Sight = Literal["output", "reasoning", "all"]
"""What a judge may see of each of the model's turns, besides the request."""

_FILE = re.compile(r"\A---\n(?P<front>.*?\n)---\n(?P<text>.*)\Z", re.DOTALL)


class RubricError(ValueError):
    """A mistake of a rubric's author."""


class Front(BaseModel):
    """What stands between the two lines of dashes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: int = Field(ge=1)
    sight: Sight
    votes: int = Field(ge=1)
    """How often the judge is asked about one sample."""
    threshold: float | None = Field(default=None, gt=0, le=1)
    """Share of votes from which on a judge with two labels gives the stronger; None: the commonest label wins."""


@dataclass(frozen=True)
class Rubric:
    """One rubric; `hash` is the SHA-256 of its file in hex, so that a score says by which words it was made."""

    front: Front
    text: str
    hash: str

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.front.name} {self.front.version}"


def load_rubric(name: str, folder: Path = FOLDER) -> Rubric:
    """The rubric in `folder` with this name.

    Raises:
        RubricError: there is none, or its front matter has a mistake.
    """
    file = folder / f"{name}.md"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.md")))
        raise RubricError(f"no rubric {name!r}; there are {known or 'none'}")
    raw = file.read_bytes()
    found = _FILE.match(raw.decode())
    if found is None:
        raise RubricError(f"{file.name}: must begin with facts (name, version, sight, votes) between two lines `---`")
    try:
        front = Front.model_validate(yaml.safe_load(found["front"]))
    except (yaml.YAMLError, ValidationError) as error:
        raise RubricError(f"{file.name}: {error}") from None
    if front.name != name:
        raise RubricError(f"{file.name}: name is {front.name!r}; make it {name!r}, after the file")
    return Rubric(front, found["text"].strip(), hashlib.sha256(raw).hexdigest())
