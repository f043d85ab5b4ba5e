"""Spans of time as people read them: the AGE of a table, and the words of ``oc describe``."""

from __future__ import annotations

from simulator.runtime.clock import parse_rfc3339

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_YEAR = 365 * _DAY
UNKNOWN, INVALID = "<unknown>", "<invalid>"


def human_duration(seconds: float, *, zero_days: bool = True) -> str:
    """``60s``, ``3h16m``, ``6d23h``. Source: apimachinery, util/duration, HumanDuration.

    A moment that lies up to two seconds ahead counts as now: clocks differ. ``zero_days``: whole years show them.
    """
    whole = int(seconds)
    if seconds < 0:
        return "0s" if whole > -2 else INVALID
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    if whole < 10 * _MINUTE:
        return _two(whole, _MINUTE, "m", 1, "s")
    if whole < 3 * _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 8 * _HOUR:
        return _two(whole, _HOUR, "h", _MINUTE, "m")
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    if whole < 8 * _DAY:
        return _two(whole, _DAY, "d", _HOUR, "h")
    if whole < 2 * _YEAR:
        return f"{whole // _DAY}d"
    if whole < 8 * _YEAR:
        days = whole % _YEAR // _DAY
        return f"{whole // _YEAR}y" + (f"{days}d" if days or zero_days else "")
    return f"{whole // _YEAR}y"


def long_duration(seconds: float) -> str:
    """``3 hours``, ``About a minute``: what goes before ``ago``. Source: docker/go-units, HumanDuration."""
    whole = int(seconds)
    minutes, hours = whole // _MINUTE, int(seconds / _HOUR + 0.5)
    if whole < 1:
        return "Less than a second"
    if whole == 1:
        return "1 second"
    if whole < _MINUTE:
        return f"{whole} seconds"
    if minutes == 1:
        return "About a minute"
    if minutes < 46:
        return f"{minutes} minutes"
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return f"{hours} hours"
    if hours < 24 * 7 * 2:
        return f"{hours // 24} days"
    if hours < 24 * 30 * 2:
        return f"{hours // 24 // 7} weeks"
    if hours < 24 * 365 * 2:
        return f"{hours // 24 // 30} months"
    return f"{whole // _YEAR} years"


def age(timestamp: object, now: float, *, zero_days: bool = True) -> str:
    """The table's age of an RFC 3339 time; ``<unknown>`` when there is none."""
    if not isinstance(timestamp, str) or not timestamp:
        return UNKNOWN
    return human_duration(now - parse_rfc3339(timestamp), zero_days=zero_days)


def _two(seconds: int, big: int, big_unit: str, small: int, small_unit: str) -> str:
    rest = seconds % big // small
    return f"{seconds // big}{big_unit}" + (f"{rest}{small_unit}" if rest else "")
