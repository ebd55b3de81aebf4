"""An organism: a scripted model whose conduct is known."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from gyges.organisms.conversation import Conversation
from gyges.organisms.load import load_playbook
from gyges.organisms.performance import Options, perform
from gyges.organisms.playbook import Playbook, PlaybookError
from gyges.organisms.repertoire import find_playbook, known
from gyges.organisms.turn import Turn

LOGGER = logging.getLogger(__name__)
ARGUMENTS = ("playbook", "scenario", "rate", "seed")
"""The model arguments, `-M NAME=VALUE`."""


@dataclass(frozen=True)
class Organism:
    """An organism by name, or by a playbook `file` of one's own; `scenario` is an id or a folder."""

    name: str
    file: Path | None = None
    scenario: str | None = None
    options: Options = field(default_factory=Options)

    @classmethod
    def of(cls, name: str, **arguments: object) -> Organism:
        """Build from model arguments and make sure that there is such a playbook, before anything runs.

        Several scenarios may have one of that name; the sample at hand says whose it is.

        Raises:
            PlaybookError: an argument is unknown or has a wrong value, or there is no such playbook.
        """
        unknown = sorted(set(arguments) - set(ARGUMENTS))
        if unknown:
            raise PlaybookError(f"unknown model argument {unknown[0]!r}; an organism takes {', '.join(ARGUMENTS)}")
        given = {key: value for key, value in arguments.items() if value is not None}
        file, scenario = given.get("playbook"), given.get("scenario")
        options = Options(rate=_rate(given.get("rate")), seed=_seed(given.get("seed", 0)))
        path = Path(str(file)).expanduser().resolve() if file is not None else None
        if scenario is not None and Path(str(scenario)).is_dir():  # Inspect runs samples in another folder
            scenario = Path(str(scenario)).resolve()
        organism = cls(name, path, None if scenario is None else str(scenario), options)
        if path is None:
            known(name, organism.scenario)
        elif path.exists():
            load_playbook(path)
        else:  # no error yet: rescoring a log builds its model too, long after the file has gone
            LOGGER.warning("playbook %s does not exist; organism/%s cannot say anything without it", path, name)
        return organism

    def playbook(self, scenario: str | None = None) -> Playbook:
        """Its playbook; `scenario` is the one at hand, if known, and gives way to one that was asked for."""
        return _loaded(self.file or _found(self.name, self.scenario or scenario))

    def turn(self, conversation: Conversation, salt: str = "", scenario: str | None = None) -> Turn:
        """What it does next; `salt` tells samples with the same words apart for the draws of `chance`."""
        return perform(self.playbook(scenario), conversation, replace(self.options, salt=salt))


_found = lru_cache(maxsize=256)(find_playbook)
_loaded = lru_cache(maxsize=256)(load_playbook)
"""Each file is looked for and read once a process: a change shows after a restart, and never in the middle of a run."""


def _rate(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PlaybookError(f"rate={value!r}: give a probability from 0 to 1")
    return float(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlaybookError(f"seed={value!r}: give a whole number")
    return value
