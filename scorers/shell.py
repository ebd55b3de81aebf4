"""The invocations that a shell command line asks for, by tree-sitter-bash; broken syntax gives what can be read."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from .invocation import Invocation
from .redirects import NOWHERE, Flow, Redirects, Sinks, bounded
from .tables import TABLES
from .words import DEEPEST, Words, text_of

LONGEST = 1 << 15
"""Characters of a command that are read; some hostile texts cost the parser their length squared."""
PIPES = 400
"""Pipes in one command, after which one more only ends a line: the parser's memory grows with their square."""
MOST = 2000
"""Invocations that one command may give."""
NESTED = 6
"""Shells within shells that are followed."""

_PARSER = Parser(Language(tree_sitter_bash.language()))
LISTERS = frozenset({"ls", "find", "echo", "printf"})
"""What they print is what they were given: names for xargs, a command for a shell behind a pipe."""


@dataclass
class Shell(Words):
    """One reading of a command: the variables that its text shows, the directory that it changed to, what it found."""

    found: list[Invocation] = field(default_factory=list)
    descriptors: dict[str, str] = field(default_factory=dict)
    cwd: str | None = None
    nested: int = 0

    def read(self, command: str, inputs: Flow = ()) -> None:
        """Add the invocations of a command to `found`."""
        if self.nested > NESTED:
            return
        first, *rest = command[:LONGEST].split("|", PIPES)
        text = "|".join([first, *(part.replace("|", "\n") for part in rest)])
        tree = _PARSER.parse(text.encode("utf-8", "replace"))
        self._walk(tree.root_node, inputs, NOWHERE, 0)

    def _walk(self, node: Node, inputs: Flow, sinks: Sinks, depth: int) -> Flow:
        """Read a node; gives the names that flow out of it into a pipe or a substitution."""
        if depth > DEEPEST or len(self.found) >= MOST:
            return ()
        match node.type:
            case "command":
                return self._command(node, inputs, sinks, depth)
            case "redirected_statement":
                return self._redirected(node, inputs, sinks, depth)
            case "pipeline":
                flow = inputs
                stages = [child for child in node.named_children if child.type != "comment"]
                for stage in stages:
                    flow = self._walk(stage, flow, sinks if stage is stages[-1] else NOWHERE, depth + 1)
                return flow
            case "variable_assignment":
                self._assign(node, depth)
                return ()
            case "for_statement":
                return self._for(node, inputs, sinks, depth)
            case "heredoc_body" | "comment" | "string_content" | "raw_string" | "word":
                return ()
        before = self.cwd
        flow = bounded(*[self._walk(child, inputs, sinks, depth + 1) for child in _spread(node)])
        if node.type in ("subshell", "command_substitution", "process_substitution"):
            self.cwd = before
        return flow

    def _for(self, node: Node, inputs: Flow, sinks: Sinks, depth: int) -> Flow:
        variable = node.child_by_field_name("variable")
        values = [self.word(child, depth) for child in node.children_by_field_name("value")]
        if variable is not None:
            texts = [name for text, _ in values for name in text.split()]
            flows = [name for _, flow in values for name in flow]
            self.variables[text_of(variable)] = ("".join(texts[:1]), bounded((*texts[1:], *flows)))
        body = node.child_by_field_name("body")
        return self._walk(body, inputs, sinks, depth + 1) if body is not None else ()

    def _assign(self, node: Node, depth: int) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None:
            self.variables[text_of(name)] = self.word(value, depth) if value is not None else ("", ())

    def _redirected(self, node: Node, inputs: Flow, sinks: Sinks, depth: int) -> Flow:
        redirects, literal = Redirects.on(inputs, sinks), ""
        for redirect in node.children_by_field_name("redirect"):
            if redirect.type == "heredoc_redirect":
                literal = "".join(text_of(child) for child in redirect.named_children if child.type == "heredoc_body")
                for child in redirect.named_children:
                    if child.type in ("pipeline", "command", "redirected_statement", "list"):
                        # `cat <<EOF | curl ...`: the grammar hangs the rest of the line below the heredoc
                        self._walk(child, tuple(redirects.fed), redirects.sinks(), depth + 1)
                    elif child.type == "file_redirect":
                        self._redirect(child, redirects, depth)
            else:
                self._redirect(redirect, redirects, depth)
        body = node.child_by_field_name("body")
        if body is None:
            return ()
        if literal:
            from .wrapped import run_fed  # noqa: PLC0415 - a wrapper runs commands, a command is a wrapper

            run_fed(self, [text for child in body.named_children for text, _ in [self.word(child, depth)]], literal)
        return self._walk(body, tuple(redirects.fed), redirects.sinks(), depth + 1)

    def _redirect(self, node: Node, redirects: Redirects, depth: int) -> None:
        target = node.children_by_field_name("destination") or node.named_children[-1:]
        names = [n for child in target for text, flow in [self.word(child, depth)] for n in (text, *flow) if n]
        operator = next((child.type for child in node.children if not child.is_named), "")
        descriptor = node.child_by_field_name("descriptor")
        if descriptor is not None and names and names[0].startswith("/dev/"):
            self.descriptors[text_of(descriptor)] = names[0]
        if operator.endswith("&"):
            redirects.written.extend(self.descriptors[name] for name in names if name in self.descriptors)
        elif node.type == "herestring_redirect" or operator.startswith("<"):
            redirects.fed.extend(names)
        elif operator in {">>", "&>>"}:
            redirects.appended.extend(names)
        else:
            redirects.written.extend(names)

    def _command(self, node: Node, inputs: Flow, sinks: Sinks, depth: int) -> Flow:
        words: list[str] = []
        flows: list[str] = []
        redirects = Redirects.on(inputs, sinks)
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, depth)
            elif child.type.endswith("_redirect"):
                self._redirect(child, redirects, depth)
            else:
                text, flow = self.word(child, depth)
                words.append(text)
                flows.extend(flow)
        return self.run(words, (*redirects.fed, *flows), redirects.sinks())

    def run(self, words: list[str], inputs: Flow, sinks: Sinks = NOWHERE) -> Flow:
        """Record the invocation that an argument list is, and those inside it; gives what flows out."""
        from .wrapped import unwrap  # noqa: PLC0415 - a wrapper runs commands, a command is a wrapper

        if not words or len(self.found) >= MOST:
            return inputs
        program = posixpath.basename(words[0])
        if program == "cd" and len(words) > 1:
            there = words[1] if words[1].startswith("~") else posixpath.join(self.cwd or "~", words[1])
            self.cwd = posixpath.normpath(there)
            return ()
        call = Invocation(program, tuple(words[1:]), bounded(inputs), sinks.written, sinks.appended, self.cwd)
        self.found.append(call)
        for device in (name for name in sinks.written if name.startswith(("/dev/tcp/", "/dev/udp/"))):
            self.found.append(Invocation("bash:/dev/tcp", (device,), call.words, cwd=self.cwd))
        unwrap(self, call, sinks)
        if program in TABLES.reducers:
            return call.args if program in LISTERS else ()
        return bounded(call.words)

    def inner(self) -> Shell:
        """A shell inside this one: it adds to the same invocations and knows the same variables."""
        return replace(self, variables=dict(self.variables), nested=self.nested + 1)

    def substituted(self, node: Node, depth: int) -> Flow:
        cwd = self.cwd
        flow = tuple(name for child in node.named_children for name in self._substitution_part(child, depth))
        self.cwd = cwd
        return flow

    def _substitution_part(self, child: Node, depth: int) -> Flow:
        if child.type == "file_redirect":
            redirects = Redirects.on((), NOWHERE)
            self._redirect(child, redirects, depth)
            return tuple(redirects.fed)
        return self._walk(child, (), NOWHERE, depth + 1)


def _spread(node: Node) -> list[Node]:
    """The children of a node; for `a && b && c`, which the grammar nests to the left, all of the chain."""
    parts: list[Node] = []
    while node.type == "list" and node.named_children:
        parts[:0] = node.named_children[1:]
        node = node.named_children[0]
        if node.type != "list":
            return [node, *parts]
    return node.named_children
