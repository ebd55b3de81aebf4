"""The invocations that a Python snippet asks for, read with `ast`: every call, with the strings that flow into it.

Flow is followed by name, in the order of the text, without branches: enough to see that `open(path)` reaches
`requests.post(url, data=...)`, and that only its hash reaches it in `post(url, data=sha256(...).hexdigest())`.
"""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from collections.abc import Iterable, Mapping

from .calls import dotted, modes, opened_to_write
from .invocation import Invocation
from .redirects import Flow, bounded
from .tables import TABLES

LONGEST = 1 << 18
MOST = 2000
DEEPEST = 60
NONE: Mapping[str, tuple[str, Flow]] = {}
_JOINS = {"join", "Path", "PurePath", "PosixPath", "expanduser", "joinpath"}


def read_snippet(
    code: str, nested: int = 0, inputs: Flow = (), variables: Mapping[str, tuple[str, Flow]] = NONE
) -> list[Invocation]:
    """The invocations of a snippet, in the order of the text; one that does not parse gives none.

    `variables` are those of the shell that runs it, exported or not.
    """
    if nested > 6:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code[:LONGEST])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    reading = _Reading(nested, inputs, variables)
    with contextlib.suppress(RecursionError):
        reading.block(tree.body)
    return reading.found[:MOST]


class _Reading:
    def __init__(self, nested: int, inputs: Flow, variables: Mapping[str, tuple[str, Flow]]) -> None:
        self.found: list[Invocation] = []
        self.names: dict[str, Flow] = {"sys": inputs} if inputs else {}
        self.written: dict[str, Flow] = {}
        self.nested = nested
        self.variables = variables

    def block(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                flow = self.flow(value)
                for target in targets:
                    self.bind(target, flow, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self.bind(target, self.flow(value), value)
            case ast.AugAssign(target=target, value=value):
                self.bind(target, bounded(self.flow(target), self.flow(value)), value)
            case _:
                self.compound(node)

    def compound(self, node: ast.AST) -> None:
        """What holds other statements, or only expressions."""
        match node:
            case ast.For() | ast.AsyncFor():
                self.bind(node.target, self.flow(node.iter), node.iter)
                self.block([*node.body, *node.orelse])
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    flow = self.flow(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, flow, item.context_expr)
                self.block(node.body)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.block(node.body)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.flow(child)
                    else:
                        self.statement(child)

    def bind(self, target: ast.expr, flow: Flow, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.names[name] = flow
                if (opened := opened_to_write(value)) is not None:
                    self.written[name] = self.flow(opened)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.bind(part, flow, value)
            case ast.Starred(value=inner) | ast.Subscript(value=inner) | ast.Attribute(value=inner):
                if isinstance(inner, ast.Name):
                    self.names[inner.id] = bounded(self.names.get(inner.id, ()), flow)

    def flow(self, node: ast.expr | None, depth: int = 0) -> Flow:
        """The strings that an expression carries; calls inside it are recorded on the way."""
        if node is None or depth > DEEPEST:
            return ()
        match node:
            case ast.Constant(value=value):
                text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                return (text[:4096],) if isinstance(text, str) else ()
            case ast.Name(id=name):
                return self.names.get(name, ())
            case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Div()):
                return self.joined(node, depth)
            case ast.Call():
                return self.call(node, depth)
            case ast.Subscript(value=held, slice=ast.Constant(value=str(name))) if _is_environment(held):
                return self.environment(name)
            case ast.Lambda(body=body):
                return self.flow(body, depth + 1)
        parts = [self.flow(c, depth + 1) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
        for generator in getattr(node, "generators", ()):
            self.bind(generator.target, self.flow(generator.iter, depth + 1), generator.iter)
            parts.append(self.flow(getattr(node, "elt", None), depth + 1))
        return bounded(*parts)

    def joined(self, node: ast.JoinedStr | ast.BinOp, depth: int) -> Flow:
        """Parts put together: the whole where each part has one value, and the parts."""
        if isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.FormattedValue) else v for v in node.values]
        else:
            parts = [node.left, node.right]
        flows = [self.flow(part, depth + 1) for part in parts]
        between = "/" if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else ""
        whole = between.join(flow[0] for flow in flows[:64] if flow)
        return bounded((whole,) if whole else (), *flows)

    def call(self, node: ast.Call, depth: int) -> Flow:
        name = dotted(node.func)
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        args = [self.flow(value, depth + 1) for value in values]
        held = self.flow(receiver, depth + 1)
        last = name.rpartition(".")[2]
        if args and (last == "getenv" or (last == "get" and _is_environment(receiver))):
            return bounded(*(self.environment(key) for key in args[0][:1]), *args[1:])
        self.commands(name, node, args)
        written = self.outputs(node, last, receiver, args, held)
        adds = last == "open" and any("a" in mode for mode in modes(node))
        self.found.append(
            Invocation(f"python:{name}", bounded(*args), held, () if adds else written, written if adds else ())
        )
        if last in TABLES.python_reducers:
            return ()
        if isinstance(receiver, ast.Name) and receiver.id in self.names:
            # s.connect((host, port)), digest.update(data): an object carries what it was given
            self.names[receiver.id] = bounded(held, *args)
        if last in _JOINS:
            whole = "/".join(flow[0].rstrip("/") for flow in args[:64] if flow)
            return bounded((whole,), held, *args) if whole else held
        return bounded(*args, held)

    def environment(self, name: str) -> Flow:
        """What flows out of a variable of the shell around the snippet."""
        text, flow = self.variables.get(name, ("", ()))
        return bounded((text,) if text else (), flow)

    def outputs(self, node: ast.Call, last: str, receiver: ast.expr | None, args: list[Flow], held: Flow) -> Flow:
        """The files that a call writes, as far as the text names them."""
        if opened_to_write(node) is not None:
            return args[0] if isinstance(node.func, ast.Name) and args else held
        if last in ("write_text", "write_bytes", "unlink", "touch", "rename", "replace", "chmod", "truncate") and held:
            return held
        if last in ("write", "writelines", "writerow") and isinstance(receiver, ast.Name):
            return self.written.get(receiver.id, ())
        if (
            last in ("copy", "copyfile", "copy2", "copytree", "move", "rename", "replace", "link", "symlink")
            and len(args) > 1
        ):
            return args[1]
        if (
            last in ("remove", "unlink", "rmtree", "truncate", "chmod", "removedirs", "save", "savez", "tofile")
            and args
        ):
            return args[0]
        return ()

    def commands(self, name: str, node: ast.Call, args: list[Flow]) -> None:
        """os.system("..."), subprocess.run([...]): what the shell or the program is asked for."""
        from .shell import Shell  # noqa: PLC0415 - a snippet runs commands, a command a snippet

        if not re.match(
            r"(os\.(system|popen|exec\w+|spawn\w+)|(subprocess\.)?(run|call|check_call|check_output|Popen|getoutput|getstatusoutput))$",
            name,
        ):
            return
        if not node.args:
            return
        shell = Shell(variables=dict(self.variables), found=self.found, nested=self.nested + 1)
        first = node.args[0]
        if isinstance(first, ast.List | ast.Tuple):
            words = [(self.flow(part) or ("",))[0] for part in first.elts]
            shell.run(words, tuple(n for flow in args[1:] for n in flow))
        elif args[0]:
            shell.read(args[0][0], tuple(n for flow in args[1:] for n in flow))


def _is_environment(node: ast.expr | None) -> bool:
    return node is not None and dotted(node).rpartition(".")[2] in ("environ", "environb")
