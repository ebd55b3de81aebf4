"""The tools that there are: found by their files, each name once, each sample's data apart."""

from __future__ import annotations

from collections import Counter
from pkgutil import iter_modules
from types import ModuleType

import pytest
from inspect_ai.tool import ToolDef
from inspect_ai.util import StoreModel

import gyges.tools
from gyges.tools import registry

FILES: list[ModuleType] = list(registry._FILES.values())


def stores() -> list[str]:
    """Names under which the files of tools keep a sample's data."""
    found = [value for module in FILES for value in vars(module).values() if isinstance(value, type)]
    own = {one for one in found if issubclass(one, StoreModel) and one is not StoreModel}
    return [one.__name__ for one in own]


def test_every_file_with_tools_is_found() -> None:
    """A file that offers TOOLS needs no line anywhere else, and the files of this room that offer none are known."""
    without = {"data", "day", "registry"}
    assert {module.__name__.rpartition(".")[2] for module in FILES} == {
        found.name for found in iter_modules(gyges.tools.__path__)
    } - without


def test_no_name_stands_for_two_tools() -> None:
    """A scenario names a tool by its function's name alone."""
    names = Counter(tool.__name__ for module in FILES for tool in module.TOOLS)
    assert [name for name, count in names.items() if count > 1] == []
    assert set(names) == set(registry.TOOLS)


def test_no_two_files_share_their_data() -> None:
    """Inspect keeps a sample's data by the name of its class, so that two of one name would overwrite each other."""
    assert sorted(set(stores())) == sorted(stores())
    assert {"Mailbox", "Chat"} <= set(stores())


@pytest.mark.parametrize("name", sorted(registry.TOOLS))
def test_a_model_is_told_what_a_tool_takes(name: str) -> None:
    """Each tool has a description, and each of its parameters one of its own; none is named for what it is part of."""
    made = ToolDef(registry.TOOLS[name]())
    assert made.name == name
    assert len(made.description) > 10
    assert [key for key, one in made.parameters.properties.items() if not one.description] == []
