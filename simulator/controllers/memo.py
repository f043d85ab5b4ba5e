"""What pure functions have worked out about objects, kept as long as the very same object is asked about.

Stored objects are never changed in place, so an object that is the one of before gives what it gave before. A process
that starts with nothing remembered comes to the same answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LIMIT = 2000
"""Of keys in one memory: then all is forgotten, so that objects that are long gone are not held for ever."""


class Memo:
    """The memories of one controller, one for each ``user`` (a function). Values hold the objects that they
    are about.
    """

    __slots__ = ("_closers", "_memories")

    def __init__(self) -> None:
        self._memories: dict[Callable[..., Any], dict[str, Any]] = {}
        self._closers: list[Callable[[], None]] = []

    def of(self, user: Callable[..., Any]) -> dict[str, Any]:
        memory = self._memories.setdefault(user, {})
        if len(memory) > LIMIT:
            memory.clear()
        return memory

    def on_close(self, closer: Callable[[], None]) -> None:
        """Call ``closer`` when the process ends."""
        self._closers.append(closer)

    def close(self) -> None:
        """Forget everything."""
        for closer in self._closers:
            closer()
        self._closers.clear()
        self._memories.clear()
