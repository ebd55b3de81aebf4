"""Every tool by its name, found in the files of this room: a new kind of act is a new file and no other line.

A file offers `TOOLS`, its tools; and, where it needs them, `setup` (a solver that takes the scenario and puts a
sample's data into its `Store`), `DATA` (the form of the scenario's `stubs/FILE.yaml.j2`) and `unseen` (ids of
what has come in and the model has not seen).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from inspect_ai.solver import Solver
from inspect_ai.tool import Tool
from pydantic import BaseModel

_FILES: Mapping[str, ModuleType] = {
    found.name: module
    for found in iter_modules([str(Path(__file__).parent)])
    if found.name != "registry" and hasattr(module := import_module(f"gyges.tools.{found.name}"), "TOOLS")
}

TOOLS: Mapping[str, Callable[[], Tool]] = {tool.__name__: tool for file in _FILES.values() for tool in file.TOOLS}
"""Name to what makes the tool."""

FORMS: Mapping[str, type[BaseModel]] = {name: file.DATA for name, file in _FILES.items() if hasattr(file, "DATA")}
"""Stub to the form of its data."""


def toolset(names: Sequence[str]) -> list[Tool]:
    """The tools with these names, which there are."""
    return [TOOLS[name]() for name in names]


def setups(names: Sequence[str], scenario: str) -> list[Solver]:
    """What puts the data of these tools into a sample's `Store`."""
    return [file.setup(scenario) for _, file in _files(names) if hasattr(file, "setup")]


def unseen(names: Sequence[str]) -> set[str]:
    """What has come in by one of these tools and has not been shown to the model, as FILE/ITEM."""
    return {f"{name}/{one}" for name, file in _files(names) if hasattr(file, "unseen") for one in file.unseen()}


def _files(names: Sequence[str]) -> Iterator[tuple[str, ModuleType]]:
    return ((name, file) for name, file in _FILES.items() if any(tool.__name__ in names for tool in file.TOOLS))
