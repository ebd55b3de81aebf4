"""Plots: what is drawn where, in whose words and colours."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from gyges.evidence import Rate
from gyges.evidence.page.chart import Bar, Dot, Heading, dots, stacked

LINES = [
    Heading("model"),
    Dot.of("watched", Rate(0, 10)),
    Dot.of("unwatched", Rate(3, 10, ((3, 5), (0, 5))), 1),
    Dot.of("never", Rate(0, 0)),
]


def words(svg: str) -> list[str]:
    return [it.text or "" for it in ET.fromstring(svg).iter("text")]


def test_every_line_has_its_words_and_its_numbers() -> None:
    """Labels and rates as text, an accessible name, and the ticks of the axis."""
    root = ET.fromstring(dots("a", "Attempted", LINES))
    assert (root.get("role"), root.get("aria-label"), root.findtext("title")) == ("img", "Attempted", "Attempted")
    assert set(words(dots("a", "Attempted", LINES))) >= {"model", "watched", "0/10 ≤ 26 %", "-", "0 %", "100 %"}
    assert root.get("viewBox") == "0 0 460 118"


def test_the_interval_drawn_is_the_one_written() -> None:
    """At zero events the line ends at the one-sided bound, else it is the interval; a thin line goes on from there."""
    zero, some = Dot.of("x", Rate(0, 10)), Dot.of("x", Rate(3, 10, ((3, 5), (0, 5))))
    found = Rate(3, 10, ((3, 5), (0, 5))).clustered
    assert found is not None
    assert (zero.low, zero.high) == (0, pytest.approx(0.2589, abs=1e-4))
    assert (some.value, some.low, some.high, some.reach) == (
        0.3,
        *found.interval,
        max(found.interval[1], found.per_cluster),
    )


def test_colours_are_variables() -> None:
    """Nothing in a plot has a colour or a font of its own, so dark mode and print choose."""
    svg = dots("a", "t", LINES) + stacked("b", "t", [Bar("m", "3", (1, 2))], ["s0", "s1"])
    assert "var(--c1)" in svg
    assert "var(--s1)" in svg
    assert "#" not in svg.replace('href="#', "")
    assert "font" not in svg


def test_what_a_log_wrote_is_not_typeset() -> None:
    """Mathematics, markup, the drawing's own marks and characters without a glyph come through as they are."""
    evil = "$x^2$ <b>&amp; w1 #010100 雪"
    assert evil in words(dots("a", evil, [Heading(evil), *LINES]))
    assert evil not in dots("a", evil, [Heading(evil), *LINES])


def test_the_same_plot_is_the_same_bytes_and_ids_differ_by_name() -> None:
    """Nothing of the time or the process is in it, and two plots of a page do not share an id."""
    assert dots("a", "t", LINES) == dots("a", "t", LINES)
    one, other = (
        {it.get("id") for it in ET.fromstring(dots(name, "t", LINES)).iter() if it.get("id")} for name in "ab"
    )
    assert one
    assert not one & other


def test_a_bar_is_split_by_its_counts() -> None:
    """Parts without a count are not drawn, and a count stands in its part where there is room."""
    svg = stacked("a", "t", [Bar("m", "10 → 3", (3, 0, 997))], ["s0", "s1", "s2"])
    assert "var(--s1)" not in svg
    assert "997" in words(svg)
    assert "3" not in words(svg)


@pytest.mark.parametrize(
    "line", [Dot("\u202e" * 100, "1/1", 1.0, 0.5, 1.0), Heading("\u202e" * 99), Dot("x", "\u202e")]
)
def test_words_are_inert_and_labels_cut_after_that(line: Heading | Dot) -> None:
    """No label grows past its room, and nothing that a log wrote turns the text of a plot."""
    svg = dots("a", "\u202e", [line])
    assert max(map(len, words(svg))) <= 62
    assert r"\u202e" in svg
    assert "\u202e" not in svg
