"""Cron schedules by the rules of robfig/cron."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.controllers.cron import CronError, parse
from simulator.runtime.clock import parse_rfc3339, rfc3339


@pytest.mark.parametrize(
    ("schedule", "now", "following"),
    [
        ("0 0 * * *", "2025-10-28T09:07:09Z", "2025-10-29T00:00:00Z"),
        ("@daily", "2025-10-29T00:00:00Z", "2025-10-30T00:00:00Z"),
        ("* * * * *", "2025-10-28T09:07:09Z", "2025-10-28T09:08:00Z"),
        ("*/15 * * * *", "2025-10-28T09:45:00Z", "2025-10-28T10:00:00Z"),
        ("5/20 9-17 * * MON-FRI", "2025-10-31T17:46:00Z", "2025-11-03T09:05:00Z"),
        ("30 2 29 2 *", "2025-01-01T00:00:00Z", "2028-02-29T02:30:00Z"),
        ("0 12 1,15 jan *", "2025-10-28T00:00:00Z", "2026-01-01T12:00:00Z"),
        ("0 0 31 * ?", "2025-10-31T00:00:00Z", "2025-12-31T00:00:00Z"),
        ("0 0 13 * 5", "2025-10-28T00:00:00Z", "2025-10-31T00:00:00Z"),  # restricted both: either will do
        ("0 0 */2 * 5", "2025-10-28T00:00:00Z", "2025-10-29T00:00:00Z"),  # a step is a restriction, too
        ("0 0 13 * *", "2025-10-28T00:00:00Z", "2025-11-13T00:00:00Z"),
        ("@every 1h30m", "2025-10-28T09:00:00Z", "2025-10-28T10:30:00Z"),
        ("0 0 31 2 *", "2025-10-28T09:00:00Z", ""),
    ],
)
def test_the_next_time(schedule: str, now: str, following: str) -> None:
    found = parse(schedule).after(parse_rfc3339(now))
    assert (rfc3339(found) if found is not None else "") == following


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        ("", "empty spec string"),
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("@fortnightly", "unrecognized descriptor: @fortnightly"),
        ("@every day", 'failed to parse duration @every day: time: invalid duration "day"'),
    ],
)
def test_what_is_no_schedule(schedule: str, text: str) -> None:
    with pytest.raises(CronError) as error:
        parse(schedule)
    assert str(error.value) == text


@pytest.mark.parametrize(
    ("zone", "schedule", "now", "following"),
    [
        ("Europe/Berlin", "0 0 * * *", "2025-10-28T09:00:00Z", "2025-10-28T23:00:00Z"),
        ("Europe/Berlin", "0 0 * * *", "2025-07-01T09:00:00Z", "2025-07-01T22:00:00Z"),
        ("America/New_York", "30 2 * * *", "2025-03-08T12:00:00Z", "2025-03-10T06:30:00Z"),  # the 9th has no 2:30
    ],
)
def test_time_zones(zone: str, schedule: str, now: str, following: str) -> None:
    found = parse(schedule).after(parse_rfc3339(now), ZoneInfo(zone))
    assert found is not None
    assert rfc3339(found) == following


FIELDS = st.tuples(
    st.sampled_from(["*", "0", "*/7", "3,5,59", "10-20"]),
    st.sampled_from(["*", "0", "*/5", "23"]),
    st.sampled_from(["*", "1", "*/10", "31"]),
    st.sampled_from(["*", "feb", "1-6", "12"]),
    st.sampled_from(["*", "0", "mon-fri", "6"]),
)


@given(FIELDS, st.integers(1_700_000_000, 1_900_000_000))
def test_no_time_between_matches(fields: tuple[str, ...], now: int) -> None:
    """Against the definition: minute by minute, for three days."""
    schedule = parse(" ".join(fields))
    found = schedule.after(now)
    assert found is None or (found > now and found % 60 == 0)
    end = min(found or now + 3 * 86400, now + 3 * 86400)
    for minute in range(now // 60 * 60 + 60, int(end), 60):
        at = datetime.fromtimestamp(minute, UTC)
        day = (at.day in schedule.days, at.isoweekday() % 7 in schedule.weekdays)
        matches = at.month in schedule.months and (all(day) if any(schedule.stars) else any(day))
        assert not (matches and at.hour in schedule.hours and at.minute in schedule.minutes)
