"""JSON Patch as the server applies it: RFC 6902, with the habits of evanphx/json-patch v4, which are listed here.

``replace`` sets a member that is not there, ``copy`` of one that is not there makes a null; indexes may be negative and
count from the end then; only ``replace`` and ``test`` reach the whole document, which no scalar replaces. These habits,
and that nothing is ever changed in place, are why no library does this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulator.api.jsontext import MAX_DEPTH

MAX_OPERATIONS: Final = 10_000  # apiserver, handlers/patch.go
MAX_COPIED: Final = 3 * 1024 * 1024  # bytes; apiserver, server/config.go, JSONPatchMaxCopyBytes
Steps = Sequence[str]


class Rejected(Exception):
    """The patch does not fit the document."""


def json_patch(document: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """The document after all operations; Rejected if one of them cannot be done. Neither argument is changed."""
    copied = 0
    for operation in operations:
        kind = operation.get("op")
        if kind == "copy":
            value = _found(document, _text(operation, "from"))
            copied += len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace"))
            if copied > MAX_COPIED:
                raise Rejected("the copies are too large")
            document = _edited(document, _text(operation, "path"), _add, value)
        else:
            document = _one(document, kind, operation)
    if _is_too_deep(document):
        raise Rejected("the document nests too deep")
    return document


def _one(document: Any, kind: Any, operation: Mapping[str, Any]) -> Any:
    if kind == "move":
        start = _text(operation, "from")
        value = _found(document, start)
        document = _edited(document, start, _remove, None)
        return _edited(document, _text(operation, "path"), _add, value)
    path, value = _text(operation, "path"), operation.get("value")
    if kind == "test":
        if not same(document if path == "" else _found(document, path), value):
            raise Rejected(f"testing value {path} failed")
        return document
    if kind == "replace" and path == "":
        return value if isinstance(value, dict | list) else document
    if kind in ("add", "replace"):
        return _edited(document, path, _add if kind == "add" else _set, value)
    if kind == "remove":
        return _edited(document, path, _remove, None)
    raise Rejected(f"Unexpected kind: {kind}")


def same(one: Any, other: Any) -> bool:
    """Whether two values are written alike: 1 and 1.0, or 1 and true, are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


# -- places


def _text(operation: Mapping[str, Any], name: str) -> str:
    text = operation.get(name)
    if not isinstance(text, str):
        raise Rejected(f"operation missing {name} field")
    return text


def _split(path: str) -> tuple[Steps, str]:
    """The steps to the container, and the key in it. What stands before the first slash does not count."""
    first, *steps = (step.replace("~1", "/").replace("~0", "~") for step in path.split("/"))
    if not steps:
        raise Rejected(f"doc is missing path: {first}")
    return steps[:-1], steps[-1]


def _found(document: Any, path: str) -> Any:
    """The value at a path; None for a member that is not there."""
    steps, key = _split(path)
    for step in steps:
        document = _member(document, step)
    return _member(document, key)


def _member(container: Any, key: str) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    if not isinstance(container, list):
        raise Rejected("doc is missing path")
    return container[_index(key, len(container))]


def _index(key: str, length: int) -> int:
    """An index below ``length``; a negative one counts from there."""
    digits = key.removeprefix("+") if key[:1] == "+" else key.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Rejected(f"no index: {key}")
    index = int(key)
    if not -length <= index < length:
        raise Rejected(f"Unable to access invalid index: {index}")
    return index + length if index < 0 else index


def _edited(document: Any, path: str, edit: Any, value: Any) -> Any:
    """A new document in which the container that a path names is edited."""
    steps, key = _split(path)
    containers = [document]
    for step in steps:
        containers.append(_member(containers[-1], step))
    if not isinstance(containers[-1], dict | list):
        raise Rejected(f"doc is missing path: {path}")
    edited = edit(containers[-1], key, value)
    for container, step in zip(reversed(containers[:-1]), reversed(steps), strict=True):
        edited = _set(container, step, edited)
    return edited


def _set(container: Any, key: str, value: Any) -> Any:
    if isinstance(container, dict):
        return {**container, key: value}
    edited = list(container)
    edited[_index(key, len(edited))] = value
    return edited


def _add(container: Any, key: str, value: Any) -> Any:
    if isinstance(container, dict):
        return {**container, key: value}
    place = len(container) if key == "-" else _index(key, len(container) + 1)
    return [*container[:place], value, *container[place:]]


def _remove(container: Any, key: str, _value: Any) -> Any:
    if isinstance(container, dict):
        if key not in container:
            raise Rejected(f"Unable to remove nonexistent key: {key}")
        return {name: item for name, item in container.items() if name != key}
    place = _index(key, len(container))
    return [*container[:place], *container[place + 1 :]]


def _is_too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        below = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [value for values in below for value in values]
        if not level:
            return False
    return True
