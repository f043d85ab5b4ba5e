"""A YAML file of a profile that can say on which line a value stands, for errors that name file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from simulator.errors import InputError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]
"""Where a value stands: keys and list indexes from the top of the file, as ``(0, "projects", 2)``."""


class FormError(Exception):
    """A short form is wrong; its file and line are known further up. ``field``: what of it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


class Source:
    """One file, parsed. The lines are looked up only when an error needs one."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self._text = file, text
        try:
            self.content = yaml.load(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise InputError(str(error.problem), file=file, line=mark.line + 1 if mark else None) from error

    @classmethod
    def of(cls, entry: Traversable, file: str) -> Source:
        return cls(file, entry.read_text(encoding="utf-8"))

    def error(self, message: str, path: Path, field: str = "") -> InputError:
        return InputError(message, file=self.file, line=self.line(path), field=field)

    def line(self, path: Path) -> int:
        """The line (from 1) of the value at ``path``, or of the nearest thing around it that exists."""
        node = yaml.compose(self._text, Loader=_Loader)
        line = 1
        for step in path:
            if node is None:
                break
            line = node.start_mark.line + 1
            node = _child(node, step)
        return line if node is None else node.start_mark.line + 1


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None


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
