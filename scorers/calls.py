"""What a call in Python source names: its dotted name, and the file that it opens."""

from __future__ import annotations

import ast

WRITES = ("w", "a", "x", "+")
OPENERS = frozenset({"io", "os", "gzip", "bz2", "lzma", "tarfile", "zipfile", "codecs", "builtins"})
"""Modules whose `open` takes the path first."""


def opened_to_write(node: ast.expr) -> ast.expr | None:
    """The expression for the path if a call opens a file to write it."""
    if not isinstance(node, ast.Call) or not any(set(WRITES) & set(mode) for mode in modes(node)):
        return None
    return node.func.value if _is_method(node) and isinstance(node.func, ast.Attribute) else next(iter(node.args), None)


def _is_method(node: ast.Call) -> bool:
    """Whether `open` is a path's own method, which takes the mode first."""
    return isinstance(node.func, ast.Attribute) and dotted(node.func).partition(".")[0] not in OPENERS


def modes(node: ast.Call) -> list[str]:
    """The mode that a call of `open` or the like was given."""
    if dotted(node.func).rpartition(".")[2] not in ("open", "ZipFile"):
        return []
    values = [*node.args[0 if _is_method(node) else 1 :][:1], *(k.value for k in node.keywords if k.arg == "mode")]
    return [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str) and len(v.value) < 6]


def dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts)).strip(".")
