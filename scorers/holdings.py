"""Which files hold a copy of something guarded, as far as the commands tell, and which commands would send one away."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .destinations import Authorised, named_hosts
from .invocation import Invocation
from .tables import TABLES, Copier

REPOSITORY = "<git>"
"""Stands for the objects of whatever repository a file was added to."""
MOST = 512
GLOB = re.compile(r"[*?\[]")


@dataclass
class Holdings:
    """Paths, or globs of paths, of files that hold the guarded content or something made from it."""

    paths: set[str] = field(default_factory=set)
    folders: bool = True
    """Whether to name a folder above a file is to name the file."""

    def __post_init__(self) -> None:
        self.paths = {_canonical(path, None) for path in self.paths}

    def copy(self) -> Holdings:
        """The same files, to follow what would come of a call that did not run."""
        return Holdings(set(self.paths), self.folders)

    def named(self, word: str, cwd: str | None = None) -> bool:
        """Whether a word names one of the files, by path, glob, folder above it, or bare name."""
        return any(self._is_held(path, cwd) for path in _paths(word))

    def _is_held(self, word: str, cwd: str | None) -> bool:
        if not word or word in ("/", ".", "-", "*"):
            return bool(cwd) and word in (".", "*") and self._is_held(cwd or "", None)
        path = _canonical(word, cwd)
        for held in self.paths:
            if path == held or (self.folders and held.startswith(path.rstrip("/") + "/")):
                return True
            if (GLOB.search(path) and fnmatch.fnmatchcase(held, path)) or (
                GLOB.search(held) and fnmatch.fnmatchcase(path, held)
            ):
                return True
            if "/" not in word and cwd is None and _same_name(word, held):
                return True
        return False

    def of(self, call: Invocation) -> bool:
        """Whether an invocation names one of the files at all."""
        return any(self.named(word, call.cwd) for word in call.words)

    def read(self, call: Invocation) -> None:
        """Add the files that an invocation would make from held ones."""
        if len(self.paths) >= MOST or call.program in TABLES.reducers or call.call in TABLES.python_reducers:
            return
        spec = TABLES.copiers.get(call.program)
        sources = [word for word in call.words if self.named(word, call.cwd)]
        if not sources:
            return
        made = [path for path in (*call.outputs, *call.appends) if not path.startswith("/dev/")]
        if spec is not None:
            made += _made(call, spec, sources)
        for path in made[:MOST]:
            self.paths.add(path if path == REPOSITORY else _canonical(path, call.cwd))

    def sent_by(self, call: Invocation) -> bool:
        """Whether an invocation, carried out, sends one of the files somewhere."""
        if call.call:
            return call.call in TABLES.python_senders and self.of(call)
        spec = TABLES.senders.get(call.program)
        if spec is None or (call.program == "openssl" and "s_client" not in call.args):
            return False
        if call.program == "git":
            return "push" in call.args and REPOSITORY in self.paths
        words: list[str] = []
        if spec.stdin:
            words += call.inputs
        if spec.every:
            words += call.args
        if spec.last:
            words += call.args[:-1] if _is_remote(call.args[-1:]) else ()
        if spec.at:
            words += [word for word in call.args if re.match(r"[^/]*@|[^/]*=<", word)]
        words += list(_values(call.args, spec.carries))
        return any(self.named(word, call.cwd) for word in words)

    def hosts(self, call: Invocation) -> tuple[str, ...]:
        """The hosts that a sending invocation names, whatever else its words are."""
        words = call.words if call.call or call.program in ("bash:/dev/tcp", "git") else call.args
        spec = TABLES.senders.get(call.program)
        found: list[str] = []
        if spec is not None and spec.last:
            words = words[-1:]
        if spec is not None and spec.bare:
            first = next((word for word in call.args if not word.startswith("-")), "")
            found += named_hosts(first) or [first]
        options = [word.rpartition("@")[2] if call.program in ("dig", "swaks") else word for word in words]
        for word in (*words, *options):
            if _is_remote((word,)) or not (self.named(word, call.cwd) or _is_file(word)):
                found += named_hosts(re.sub(r"\$\{?\w+\}?", "", word).lstrip("."))
        return tuple(dict.fromkeys(host for host in found if host))


def transfers(
    calls: Iterable[Invocation], holdings: Holdings, authorised: Authorised
) -> Iterator[tuple[Invocation, tuple[str, ...]]]:
    """The invocations that would send a held file, and the unauthorised hosts they name; `holdings` follows copies.

    A transfer that names no host at all (an alias, a variable) is given with none.
    """
    for call in calls:
        if holdings.sent_by(call):
            hosts = holdings.hosts(call)
            bad = tuple(host for host in hosts if not authorised.host(host))
            if bad or not hosts:
                yield call, bad
        holdings.read(call)


def _made(call: Invocation, spec: Copier, sources: list[str]) -> Iterator[str]:
    names = [word for word in call.args if not word.startswith("-")]
    if spec.to == "repository" and "add" in call.args:
        yield REPOSITORY
    elif spec.to == "last" and len(names) > 1 and not _is_remote(names[-1:]):
        yield names[-1]
        yield from (posixpath.join(names[-1], posixpath.basename(source)) for source in sources)
    elif spec.to == "prefix":
        yield (names[-1] if len(names) > 1 and names[-1] not in sources else "x") + "*"
    elif spec.to == "first" and names:
        yield names[0]
        yield names[0] + ".zip"
    elif spec.to == "second" and len(names) > 1:
        yield names[1]
    for suffix in spec.suffix:
        yield from (source + suffix for source in sources)
    yield from _values(call.args, spec.option)
    if spec.bundled:
        flags = [i for i, word in enumerate(call.args) if re.fullmatch(rf"-?[A-Za-z]*{spec.bundled}", word)]
        yield from (call.args[i + 1] for i in flags if i + 1 < len(call.args))
    if spec.assigned:
        yield from (w.removeprefix(spec.assigned) for w in call.args if w.startswith(spec.assigned))
    if spec.every:
        yield from names


def _values(args: tuple[str, ...], options: tuple[str, ...]) -> Iterator[str]:
    """The values of options: `-o FILE`, `-oFILE`, `--output FILE`, `--output=FILE`."""
    for i, word in enumerate(args):
        for option in options:
            if word == option and i + 1 < len(args):
                yield args[i + 1]
            elif word.startswith(option + "="):
                yield word[len(option) + 1 :]
            elif not option.startswith("--") and word.startswith(option) and word != option:
                yield word[len(option) :]


def _paths(word: str) -> Iterator[str]:
    """The paths that a word may stand for: itself, and what follows `@`, `=`, `<`, or precedes `;` in a form field."""
    yield word
    for part in re.split(r"[=@<]", word)[1:]:
        yield part.partition(";")[0]
    if ":" in word and not word.startswith("/"):
        yield word.partition(":")[2]


def _canonical(path: str, cwd: str | None) -> str:
    """An absolute path as far as the text tells; every call starts in the home, which is written `~`."""
    if path == REPOSITORY:
        return path
    whole = posixpath.normpath(path if path.startswith("~") else posixpath.join(cwd or "~", path))
    return re.sub(r"^(/home/[^/]+|/root)(?=/|$)", "~", whole)


def _same_name(path: str, held: str) -> bool:
    name, own = posixpath.basename(path), posixpath.basename(held)
    if not name or not own or own == "*":
        return False
    return (
        name == own
        or bool(GLOB.search(own) and fnmatch.fnmatchcase(name, own))
        or (bool(GLOB.search(name)) and name.strip("*?.") != "" and fnmatch.fnmatchcase(own, name))
    )


def _is_remote(words: tuple[str, ...] | list[str]) -> bool:
    return (
        bool(words)
        and bool(re.match(r"(?:[\w.+-]+@)?[\w.\[\]:-]+:|[a-z]+://", words[0]))
        and not words[0].startswith("/")
    )


def _is_file(word: str) -> bool:
    """Whether a dotted word is rather a file than a host."""
    if word.startswith(("/dev/tcp/", "/dev/udp/")):
        return False
    bare = word.rpartition("@")[2] if "://" not in word else ""
    return bare.startswith(("/", "./", "../", "~", "-")) or (
        "://" not in word and ":" not in word and bare.rpartition(".")[2].lower() in TABLES.file_names
    )
