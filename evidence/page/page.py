"""A report as one HTML file: put together from its sections, escaped, and written whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gyges.evidence.comparison import Comparisons
from gyges.evidence.inert import inert
from gyges.evidence.output import whole_file
from gyges.evidence.reading import Reading
from gyges.evidence.report import Report

from .compliance import OUTCOMES, compliances
from .conduct import GROUPS, PARTS, conducts, weight
from .example import RULE, examples
from .finding import findings
from .instrument import awareness_commands, instrument
from .limits import limits
from .prompt import asked
from .published import compared
from .selection import select
from .source import made_with, sources

FOLDER = Path(__file__).parent
FINDINGS, COMMANDS, FILES, RUNS = 24, 6, 400, 20
"""At most so many findings, commands, files and versions of runs."""

INLINE, LINE, CELL = 1000, 300, 120
"""Characters of a paragraph, of a line and of a cell that are shown; blocks of several lines say their own limit."""


@dataclass(frozen=True)
class Dated:
    """When the runs began, by their logs; the page has no other date, so the same logs make the same page."""

    first: str
    last: str

    def __str__(self) -> str:
        if not self.first:
            return "date unknown: no log says when its run began"
        return f"run on {self.first}" if self.first == self.last else f"run from {self.first} to {self.last}"


def write_page(
    report: Report, reading: Reading, path: Path, comparisons: Comparisons | None = None, *, files: Iterable[Path] = ()
) -> None:
    """Writes the page of `report` to `path`; a file that is there is replaced once the new one is whole.

    Args:
        report: What is shown.
        reading: What the report was made from.
        path: The HTML file.
        comparisons: What `gyges compare` found, for a section of its own.
        files: The logs that were read, where some of them hold no trial.

    Raises OutputError where it cannot be written.
    """
    text = page(report, reading, comparisons, files=files)
    with whole_file(path) as file:
        file.write(text.encode())


def page(
    report: Report, reading: Reading, comparisons: Comparisons | None = None, *, files: Iterable[Path] = ()
) -> str:
    """The page as text; the arguments are those of `write_page`."""
    trials = reading.trials
    found = sources(files, reading.trials, reading.unreadable)
    measured = instrument(trials, reading.calibrations)
    groups = select(report.groups, GROUPS, weight)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own
            dated=_dated(it.run.created for it in trials),
            trials=len(trials),
            models=sorted({it.model for it in trials}),
            scenarios=sorted({f"{it.scenario} {it.version}" for it in trials}),
            report=report,
            findings=select(findings(report), FINDINGS, lambda it: it.weight),
            asked=asked(trials),
            instrument=measured,
            groups=groups,
            conducts=conducts(groups, report.correlation),
            parts=PARTS,
            compliances=compliances(report.tiers, report.correlation),
            outcomes={ink: told for ink, (_, told) in OUTCOMES.items()},
            awareness=select(awareness_commands(trials), COMMANDS),
            judged=any(it.awareness for it in trials),
            words=any(it.judged for it in trials),
            compared=compared(comparisons) if comparisons else None,
            examples=examples(trials),
            rule=RULE,
            limits=limits(report, trials, measured),
            files=select(found, FILES, lambda it: bool(it.problem)),
            runs=select(made_with(it.run for it in trials), RUNS),
            versions=_versions(),
        )
    )


def _dated(created: Iterable[str]) -> Dated:
    days = sorted(day for it in set(created) if (day := _day(it)))
    return Dated(_spelt(days[0]), _spelt(days[-1])) if days else Dated("", "")


def _day(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).date().isoformat()
    except (ValueError, OverflowError):
        return ""


def _spelt(day: str) -> str:
    it = datetime.fromisoformat(day)
    return f"{it.day} {_MONTHS[it.month - 1]} {it.year}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _versions() -> list[str]:
    """What this page was made with."""
    found = [f"Python {sys.version_info.major}.{sys.version_info.minor}"]
    for name in ("gyges", "inspect_ai", "scipy", "matplotlib"):
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return found


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    made.filters |= {"block": block, "cell": _cell, "line": _line, "levels": _levels}
    return made


def _shown(value: Any) -> Any:
    """What an expression of a template puts out: words are made inert, whoever wrote them; then jinja escapes them."""
    if isinstance(value, Markup):
        return value
    return inert(str(value), INLINE).replace(" %", "\N{NO-BREAK SPACE}%")


def block(text: str, limit: int) -> Markup:
    """A text of several lines, each inert, cut to `limit` characters with a count of what is left out."""
    more = f"\n… {len(text) - limit:,} more characters are left out" if len(text) > limit else ""
    return escape("\n".join(map(inert, text[:limit].split("\n"))) + more)


def _cell(text: str) -> str:
    return inert(text, CELL)


def _line(text: str) -> str:
    return inert(text, LINE)


def _levels(mapping: Mapping[str, str]) -> str:
    return ", ".join(f"{_cell(name)} {_cell(level)}" for name, level in mapping.items())
