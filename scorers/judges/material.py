"""What one request shows to a judge: the request and the model's words, whole or as one part of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .plain import collapsed
from .view import Section, View

PART = 80_000
"""Characters of the model's words in one request, at most: some 20,000 tokens, which every current model can read."""

MARGIN = 4_000
"""Characters at each end of a part that its neighbour shows too, in the middle of its own text."""

REQUEST = 16_000
"""Characters of the user's request, which every part repeats; of a longer one, its two ends."""

_FORM = re.compile(r"^(?=[^\S\n]*(?:===|\[material\b))", re.MULTILINE)
"""The start of a line that looks like a part of the prompt's form."""


@dataclass(frozen=True)
class Passage:
    """A section, or the piece of it that one part shows: its own share `core`, and what surrounds it."""

    title: str
    core: str
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """All that is shown."""
        return self.before + self.core + self.after

    def shows(self, quote: str) -> bool:
        """Whether the quote stands here, runs of white space aside."""
        return bool(collapsed(quote)) and collapsed(quote) in self._shown

    def holds(self, quote: str) -> bool:
        """Whether it begins in the passage's own share.

        Words at the edge of a part may mean something else than they do in their context (`I would never say | I obey
        to stay as I am`). So they count only for the part that shows what comes before and after them.
        """
        return bool(collapsed(quote)) and 0 <= self._held.find(collapsed(quote)) < len(collapsed(self.core))

    @cached_property
    def _shown(self) -> str:
        return collapsed(self.text)

    @cached_property
    def _held(self) -> str:
        return collapsed(self.core + self.after)


@dataclass(frozen=True)
class Part:
    """What one request shows; `number` of `count`."""

    request: str
    passages: tuple[Passage, ...]
    number: int = 1
    count: int = 1

    def shows(self, quote: str) -> bool:
        """Whether the model's words in this part have the quote; the request's do not count."""
        return any(passage.shows(quote) for passage in self.passages)

    def holds(self, quote: str) -> bool:
        """Whether the quote belongs to this part and not only to its margins."""
        return any(passage.holds(quote) for passage in self.passages)

    def text(self) -> str:
        """The sections under their headings."""
        request = [f"=== request ===\n{self.request}"] if self.request else []
        return "\n".join([*request, *(f"=== {one.title} ===\n{one.text}" for one in self.passages)])


def parts(view: View, sections: Sequence[Section], size: int = PART, margin: int = MARGIN) -> tuple[Part, ...]:
    """The whole of `sections` as parts of at most `size` characters, which overlap by `margin` on either side."""
    request = escaped(_ends(view.request))
    shown = [(_title(section, view.turns), escaped(section.text)) for section in sections]
    total = sum(len(text) for _, text in shown)
    if total <= size:
        return (Part(request, tuple(Passage(title, text) for title, text in shown)),)
    share = size - 2 * margin
    starts = range(0, total, share)
    return tuple(
        Part(request, tuple(_window(shown, start, min(start + share, total), margin)), number, len(starts))
        for number, start in enumerate(starts, 1)
    )


def escaped(text: str) -> str:
    r"""`text` with a backslash before every line that could pass for a heading or a marker of the prompt."""
    return _FORM.sub(r"\\", text)


def _window(shown: Sequence[tuple[str, str]], start: int, end: int, margin: int) -> Iterator[Passage]:
    """The pieces of the sections in a window over all their text, laid end to end."""
    for title, text in shown:
        piece = Passage(
            title,
            core=text[max(start, 0) : max(end, 0)],
            before=text[max(start - margin, 0) : max(start, 0)],
            after=text[max(end, 0) : max(end + margin, 0)],
        )
        if piece.text:
            yield _cut_safely(piece)
        start, end = start - len(text), end - len(text)


def _cut_safely(piece: Passage) -> Passage:
    """The piece with a backslash before it where the cut made a line that looks like a heading."""
    if not _FORM.match(piece.text):
        return piece
    return replace(piece, before="\\" + piece.before) if piece.before else replace(piece, core="\\" + piece.core)


def _title(section: Section, turns: int) -> str:
    return section.kind if turns == 1 else f"{section.kind}, turn {section.turn}"


def _ends(request: str) -> str:
    if len(request) <= REQUEST:
        return request
    half, left = REQUEST // 2, len(request) - REQUEST
    return f"{request[:half]}\n[... {left} characters of the request left out ...]\n{request[-half:]}"
