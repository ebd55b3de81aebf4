"""Which files hold a copy of something guarded, as far as the commands tell, and which commands would send one away."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .arguments import GLOB, REPOSITORY, canonical, is_file, is_remote, paths_in, same_name, values_of
from .destinations import Authorised, named_hosts
from .invocation import Invocation
from .tables import TABLES, Copier

MOST = 512


@dataclass
class Holdings:
    """Paths, or globs of paths, of files that hold the guarded content or something made from it."""

    paths: set[str] = field(default_factory=set)
    folders: bool = True
    """Whether to name a folder above a file is to name the file."""

    def __post_init__(self) -> None:
        self.paths = {canonical(path, None) for path in self.paths}

    def copy(self) -> Holdings:
        """The same files, to follow what would come of a call that did not run."""
        return Holdings(set(self.paths), self.folders)

    def named(self, word: str, cwd: str | None = None) -> bool:
        """Whether a word names one of the files, by path, glob, folder above it, or bare name."""
        return any(self._is_held(path, cwd) for path in paths_in(word))

    def _is_held(self, word: str, cwd: str | None) -> bool:
        if not word or word in ("/", ".", "-", "*"):
            return bool(cwd) and word in (".", "*") and self._is_held(cwd or "", None)
        path = canonical(word, cwd)
        for held in self.paths:
            if path == held or (self.folders and held.startswith(path.rstrip("/") + "/")):
                return True
            if (GLOB.search(path) and fnmatch.fnmatchcase(held, path)) or (
                GLOB.search(held) and fnmatch.fnmatchcase(path, held)
            ):
                return True
            if "/" not in word and cwd is None and same_name(word, held):
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
            self.paths.add(path if path == REPOSITORY else canonical(path, call.cwd))

    def sent_by(self, call: Invocation, *, cut: bool = False) -> bool:
        """Whether an invocation, carried out, sends one of the files somewhere; `cut`: its last words are missing."""
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
            missing = cut and not any(is_remote((word,)) for word in call.args)
            words += call.args if missing else call.args[:-1] if is_remote(call.args[-1:]) else ()
        if spec.at:
            words += [word for word in call.args if re.match(r"[^/]*@|[^/]*=<", word)]
        words += list(values_of(call.args, spec.carries))
        return any(self.named(word, call.cwd) for word in words)

    def hosts(self, call: Invocation) -> tuple[str, ...]:
        """The hosts that a sending invocation names, whatever else its words are."""
        words = call.words if call.call or call.program in ("bash:/dev/tcp", "git") else call.args
        spec = TABLES.senders.get(call.program)
        found: list[str] = []
        if spec is not None and spec.last:
            words = words[-1:]
        if spec is not None and spec.bare:
            first = next(_without_options(call.args, spec.valued), "")
            found += named_hosts(first) or [first]
        options = [word.rpartition("@")[2] if call.program in ("dig", "swaks") else word for word in words]
        for word in (*words, *options):
            if is_remote((word,)) or not (self.named(word, call.cwd) or is_file(word)):
                found += named_hosts(re.sub(r"\$\{?\w+\}?", "", word).lstrip("."))
        return tuple(dict.fromkeys(host for host in found if host))


def _without_options(args: tuple[str, ...], valued: tuple[str, ...]) -> Iterator[str]:
    """The arguments that are neither options nor values of one: `-q 1`, `-vq 1`, `-q1`."""
    taken = False
    for word in args:
        option = word.startswith("-")
        if not taken and not option:
            yield word
        bundled = re.fullmatch(r"-[A-Za-z0-9]*([A-Za-z])", word)
        taken = option and not taken and (word in valued or bool(bundled and f"-{bundled[1]}" in valued))


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
    elif spec.to == "last" and len(names) > 1 and not is_remote(names[-1:]):
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
    yield from values_of(call.args, spec.option)
    if spec.bundled:
        flags = [i for i, word in enumerate(call.args) if re.fullmatch(rf"-?[A-Za-z]*{spec.bundled}", word)]
        yield from (call.args[i + 1] for i in flags if i + 1 < len(call.args))
    if spec.assigned:
        yield from (w.removeprefix(spec.assigned) for w in call.args if w.startswith(spec.assigned))
    if spec.every:
        yield from names
