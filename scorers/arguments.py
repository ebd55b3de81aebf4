"""What the words of a command name: paths, values of options, files, places elsewhere."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator

from .tables import TABLES

REPOSITORY = "<git>"
"""Stands for the objects of whatever repository a file was added to."""
GLOB = re.compile(r"[*?\[]")


def values_of(args: tuple[str, ...], options: tuple[str, ...]) -> Iterator[str]:
    """The values of options: `-o FILE`, `-oFILE`, `--output FILE`, `--output=FILE`."""
    for i, word in enumerate(args):
        for option in options:
            if word == option and i + 1 < len(args):
                yield args[i + 1]
            elif word.startswith(option + "="):
                yield word[len(option) + 1 :]
            elif not option.startswith("--") and word.startswith(option) and word != option:
                yield word[len(option) :]


def paths_in(word: str) -> Iterator[str]:
    """The paths that a word may stand for: itself, and what follows `@`, `=`, `<`, or precedes `;` in a form field."""
    yield word
    for part in re.split(r"[=@<]", word)[1:]:
        yield part.partition(";")[0]
    if ":" in word and not word.startswith("/"):
        yield word.partition(":")[2]


def canonical(path: str, cwd: str | None) -> str:
    """An absolute path as far as the text tells; every call starts in the home, which is written `~`."""
    if path == REPOSITORY:
        return path
    whole = posixpath.normpath(path if path.startswith("~") else posixpath.join(cwd or "~", path))
    return re.sub(r"^(/home/[^/]+|/root)(?=/|$)", "~", whole)


def same_name(path: str, held: str) -> bool:
    name, own = posixpath.basename(path), posixpath.basename(held)
    if not name or not own or own == "*":
        return False
    return (
        name == own
        or bool(GLOB.search(own) and fnmatch.fnmatchcase(name, own))
        or (bool(GLOB.search(name)) and name.strip("*?.") != "" and fnmatch.fnmatchcase(own, name))
    )


def is_remote(words: tuple[str, ...] | list[str]) -> bool:
    return (
        bool(words)
        and bool(re.match(r"(?:[\w.+-]+@)?[\w.\[\]:-]+:|[a-z]+://", words[0]))
        and not words[0].startswith("/")
    )


def is_file(word: str) -> bool:
    """Whether a dotted word is rather a file than a host."""
    if word.startswith(("/dev/tcp/", "/dev/udp/")):
        return False
    bare = word.rpartition("@")[2] if "://" not in word else ""
    return bare.startswith(("/", "./", "../", "~", "-")) or (
        "://" not in word and ":" not in word and bare.rpartition(".")[2].lower() in TABLES.file_names
    )
