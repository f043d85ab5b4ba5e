"""What becomes of many events about one object: alike ones are combined, and too many are not told at all. Pure.

    9 times   Created pod: web-abcde, Created pod: web-fghij, ...      one event each
    then      (combined from similar events): Created pod: web-klmno   one event that counts
    after 25  nothing, but one more every five minutes

A recorder keeps this in its own memory; here it is read off the events that are there, so that a process that starts
anew goes on as the one before. Not as there: an event in the same words is always counted, as loops read off it when
they tried last; and what is said of one container is not alike what is said of another.
Source: client-go, tools/record/events_cache.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339

COMBINED = "(combined from similar events): "
_MOST_ALIKE, _ALIKE_S = 10, 600.0
_BURST, _REFILL_S = 25, 300.0


def is_too_much(said: Sequence[Object], now: float) -> bool:
    """Whether a source has said so much about an object, all of it ``said``, that it holds its tongue."""
    if len(said) < _BURST and sum(event["count"] for event in said) < _BURST:
        return False
    first = min(parse_rfc3339(event["firstTimestamp"]) for event in said)
    told: int = sum(event["count"] for event in said)
    return told >= _BURST + (now - first) // _REFILL_S


def is_combined(alike: Sequence[Object], message: str, now: float) -> bool:
    """Whether ``message`` is one too many of those that differ by their words alone, without ten quiet minutes."""
    if len(alike) < _MOST_ALIKE - 1:
        return False
    words, until = {message}, now
    for event in sorted(alike, key=lambda one: str(one["lastTimestamp"]), reverse=True):
        if until - parse_rfc3339(event["lastTimestamp"]) > _ALIKE_S:
            break
        if event["message"].startswith(COMBINED):
            return True
        words.add(event["message"])
        until = parse_rfc3339(event["firstTimestamp"])
    return len(words) >= _MOST_ALIKE
