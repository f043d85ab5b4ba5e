"""date, sleep, timeout: all on virtual time, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from simulator.runtime.tasks import Cancelled, current_scheduler
from simulator.runtime.tasks import sleep as wait
from simulator.shell.process import Process
from simulator.shell.programs.support import UsageError, parse_options, program, run_child

_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNITS_S: Final = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400, "week": 604800,
                   "fortnight": 1209600, "month": 2629746, "year": 31556952}  # fmt: skip
_SUFFIXES_S: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = re.compile(r"(\d+\.?\d*|\.\d+)([smhd]?)")


def format_date(form: str, seconds: float) -> str:
    """strftime as GNU date knows it, in the C locale and UTC."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds // 1))
    year, month, day = moment.year, moment.month, moment.day
    weekday, hour = (moment.weekday() + 1) % 7, moment.hour
    yday = moment.timetuple().tm_yday
    iso = moment.isocalendar()
    simple = {
        "Y": f"{year}", "C": f"{year // 100:02d}", "y": f"{year % 100:02d}", "m": f"{month:02d}", "d": f"{day:02d}",
        "e": f"{day:2d}", "H": f"{hour:02d}", "I": f"{(hour + 11) % 12 + 1:02d}", "k": f"{hour:2d}",
        "l": f"{(hour + 11) % 12 + 1:2d}", "M": f"{moment.minute:02d}", "S": f"{moment.second:02d}",
        "N": f"{int(seconds % 1 * 1_000_000_000):09d}", "s": f"{int(seconds // 1)}", "j": f"{yday:03d}",
        "a": _DAYS[weekday][:3], "A": _DAYS[weekday], "b": _MONTHS[month - 1][:3], "h": _MONTHS[month - 1][:3],
        "B": _MONTHS[month - 1], "p": "AM" if hour < 12 else "PM", "P": "am" if hour < 12 else "pm", "Z": "UTC",
        "z": "+0000", "u": f"{weekday or 7}", "w": f"{weekday}", "V": f"{iso.week:02d}", "G": f"{iso.year}",
        "g": f"{iso.year % 100:02d}", "U": f"{(yday + 6 - weekday) // 7:02d}",
        "W": f"{(yday + 6 - (weekday + 6) % 7) // 7:02d}", "n": "\n", "t": "\t", "%": "%", "q": f"{(month + 2) // 3}",
    }  # fmt: skip
    composed = {
        "F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "x": "%m/%d/%y", "X": "%H:%M:%S",
        "r": "%I:%M:%S %p", "c": "%a %b %e %H:%M:%S %Y",
    }  # fmt: skip

    def replace(match: re.Match[str]) -> str:
        flag, colon, width, letter = match.groups()
        if letter == "z" and colon:
            return "+00:00" if colon == ":" else "+00:00:00"
        text = format_date(composed[letter], seconds) if letter in composed else simple.get(letter)
        if text is None:
            return match.group()
        if flag == "-":
            text = text.lstrip("0 ") or "0"
        elif flag == "_":
            stripped = text.lstrip("0") or "0"
            text = stripped.rjust(len(text))
        elif flag == "^":
            text = text.upper()
        return text[: int(width)] if letter == "N" and width else text.rjust(int(width or 0), "0")

    return re.sub(r"%([-_0^#]?)(:{0,2})(\d{0,3})([A-Za-z%])", replace, form)


def parse_date(text: str, now: float) -> float:
    """``@123``, ``2019-10-28T09:07:09Z``, ``now``, ``yesterday``, ``2 hours ago``, ``+1 day``. ValueError."""
    text = text.strip()
    if match := re.fullmatch(r"@(-?\d+(?:\.\d+)?)", text):
        return float(match.group(1))
    base, rest = now, text
    if match := re.match(
        r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?)?\s*(?:Z|UTC|\+00:?00)?", text
    ):
        base = datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]
        rest = text[match.end() :]
    while rest := rest.strip():
        if match := re.match(r"(now|today|yesterday|tomorrow)\b", rest):
            base += {"yesterday": -86400, "tomorrow": 86400}.get(match.group(1), 0)
        elif match := re.match(r"([-+]?\s*\d+)\s*([a-z]+?)s?\b(\s+ago\b)?", rest):
            if match.group(2) not in _UNITS_S:
                raise ValueError(text)
            count = int(match.group(1).replace(" ", ""))
            base += count * _UNITS_S[match.group(2)] * (-1 if match.group(3) else 1)
        else:
            raise ValueError(text)
        rest = rest[match.end() :]
    return base


@program
async def date(process: Process) -> int:
    arguments = [re.sub(r"^(-I|--iso-8601=?)(.*)$", r"--iso=\2", argument) for argument in process.args[1:]]
    options = parse_options(
        arguments,
        "ud:Rr:",
        {"utc": "u", "universal": "u", "date": "d", "rfc-email": "R", "iso": "iso?", "rfc-3339": "rfc-3339:"},
    )
    moment = process.system.clock.now()
    if (text := options.value("d")) is not None:
        try:
            moment = parse_date(text, moment)
        except (ValueError, OverflowError):
            raise UsageError(f"invalid date ‘{text}’", hint=False) from None
    forms = [operand[1:] for operand in options.operands if operand.startswith("+")]
    others = [operand for operand in options.operands if not operand.startswith("+")]
    if others:
        raise UsageError(f"invalid date ‘{others[0]}’", hint=False)
    form = forms[0] if forms else "%a %b %e %H:%M:%S %Z %Y"
    if "R" in options:
        form = "%a, %d %b %Y %H:%M:%S %z"
    elif "iso" in options:
        form = "%Y-%m-%dT%H:%M:%S%:z" if (options.value("iso") or "")[:1] in ("s", "i") else "%Y-%m-%d"
    elif "rfc-3339" in options:
        form = "%Y-%m-%d %H:%M:%S%:z"
    await process.stdout.write(format_date(form, moment) + "\n")
    return 0


def _duration(text: str) -> float:
    if text in ("infinity", "inf"):
        return 10.0**9
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"invalid time interval ‘{text}’")
    return float(match.group(1)) * _SUFFIXES_S[match.group(2)]


@program
async def sleep(process: Process) -> int:
    if len(process.args) < 2:
        raise UsageError("missing operand")
    await wait(sum(_duration(text) for text in process.args[1:]))
    return 0


@program
async def timeout(process: Process) -> int:
    """``timeout DURATION COMMAND...``: status 124 when the time is up. 125 when called wrongly."""
    options = parse_options(
        process.args[1:], "s:k:v", {"signal": "s", "kill-after": "k", "preserve-status": "preserve"},
        permute=False, usage_status=125,
    )  # fmt: skip
    if len(options.operands) < 2:
        raise UsageError("missing operand", 125)
    match = _DURATION.fullmatch(options.operands[0])
    if match is None:
        raise UsageError(f"invalid time interval ‘{options.operands[0]}’", 125)
    limit_s = float(match.group(1)) * _SUFFIXES_S[match.group(2)]
    scheduler = await current_scheduler()
    task = scheduler.spawn(run_child(process, options.operands[1:]), "timeout")
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = not task.done
        task.cancel()

    timer = scheduler.clock.call_later(limit_s, expire) if limit_s else None
    try:
        return await task.join()
    except Cancelled:
        task.cancel()
        if not expired:
            raise  # somebody cancelled us, not the timer the command
        return 124
    finally:
        if timer is not None:
            timer.cancel()
