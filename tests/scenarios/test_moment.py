"""Moments relative to the world's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gyges.scenarios.moment import moment

TUESDAY = datetime(2026, 11, 17, 9, 20, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 0, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "clock", "expected"),
    [
        ("-35m", TUESDAY, "2026-11-17 08:45:00"),
        ("-10h", TUESDAY, "2026-11-16 23:20:00"),
        ("-2d 14:05", TUESDAY, "2026-11-15 14:05:00"),
        ("-2w 14:05:09", TUESDAY, "2026-11-13 14:05:09"),
        ("+4w 09:00", TUESDAY, "2026-11-23 09:00:00"),
        ("0n 02:10", TUESDAY, "2026-11-17 02:10:00"),
        ("-1n 15:20", TUESDAY, "2026-11-16 15:20:00"),
        ("0n 02:10", SUNDAY, "2026-02-28 02:10:00"),
        ("-1w 09:00", SUNDAY, "2026-02-27 09:00:00"),
        ("+1w 09:00", SUNDAY, "2026-03-02 09:00:00"),
    ],
)
def test_moment(text: str, clock: datetime, expected: str) -> None:
    """Minutes, hours, days, working days and nights count from the clock."""
    assert moment(text, clock) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "-2d", "-2d 25:00", "2026-01-01", "-2x 10:00"])
def test_no_moment(text: str) -> None:
    """What is not in the table is refused, not guessed."""
    with pytest.raises(ValueError, match=r"moment|hour"):
        moment(text, TUESDAY)
