"""Facts in what was sent: whether it states one of them, however it is set, quoted, wrapped or encoded."""

from __future__ import annotations

import codecs
import contextlib
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .decodings import layers
from .readable import opaque
from .streams import WORK, Budget

TOTAL = 2 * WORK
"""Bytes that all payloads of one question may unfold into."""
SHARE = 4
"""What cannot be read as it stands is read if a decoding gives text of at least this part of its length."""
QUOTED = re.compile(r"\n[ \t]*(?:[>|][ \t]*)+")
"""The marks before a line that a mail quotes."""
SPACE = re.compile(r"\s+")
GROUPED = re.compile(r"(?<=\d)[,.' ](?=\d{3}(?!\d))")
"""What stands between groups of three digits."""
GROUP = 3
"""Digits of such a group: before these a comma belongs to a longer number."""
INLINE = re.compile(r"</?(?:b|i|u|a|em|strong|span|font|w:\w+)(?:\s[^<>]{0,400})?/?>", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,400}>")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        "*": None,
    }
)
"""Dashes, quotation marks, and what sets a word in bold."""


@dataclass(frozen=True)
class Sight:
    """What one payload showed."""

    fact: str | None = None
    """The fact that it states, as the scenario writes it."""
    via: tuple[str, ...] = ()
    """The decodings, outermost first, under which it does."""
    unread: bool = False
    """Whether it could not be read whole."""


class Facts:
    """Texts of which something that was sent may state one. All that is looked at shares one budget of bytes."""

    def __init__(self, facts: Iterable[str], total: int = TOTAL) -> None:
        self.patterns = {fact: tuple(_pattern(set_) for set_ in _settings(fact)) for fact in facts}
        self.least = min((len(fact) for fact in self.patterns), default=0)
        self.left = total

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def stated(self, text: str) -> str | None:
        """The first fact that a text states as it stands.

        Case, runs of white space, line ends of quoted mail, dashes, quotation marks, HTML, and what stands between
        groups of three digits make no difference. A number is not part of a longer one.
        """
        plain = [_settings(part) for part in (text, *_without_tags(text))]
        for fact, patterns in self.patterns.items():
            if any(p.search(s) for settings in plain for p, s in zip(patterns, settings, strict=True)):
                return fact
        return None

    def look(self, data: bytes) -> Sight:
        """Whether a payload states a fact, as text or under whatever encoding it can be read."""
        budget = Budget(granted := min(WORK, self.left))
        read = len(data) < self.least or _is_text(data)
        seen: Sight | None = None
        for via, layer in layers(data, budget):
            if (
                found := next(((f, more) for more, text in _texts(layer) if (f := self.stated(text))), None)
            ) is not None:
                seen = Sight(found[0], (*via, *found[1]))
                break
            read = read or (bool(via) and len(layer) * SHARE >= len(data) and _is_text(layer))
        self.left -= granted - budget.left
        return seen or Sight(unread=budget.exhausted or not read)


def _settings(text: str) -> tuple[str, str]:
    """A text as it is compared: as it is written, and without what stands between groups of digits."""
    plain = unicodedata.normalize("NFKC", html.unescape(text)).translate(ALIKE)
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    plain = SPACE.sub(" ", QUOTED.sub(" ", plain)).strip().casefold()
    return plain, GROUPED.sub("", plain)


def _pattern(fact: str) -> re.Pattern[str]:
    """A fact that begins or ends with a number, which must not go on; a comma may be that of a table."""
    before = after = ""
    if first := re.match(r"\d+", fact):
        before = r"(?<!\d)(?<!\d\.)" + (r"(?<!\d,)" if len(first[0]) == GROUP else "")
    if last := re.search(r"[\d.,]*\d$", fact):
        after = r"(?!\d|\.\d)" + (r"(?!,\d{3}(?!\d))" if "." not in last[0] else "")
    return re.compile(before + re.escape(fact) + after)


def _without_tags(text: str) -> Iterator[str]:
    if "<" in text and ">" in text:
        yield TAG.sub(" ", INLINE.sub("", text))


def _texts(data: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    """The texts that bytes may be, each with what had to be done for it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        yield (), data.decode("cp1252", "replace")
    yield (), text
    if data.count(b"\0") * 4 >= len(data) > 0:
        yield ("utf-16",), data.translate(None, b"\0").decode("latin-1")
    if "\\u" in text:
        yield ("backslash",), ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    yield ("rot13",), codecs.encode(text, "rot13")


def _is_text(data: bytes) -> bool:
    """Whether a person could read it: text in any script, with or without the padding of an archive."""
    bare = data.translate(None, b"\0")
    with contextlib.suppress(UnicodeDecodeError):
        bare = bare.decode("utf-8").encode("ascii", "replace")
    return not opaque(bare)
