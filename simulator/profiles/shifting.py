"""Moves a frozen profile through time, so that its ages stay and its clock starts at another moment.

A real client works out ages with its own clock: what it is served has to lie near its present.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=(?:\.\d+)?Z)")
_SECONDS = re.compile(r"(?<=:)1[2-9]\d{8}(?:\.\d+)?(?=[,}])")
_OF_NUMBERS = "podsandboxes.infra.ocsim.dev"  # the one resource that tells times as seconds

Shift = Callable[[str, str], str]
"""(resource, JSON of its objects) -> the same at the other time."""


def shifting(seconds: float) -> Shift:
    """What moves the times in a JSON text by whole ``seconds``: texts everywhere, numbers in kubelets' records."""
    delta = timedelta(seconds=round(seconds))

    def moved(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(match.group()).replace(tzinfo=UTC) + delta
        return moment.strftime("%Y-%m-%dT%H:%M:%S")

    def later(match: re.Match[str]) -> str:
        return repr(float(match.group()) + delta.total_seconds())

    def shift(resource: str, text: str) -> str:
        text = _RFC3339.sub(moved, text)
        return _SECONDS.sub(later, text) if resource == _OF_NUMBERS else text

    return shift


def unshifted(_resource: str, text: str) -> str:
    """Leaves all times as they are."""
    return text
