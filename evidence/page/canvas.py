"""An SVG drawing by matplotlib that fits into a page: its colours and its words are put in after it is drawn.

matplotlib is given marks in place of words, so what a log wrote is neither typeset, nor taken for mathematics, nor does
it change a layout; and colours that stand for CSS variables, so that dark mode and print can choose their own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from gyges.evidence.inert import inert

INKS = ("ink", "soft", "line", "thin", "c0", "c1", "c2", "c3", "s0", "s1", "s2", "s3", "s4", "s5")
"""Colours of `page.css`, there `--NAME`, by place in the stand-ins `#0101NN`."""

SHAPES = ("o", "s", "^", "D")
"""Marks, one a colour, so that neither is told by its colour alone."""

_DPI = 72  # a point is a pixel
_NAMESPACE = re.compile(r"\{[^}]*\}")
_STAND_IN = re.compile(r"#0101([0-9a-f]{2})")
_BARE = {"Date": None, "Creator": None, "Format": None, "Type": None}

Side = Literal["left", "center", "right"]


class Canvas:
    """A drawing of so many pixels; x grows to the right and y downwards."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._words: dict[str, tuple[str, str]] = {}
        with mpl.rc_context(_style("")):
            self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
            FigureCanvasSVG(self._figure)
            self._axes: Axes = self._figure.add_axes((0, 0, 1, 1))
            self._axes.set_xlim(0, width)
            self._axes.set_ylim(height, 0)
            self._axes.axis("off")
        self._figure.patch.set_visible(False)

    def line(self, x: tuple[float, float], y: tuple[float, float], ink: str, width: float = 1, over: float = 2) -> None:
        self._axes.plot(x, y, color=_stand_in(ink), lw=width, solid_capstyle="butt", clip_on=False, zorder=over)

    def mark(self, x: float, y: float, nth: int) -> None:
        """The nth mark, in its shape and colour."""
        self._axes.plot(
            [x],
            [y],
            marker=SHAPES[nth % len(SHAPES)],
            markersize=8,
            markerfacecolor=_stand_in(f"c{nth % len(SHAPES)}"),
            markeredgecolor=_stand_in("line"),
            markeredgewidth=1,
            linestyle="none",
            clip_on=False,
            zorder=4,
        )

    def bar(self, x: float, y: float, width: float, height: float, ink: str) -> None:
        self._axes.barh(
            [y],
            [width],
            left=[x],
            height=height,
            color=_stand_in(ink),
            edgecolor=_stand_in("line"),
            linewidth=1,
            clip_on=False,
        )

    def word(self, x: float, y: float, text: str, side: Side = "left", kind: str = "label") -> None:
        """`text` on the baseline y; `kind` is its class in `page.css`."""
        mark = f"w{len(self._words)}"
        self._words[mark] = (inert(text), kind)
        self._axes.text(x, y, mark, ha=side, va="baseline", parse_math=False, clip_on=False)

    def svg(self, name: str, title: str) -> Markup:
        """The drawing as an element to stand in HTML; `name` begins the ids within, and is to be unique in the page."""
        file = io.StringIO()
        with mpl.rc_context(_style(name)):
            self._figure.savefig(file, format="svg", metadata=_BARE)
        drawn = _STAND_IN.sub(lambda found: f"var(--{INKS[int(found[1], 16)]})", file.getvalue())
        root = ET.fromstring(drawn)  # noqa: S314 - by matplotlib, and there are no outside words in it yet
        clean = ET.Element("svg", viewBox=f"0 0 {self.width:g} {self.height:g}", role="img")
        clean.set("width", f"{self.width:g}")
        clean.set("class", "chart")
        clean.set("aria-label", inert(title))
        ET.SubElement(clean, "title").text = inert(title)
        names = {id: f"{name}-{nth}" for nth, id in enumerate(_targets(root))}
        for child in root:
            _copy(child, clean, names, self._words)
        return Markup(ET.tostring(clean, encoding="unicode"))  # noqa: S704 - written by ElementTree, which escapes


def _style(salt: str) -> dict[Any, Any]:
    return {"svg.fonttype": "none", "svg.hashsalt": f"gyges {salt}", "text.usetex": False, "text.parse_math": False}


def _stand_in(ink: str) -> str:
    return f"#0101{INKS.index(ink):02x}"


def _targets(root: ET.Element) -> Iterator[str]:
    """Ids that something in the drawing refers to; the others are matplotlib's names of its parts."""
    for element in root.iter():
        yield from (value[1:] for name, value in element.items() if name.endswith("href"))


def _copy(
    it: ET.Element,
    parent: ET.Element,
    names: Mapping[str, str],
    words: Mapping[str, tuple[str, str]],
) -> None:
    """The element without namespaces, fonts and the style sheet that would hold for the whole page."""
    tag = _NAMESPACE.sub("", it.tag)
    if tag in ("metadata", "style"):
        return
    if tag == "text":
        text, kind = words[it.text or ""]
        anchor = re.search(r"text-anchor: (\w+)", it.get("style", ""))
        side = {"text-anchor": anchor[1]} if anchor else {}
        made = ET.SubElement(parent, "text", {"x": it.get("x", ""), "y": it.get("y", ""), "class": kind} | side)
        made.text = text
        return
    made = ET.SubElement(parent, tag)
    for name, value in it.items():
        if name == "id":
            made.attrib |= {"id": names[value]} if value in names else {}
        elif name.endswith("href"):
            made.set("href", f"#{names[value[1:]]}")
        else:
            made.set(name, " ".join(value.split()))
    for child in it:
        _copy(child, made, names, words)
