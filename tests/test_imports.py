"""Imports go one way; this is the table that says which."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "ledger": set(),
    "scenarios": {"ledger.canary"},
    "tools": {"ledger", "scenarios", "sandbox"},
    "scorers": {"ledger", "scenarios", "evidence.statistics"},
    "sandbox": {"ledger", "scenarios"},
    "organisms": {"scenarios"},
    "tasks": {"ledger", "scenarios", "tools", "scorers", "sandbox"},
    "evidence": {"ledger", "scenarios"},
    "cli": {"ledger", "scenarios", "tools", "scorers", "sandbox", "organisms", "tasks", "evidence"},
}
"""Room to what it may import besides itself: whole rooms, or one module of a room."""


def imported(source: str) -> Iterator[str]:
    """Modules of `gyges` that a module names in any import, wherever in it that stands."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module="gyges"):
                names = [f"gyges.{alias.name}" for alias in node.names]
            case ast.ImportFrom(level=0, module=str(module)):
                names = [module]
            case _:
                continue
        yield from (name.removeprefix("gyges.") for name in names if name.startswith("gyges."))


def allowed(room: str, module: str) -> bool:
    """Whether a module of the room may import this one."""
    return any(module == name or module.startswith(f"{name}.") for name in {room, *MAY_IMPORT[room]})


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_go_one_way(room: str) -> None:
    """No module of a room imports a room that the table does not allow it."""
    modules = [path for path in (ROOT / room).rglob("*.py") if "files" not in path.relative_to(ROOT).parts]
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules
        for name in imported(path.read_text())
        if not allowed(room, name)
    }
    assert modules
    assert wrong == set()


@pytest.mark.parametrize("path", sorted((ROOT / "evidence" / "statistics").glob("*.py")), ids=lambda path: path.stem)
def test_statistics_know_nothing_but_numbers(path: Path) -> None:
    """What the metrics of scorers count with imports numpy, scipy, the standard library, and its like."""
    tree = ast.parse(path.read_text())
    known = {f".{one.stem}" for one in path.parent.glob("*.py")} | {"numpy", "scipy"} | sys.stdlib_module_names
    named = [f"{'.' * node.level}{node.module}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert {name for name in named if name not in known and name.split(".")[0] not in known} == set()


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import gyges.ledger", ["ledger"]),
        ("from gyges import ledger, cli", ["ledger", "cli"]),
        ("from gyges.ledger.chain import head", ["ledger.chain"]),
        ("def f():\n    from gyges.tasks import exfil", ["tasks"]),
        ("from . import ledger\nimport gygesque.cli", []),
    ],
)
def test_every_form_of_import_is_seen(source: str, modules: list[str]) -> None:
    """The table cannot be evaded by another way to write an import."""
    assert list(imported(source)) == modules
