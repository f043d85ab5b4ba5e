"""A YAML file of a profile that can say on which line a value stands, for errors that name file, line and field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from typing import Any

from simulator import documents
from simulator.documents import Path
from simulator.errors import InputError


class FormError(Exception):
    """A short form is wrong; its file and line are known further up. ``field``: what of it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


class Source:
    """One file, parsed."""

    def __init__(self, file: str, text: str) -> None:
        self._document = documents.parse(text, file)
        self.file, self.content = file, self._document.data

    @classmethod
    def of(cls, entry: Traversable, file: str, words: Mapping[str, str] | None = None) -> Source:
        """A file in which the ``words`` (old to new, the longest first) are replaced. InputError when there is none."""
        try:
            text = entry.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read: {error}", file=file) from error
        for old in sorted(words or {}, key=len, reverse=True):
            text = text.replace(old, str((words or {})[old]))
        return cls(file, text)

    def error(self, message: str, path: Path, field: str = "") -> InputError:
        return InputError(message, file=self.file, line=self.line(path), field=field)

    def line(self, path: Path) -> int:
        """The line (from 1) of the value at ``path``, or of the nearest thing around it that exists."""
        return self._document.line(*path) or 1


def check_keys(item: Any, known: Sequence[str], required: Sequence[str] = ("name",)) -> None:
    """FormError unless ``item`` is a mapping with the ``required`` keys and no others than the ``known`` ones."""
    if not isinstance(item, dict):
        raise FormError(f"expected a mapping, got {item!r}")
    for key in item:
        if key not in known:
            raise FormError(f"unknown field; known are {', '.join(sorted(known))}", str(key))
    for key in required:
        if key not in item:
            raise FormError("is missing", key)
