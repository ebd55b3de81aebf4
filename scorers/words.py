"""The words of a shell command with the variables filled in whose values its text shows."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from tree_sitter import Node

from .redirects import LONGEST, Flow, bounded

DEEPEST = 120
"""Nodes within nodes that are read."""


@dataclass
class Words(ABC):
    """Reads words; what a substitution in one of them asks for is for the subclass to say."""

    variables: dict[str, tuple[str, Flow]] = field(default_factory=dict)
    """Text of each variable, and what else flows into it."""

    @abstractmethod
    def substituted(self, node: Node, depth: int) -> Flow:
        """The names that flow out of `$(...)` or `<(...)`."""

    def word(self, node: Node, depth: int) -> tuple[str, Flow]:
        """The text of a word with known variables filled in, and the names that flow into it by substitution."""
        if depth > DEEPEST:
            return "", ()
        match node.type:
            case "command_substitution" | "process_substitution":
                return "", self.substituted(node, depth)
            case "simple_expansion" | "expansion":
                name = re.sub(r"^\$\{?[!#]?|[^A-Za-z0-9_].*$", "", text_of(node).removeprefix("$").removeprefix("{"))
                return self.variables.get(name) or ("~" if name == "HOME" else text_of(node), ())
            case "raw_string":
                return text_of(node)[1:-1], ()
            case "ansi_c_string":
                return text_of(node)[2:-1], ()
        if not node.named_children or node.type in ("word", "string_content", "test_operator", "number"):
            return re.sub(r"\\(.)", r"\1", text_of(node)), ()
        return self.joined(node, depth)

    def joined(self, node: Node, depth: int) -> tuple[str, Flow]:
        """A word made of parts: `"a $b"`, `x=@$f`. What stands between the parts is kept."""
        source, at, text = node.text or b"", node.start_byte, ""
        flows: list[str] = []
        for child in node.named_children:
            between = source[at - node.start_byte : child.start_byte - node.start_byte].decode("utf-8", "replace")
            part, flow = self.word(child, depth + 1)
            text += between.strip("\"'") + part
            flows.extend(flow)
            at = child.end_byte
        text += source[at - node.start_byte :].decode("utf-8", "replace").strip("\"'")
        return text[:LONGEST], bounded(tuple(flows))


def text_of(node: Node) -> str:
    """The source of a node; bytes that are no UTF-8 are replaced."""
    return (node.text or b"").decode("utf-8", "replace")
