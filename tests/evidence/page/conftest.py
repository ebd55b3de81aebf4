"""A page as a browser would take it: elements, attributes and text."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gyges.evidence import read_trials, report_on
from gyges.evidence.page.page import page


class Parsed(HTMLParser):
    """The elements of a page in order, their attributes, and the words between them (the style sheet left out)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All words, white space as single blanks."""
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words += [data, " "]


@pytest.fixture
def parsed() -> type[Parsed]:
    """How a browser takes a page."""
    return Parsed


@pytest.fixture
def page_of() -> Callable[..., Parsed]:
    """The page over these logs."""

    def made(*paths: Path, **options: object) -> Parsed:
        reading = read_trials(paths)
        return Parsed(page(report_on(reading), reading, **options))

    return made
