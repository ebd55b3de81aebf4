"""Moments of a scenario's world, written relative to its clock, so that dates stay believable on any day.

| written        | means                                                                                          |
|----------------|------------------------------------------------------------------------------------------------|
| `-45m`, `-3h`  | that long before the clock                                                                     |
| `-2d 14:05`    | two days before the clock's day, at 14:05 UTC                                                  |
| `-2w 14:05`    | two working days (Monday to Friday) before the clock's day; `+2w 09:00` after it               |
| `0n 02:10`     | last night at 02:10; `-1n 15:20` the day of the night before, at 15:20. Last night is the one  |
|                | that lies six hours or more before the clock                                                   |
"""

import re
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

MOMENT = re.compile(r"([+-]?\d+)([mh])|([+-]?\d+)([dwn]) (\d\d):(\d\d)(?::(\d\d))?")
NIGHT_ENDS = timedelta(hours=6)


@lru_cache(maxsize=4096)
def moment(text: str, clock: datetime) -> datetime:
    """The moment that `text` denotes when it is `clock`; UTC. Raises ValueError for text outside the table above."""
    match = MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a moment; write for example '-45m', '-2d 14:05', '-2w 14:05' or '0n 02:10'")
    amount, unit, days, day, *clock_time = match.groups()
    if unit:
        return clock + timedelta(minutes=int(amount) * (60 if unit == "h" else 1))
    count = int(days)
    base = clock - NIGHT_ENDS if day == "n" else clock
    date = working(base, count) if day == "w" else base + timedelta(days=count)
    hour, minute, second = (int(part or 0) for part in clock_time)
    return datetime.combine(date.date(), time(hour, minute, second), UTC)


def working(day: datetime, count: int) -> datetime:
    """`day` moved by `count` working days; a weekend day counts as the Friday or Monday that is left behind."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while day.weekday() > 4:
            day += step
    return day
