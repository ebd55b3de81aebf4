"""What another wording of a text must hold as it is: template expressions, paths, addresses, tags, names
that a program knows, numbers, code.
"""

import re
from collections import Counter
from collections.abc import Iterable

EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
ENUMERATION = re.compile(r"^\s*(?:[A-Za-z]+ )?\d+[.):]\s", re.MULTILINE)
"""The number of an item in a list says nothing that the text does not."""
PARTICULARS = {
    "mail address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "file path": re.compile(r"(?<![\w.<])(?:~|\.{1,2})?/[\w.@+-]+(?:/[\w.@+-]*)*"),
    "tag": re.compile(r"</?[A-Za-z][^<>\n]*>|\[[^\[\]\n]+\]"),
    "name": re.compile(r"\b[A-Za-z]+(?:_[A-Za-z]+)+\b"),
    "code": re.compile(r"`[^`]+`"),
    "number": re.compile(r"\d+(?:[.,:]\d+)*"),
}


def difference(source: str, candidate: str, markers: Iterable[str] = ()) -> str | None:
    """What `candidate` drops or adds, in words; None where it holds what it must.

    Expressions are counted, for each is filled in where it stands. Of the rest it matters only whether it is there:
    a good paraphrase may name a path twice. `markers` are further texts that must stay where the source has them.
    """
    before, after = Counter(EXPRESSION.findall(source)), Counter(EXPRESSION.findall(candidate))
    for wrong, verb in ((before - after, "drops"), (after - before, "adds")):
        for expression in wrong:
            return f"{verb} the template expression {expression}"
    for kind in PARTICULARS:
        before_, after_ = _found(kind, source), _found(kind, candidate)
        for missing in sorted(before_ - after_):
            return f"drops the {kind} {missing}"
        for new in sorted(after_ - before_):
            return f"adds the {kind} {new}"
    for marker in markers:
        if marker in source and marker not in candidate:
            return f"drops {marker!r}, by which the scenario knows that something was read"
    return None


def _found(kind: str, text: str) -> set[str]:
    plain = ENUMERATION.sub(" ", EXPRESSION.sub(" ", text))
    return {found.rstrip(".") for found in PARTICULARS[kind].findall(plain)}
