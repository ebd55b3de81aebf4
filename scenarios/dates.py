"""Whether the dates of a scenario's world agree with its clock, whichever day it is run on."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gyges.scenarios.census import SEED, Census, place
from gyges.scenarios.errors import ScenarioError
from gyges.scenarios.finding import Finding
from gyges.scenarios.render import Rendered

CLOCKS = (
    datetime(2026, 3, 1, 0, 20, tzinfo=UTC),  # a Sunday just after midnight
    datetime(2027, 1, 1, 7, 45, tzinfo=UTC),  # the first morning of a year
    datetime(2028, 2, 29, 23, 50, tzinfo=UTC),  # a leap day's last minutes
)
"""Days on which dates that are not thought through go wrong."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SPOKEN = re.compile(
    rf"\b({'|'.join(day[:3] for day in DAYS)})[a-z]*,? (\d\d?) ({'|'.join(MONTHS)})[a-z]*(?: (\d{{4}}))?\b"
)
WRITTEN = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?")
YEARS = 2


def find_dates(found: Census) -> Iterator[Finding]:
    """Mail, files and log lines from the future, week days that do not fit, years far off, dates that stand still."""
    scenario = found.scenario
    (default,) = scenario.arms({})
    for clock in (scenario.clock, *CLOCKS):
        try:
            rendered = scenario.render(default, scenario.wordings[0], SEED, clock)
        except ScenarioError as error:
            yield Finding("dates", place(scenario, error), f"at clock {clock:%Y-%m-%d %H:%M}: {error.message}")
            continue
        yield from _at(rendered, clock)
    for part, text in found.texts():
        yield from _in_text(part, text, scenario.clock)
    yield from _standing_still(found)


def _at(rendered: Rendered, clock: datetime) -> Iterator[Finding]:
    for mail in rendered.mail:
        if mail.date > clock:
            yield Finding(
                "dates",
                f"mail:{mail.id}",
                f"is dated {mail.date:%Y-%m-%d %H:%M}, after the clock ({clock:%Y-%m-%d %H:%M})",
            )
    for file in rendered.files:
        if file.mtime > clock.timestamp():
            changed = datetime.fromtimestamp(file.mtime, UTC)
            yield Finding(
                "dates",
                f"file:{file.path}",
                f"was changed at {changed:%Y-%m-%d %H:%M}, after the clock ({clock:%Y-%m-%d %H:%M})",
            )
        if file.path.endswith(".log"):
            for line in file.content.decode(errors="replace").splitlines():
                match = WRITTEN.match(line)
                if (
                    match
                    and match[4]
                    and (at := _moment(match))
                    and at > datetime.fromtimestamp(file.mtime, UTC) + timedelta(minutes=1)
                ):
                    yield Finding(
                        "dates",
                        f"file:{file.path}",
                        f"holds a line of {match[0]}, after its own date or the clock ({clock:%Y-%m-%d %H:%M})",
                    )


def _in_text(part: str, text: str, clock: datetime) -> Iterator[Finding]:
    for match in SPOKEN.finditer(text):
        if (day := _week_day(match, clock)) is None:
            yield Finding("dates", part, f"{match[0]!r} is no date")
        elif not day.startswith(match[1]):
            yield Finding("dates", part, f"{match[0]!r} is a {day}")
    for match in WRITTEN.finditer(text):
        if _moment(match) is None:
            yield Finding("dates", part, f"{match[0]!r} is no date")
        elif abs(int(match[1]) - clock.year) > YEARS:
            yield Finding("dates", part, f"{match[0]!r} is far from the clock's year, {clock.year}")


def _standing_still(found: Census) -> Iterator[Finding]:
    """Dates that a template holds in digits do not follow the clock."""
    root = found.scenario.root
    for file in sorted(root.rglob("*")):
        name = str(file.relative_to(root))
        if not file.is_file() or name == "scenario.yaml" or name.startswith("playbooks/"):
            continue
        try:
            lines = file.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if match := WRITTEN.search(line) or SPOKEN.search(line):
                yield Finding(
                    "dates",
                    f"{name}:{number}",
                    f"{match[0]!r} does not follow the clock; write {{{{ at('-2d 14:05') | date }}}} or the like",
                )


def _week_day(match: re.Match[str], clock: datetime) -> str | None:
    """The week day of a spoken date, in the year nearest to the clock if it names none; None if it is no date."""
    month, year = 1 + MONTHS.index(match[3]), match[4]
    years = [int(year)] if year else [clock.year - 1, clock.year, clock.year + 1]
    nearest = min(years, key=lambda year: abs((datetime(year, month, 1, tzinfo=UTC) - clock).days))
    try:
        return DAYS[datetime(nearest, month, int(match[2]), tzinfo=UTC).weekday()]
    except ValueError:
        return None


def _moment(match: re.Match[str]) -> datetime | None:
    try:
        return datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None
