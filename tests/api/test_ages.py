from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.ages import age, human_duration, long_duration

MINUTE, HOUR, DAY = 60, 3600, 86_400
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "<invalid>"),
        (-1.5, "0s"),
        (0, "0s"),
        (60, "60s"),
        (119.9, "119s"),
        (120, "2m"),
        (539, "8m59s"),
        (10 * MINUTE, "10m"),
        (116 * MINUTE, "116m"),
        (179 * MINUTE + 59, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 16 * MINUTE, "3h16m"),
        (5 * HOUR + 57 * MINUTE, "5h57m"),
        (8 * HOUR + 59 * MINUTE, "8h"),
        (47 * HOUR, "47h"),
        (2 * DAY, "2d"),
        (6 * DAY + 23 * HOUR, "6d23h"),
        (8 * DAY + HOUR, "8d"),
        (2 * YEAR, "2y0d"),
        (3 * YEAR + 5 * DAY, "3y5d"),
        (9 * YEAR, "9y"),
    ],
)
def test_table_ages(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (61, "About a minute"),
        (45 * MINUTE, "45 minutes"),
        (46 * MINUTE, "About an hour"),
        (3 * HOUR, "3 hours"),
        (2.6 * HOUR, "3 hours"),
        (49 * HOUR, "2 days"),
        (15 * DAY, "2 weeks"),
        (61 * DAY, "2 months"),
        (3 * YEAR, "3 years"),
    ],
)
def test_long_ages(seconds: float, text: str) -> None:
    assert long_duration(seconds) == text


def test_an_unknown_moment() -> None:
    assert age(None, 0.0) == "<unknown>"


@given(st.floats(min_value=0, max_value=100 * YEAR))
def test_ages_are_short_enough_for_a_column(seconds: float) -> None:
    assert len(human_duration(seconds)) <= 6
