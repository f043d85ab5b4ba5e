"""``limit`` and ``continue`` of a list. A token says of which revision the list is and where its next page begins.

Source: apiserver, pkg/storage/continue.go and etcd3/store.go (1.33).
"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.api.selectors import Selectors
from simulator.errors import BadRequest
from simulator.log.encoding import encoded
from simulator.log.state import Stored

_VERSION: Final = "meta.k8s.io/v1"
NEWEST: Final = -1
"""The revision of a token whose own is gone: the rest of the list as it is now."""


@dataclass(frozen=True, slots=True)
class Position:
    """``start``: the first key of the page, relative to the collection: ``NAMESPACE/NAME``, or ``NAME`` within one."""

    revision: int
    start: str

    def token(self) -> str:
        data = encoded({"v": _VERSION, "rv": self.revision, "start": self.start})
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    @classmethod
    def of(cls, token: str) -> Position:
        try:
            data = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            version, revision, start = data["v"], data.get("rv", 0), data.get("start", "")
        except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise _invalid("continue key is not valid") from None
        if version != _VERSION:
            raise _invalid(f"continue key is not valid: server does not recognize this encoded version {version}")
        if type(revision) is not int or not revision:
            raise _invalid(f"continue key is not valid: incorrect encoded start resourceVersion (version {_VERSION})")
        if not isinstance(start, str) or not start:
            raise _invalid(f"continue key is not valid: encoded start key empty (version {_VERSION})")
        if posixpath.normpath("/" + start.removeprefix("/")) != "/" + start.removeprefix("/"):
            raise _invalid(f"continue key is not valid: {start}")
        return cls(revision, start.removeprefix("/"))


@dataclass(frozen=True, slots=True)
class Page:
    """``next_key``: where the page after this one begins; "" if there is none. ``remaining``: as far as it is known."""

    items: Sequence[Stored]
    next_key: str = ""
    remaining: int | None = None


def page(items: Sequence[Stored], selectors: Selectors, limit: int, start: str, *, within_namespace: bool) -> Page:
    """Up to ``limit`` of those that match, from the key ``start`` on.

    As etcd is read: there is another page if a key is left, whether or not it would match.
    """
    if start:
        items = [stored for stored in items if _key(stored, within_namespace) >= start]
    if limit <= 0 or len(items) <= limit:
        return Page(selectors.chosen(items))
    if not selectors:
        return Page(items[:limit], _after(items[limit - 1], within_namespace), len(items) - limit)
    found: list[Stored] = []
    for index, stored in enumerate(items):
        if selectors.match(stored.object):
            found.append(stored)
            if len(found) == limit and index + 1 < len(items):
                return Page(found, _after(stored, within_namespace))
    return Page(found)


def _after(stored: Stored, within_namespace: bool) -> str:
    return _key(stored, within_namespace) + "\0"


def _key(stored: Stored, within_namespace: bool) -> str:
    """The order of lists, which is that of etcd's keys."""
    meta = stored.object["metadata"]
    namespace = "" if within_namespace else meta.get("namespace", "")
    return f"{namespace}/{meta['name']}" if namespace else str(meta["name"])


def _invalid(text: str) -> BadRequest:
    return BadRequest(f"invalid continue token: {text}")
