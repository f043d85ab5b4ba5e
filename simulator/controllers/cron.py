"""Cron schedules as CronJobs have them: five fields, names, steps, ``@daily`` and the like. Pure.

Source: github.com/robfig/cron v3, which Kubernetes uses. Its rules are not those of Debian's cron, after which the
libraries for Python are made: days are bound by OR as soon as both are restricted, ``*/2`` is a restriction, Sunday is
0 and never 7, and there are neither seconds nor ``L`` and ``#``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day-of-month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day-of-week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_NICKNAMES = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0}
_YEARS = 5  # so far ahead is looked


class CronError(ValueError):
    """The schedule cannot be read; the text is the parser's."""


@dataclass(frozen=True)
class Schedule:
    """``every_s`` of ``@every``; otherwise the values of each field. ``stars``: whether the days are restricted."""

    every_s: float = 0.0
    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    stars: tuple[bool, bool] = (True, True)  # of the days of month and week

    def after(self, moment: float, zone: tzinfo = UTC) -> float | None:
        """The next time (seconds since the epoch) that is later; None when there is none in five years."""
        if self.every_s:
            return float(int(moment)) + self.every_s
        now = datetime.fromtimestamp(int(moment) // 60 * 60 + 60, zone)
        last = now.year + _YEARS
        while now.year <= last:
            if now.month not in self.months:
                now = _midnight(now.replace(day=28) + timedelta(days=4)).replace(day=1)
            elif not self._is_day(now):
                now = _midnight(now + timedelta(days=1))
            elif now.hour not in self.hours:
                now = _later(now, 3600 - now.minute * 60)
            elif now.minute not in self.minutes:
                now = _later(now, 60)
            else:
                return now.timestamp()
        return None

    def _is_day(self, day: datetime) -> bool:
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month and of_week if any(self.stars) else of_month or of_week


def _midnight(day: datetime) -> datetime:
    return day.replace(hour=0, minute=0)


def _later(now: datetime, seconds: int) -> datetime:
    """On the clock of the world, so that an hour that summer time skips is not met."""
    return datetime.fromtimestamp(now.timestamp() + seconds, now.tzinfo)


@lru_cache(maxsize=256)
def parse(text: str) -> Schedule:
    """CronError when it is no schedule."""
    if text.startswith("@every "):
        return Schedule(every_s=_duration_s(text.removeprefix("@every ")))
    if text.startswith("@") and text not in _NICKNAMES:
        raise CronError(f"unrecognized descriptor: {text}")
    fields = _NICKNAMES.get(text, text).split()
    if not fields:
        raise CronError("empty spec string")
    if len(fields) != len(_FIELDS):
        raise CronError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    values = [_values(field, low, high, names) for field, (_, low, high, names) in zip(fields, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = values
    return Schedule(0.0, minutes, hours, days, months, weekdays, (_is_star(fields[2]), _is_star(fields[4])))


def _is_star(field: str) -> bool:
    return any(re.fullmatch(r"[*?](/1)?", part) for part in field.split(","))


def _values(field: str, low: int, high: int, names: Mapping[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in filter(None, field.split(",")):
        found |= _range(part, low, high, names)
    return frozenset(found)


def _range(part: str, low: int, high: int, names: Mapping[str, int]) -> set[int]:
    bounds, *steps = part.split("/")
    ends = bounds.split("-")
    if len(steps) > 1:
        raise CronError(f"too many slashes: {part}")
    if len(ends) > 2:
        raise CronError(f"too many hyphens: {part}")
    if ends[0] in ("*", "?"):
        start, end = low, high
    else:
        start, end = (_number(ends[0], names), _number(ends[-1], names))
        end = high if steps and len(ends) == 1 else end  # N/step goes on to the end
    step = _number(steps[0], {}) if steps else 1
    if start < low:
        raise CronError(f"beginning of range ({start}) below minimum ({low}): {part}")
    if end > high:
        raise CronError(f"end of range ({end}) above maximum ({high}): {part}")
    if start > end:
        raise CronError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if step == 0:
        raise CronError(f"step of range should be a positive number: {part}")
    return set(range(start, end + 1, step))


def _number(text: str, names: Mapping[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise CronError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    if text.startswith("-"):
        raise CronError(f"negative number ({text}) not allowed: {text}")
    return int(text)


def _duration_s(text: str) -> float:
    """``1h30m`` in seconds, at least one."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", text)
    if not parts or "".join(map("".join, parts)) != text:
        raise CronError(f'failed to parse duration @every {text}: time: invalid duration "{text}"')
    return max(float(int(sum(float(number) * _UNITS_S[unit] for number, unit in parts))), 1.0)
