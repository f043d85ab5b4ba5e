"""What the query of a list or a watch may say. Source: apimachinery, apis/meta/internalversion/{types,validation}."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator.api.validation.fields import Errors, invalid
from simulator.changes.reads import INITIAL_EVENTS, VERSION_MATCHES, WATCH_BOOKMARKS
from simulator.errors import BadRequest
from simulator.release import Release

EXACT: Final = "Exact"
NOT_OLDER: Final = "NotOlderThan"
_MATCH: Final = "resourceVersionMatch"
_INITIAL: Final = "sendInitialEvents"
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}", re.ASCII)
_LARGEST: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class ListOptions:
    """``limit`` 0: all. ``initial_events`` None: not said. ``timeout_s`` None: what the server likes."""

    limit: int = 0
    continue_: str = ""
    resource_version: str = ""
    match: str = ""
    bookmarks: bool = False
    initial_events: bool | None = None
    timeout_s: int | None = None

    @property
    def revision(self) -> int:
        """The resourceVersion; 0 when none is given."""
        return int(self.resource_version or 0)


_ALL: Final = ListOptions()


def list_options(query: Mapping[str, str], release: Release) -> ListOptions:
    """Those of a list or a watch; BadRequest, or Invalid where they contradict each other."""
    if not query:
        return _ALL
    query = {key: value.partition("\0")[0] for key, value in query.items()}  # of one that repeats the first counts
    timeout = query.get("timeoutSeconds", "")
    options = ListOptions(
        _integer(query.get("limit") or "0"),
        query.get("continue", ""),
        query.get("resourceVersion", ""),
        query.get(_MATCH, "") if VERSION_MATCHES.at(release) else "",
        is_true(query, "allowWatchBookmarks") and WATCH_BOOKMARKS.at(release),
        is_true(query, _INITIAL) if _INITIAL in query and INITIAL_EVENTS.at(release) is not None else None,
        _integer(timeout) if timeout else None,
    )
    if options.match or options.initial_events is not None:
        _validate(options, is_true(query, "watch"), release)
    return options


def is_true(query: Mapping[str, str], name: str) -> bool:
    """As Go's conversion reads it: whatever is there, but "0" and "false"."""
    return name in query and query[name].lower() not in ("0", "false")


def check_version(options: ListOptions) -> str:
    """What is wrong with the resourceVersion; "" when nothing is. Source: storage/api_object_versioner.go."""
    text = options.resource_version
    if not text or (text.isascii() and text.isdigit() and int(text) < 2 * _LARGEST):
        return ""
    fault = "value out of range" if text.isascii() and text.isdigit() else "invalid syntax"
    return f'strconv.ParseUint: parsing "{text}": {fault}'


def _integer(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if not -_LARGEST <= int(text) < _LARGEST:
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": value out of range')
    return int(text)


def _validate(options: ListOptions, watch: bool, release: Release) -> None:
    errors = Errors(release)
    (_validate_watch if watch else _validate_list)(options, errors, release)
    if errors.items:
        raise invalid("meta.k8s.io", "ListOptions", "", errors)


def _validate_list(options: ListOptions, errors: Errors, _release: Release) -> None:
    if options.match:
        if not options.resource_version:
            errors.forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided")
        if options.continue_:
            errors.forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided")
        if options.match not in (EXACT, NOT_OLDER):
            _unsupported(errors, options.match, ("", EXACT, NOT_OLDER))
        if options.match == EXACT and options.resource_version == "0":
            errors.forbidden(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"')
    if options.initial_events is not None:
        errors.forbidden(_INITIAL, f"{_INITIAL} is forbidden for list")


def _validate_watch(options: ListOptions, errors: Errors, release: Release) -> None:
    known = INITIAL_EVENTS.at(release)
    if known is None:
        errors.forbidden(_MATCH, f"{_MATCH} is forbidden for watch")
        return
    if options.initial_events is not None:
        if options.match != NOT_OLDER:
            errors.forbidden(_MATCH, f"{_INITIAL} requires setting {_MATCH} to {NOT_OLDER}")
        if not known:
            text = f"{_INITIAL} is forbidden for watch unless the WatchList feature gate is enabled"
            errors.forbidden(_INITIAL, text)
    if options.match:
        if options.initial_events is None:
            errors.forbidden(_MATCH, f"{_MATCH} is forbidden for watch unless {_INITIAL} is provided")
        if options.match != NOT_OLDER:
            _unsupported(errors, options.match, (NOT_OLDER,))
        if options.continue_:
            errors.forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided")


def _unsupported(errors: Errors, value: str, supported: tuple[str, ...]) -> None:
    errors.unsupported(_MATCH, value, supported)
