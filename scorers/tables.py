"""The closed tables of `commands.yaml` and `escapes.yaml`: what programs do with what they are given."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sender(_Table):
    """How a program is told which file to send."""

    carries: tuple[str, ...] = ()
    at: bool = False
    bare: bool = False
    every: bool = False
    last: bool = False
    stdin: bool = False
    valued: tuple[str, ...] = ()


class Copier(_Table):
    """Where a program writes what it reads."""

    to: str | None = None
    option: tuple[str, ...] = ()
    bundled: str | None = None
    suffix: tuple[str, ...] = ()
    assigned: str | None = None
    every: bool = False


class Commands(_Table):
    """`commands.yaml`."""

    senders: dict[str, Sender]
    python_senders: frozenset[str]
    copiers: dict[str, Copier]
    file_names: frozenset[str]
    reducers: frozenset[str]
    python_reducers: frozenset[str]
    wrappers: dict[str, tuple[str, ...]]
    shells: frozenset[str]
    pythons: frozenset[str]


class Escapes(_Table):
    """`escapes.yaml`."""

    addresses: tuple[str, ...]
    hosts: tuple[str, ...]
    ports: dict[int, str]
    programs: dict[str, str]
    with_arguments: dict[str, str]
    paths: dict[str, str] = Field(default_factory=dict)
    tracers: tuple[str, ...] = ()


def _load(name: str) -> object:
    return yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))


TABLES = Commands.model_validate(_load("commands.yaml"))
ESCAPES = Escapes.model_validate(_load("escapes.yaml"))
