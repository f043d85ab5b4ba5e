"""What a person does in the editor with a piece of YAML: put it in the place of the stanza of that name.

The file is changed as text, so that all other lines, comments included, stay as they are.

* A fragment with ``apiVersion`` and ``kind`` is a whole object and replaces the file below its leading comments.
* A fragment whose first key is not at the root of the file (``storage:``) replaces the first stanza of that name,
  looked for level by level.
* A fragment from the root (``spec: {storage: {pvc: ...}}``) leads to its stanza: the way down goes on as long as the
  file has every key that the fragment has, and the first mapping of which that is not true is replaced as a whole, here
  ``storage``, with the ``s3`` in it. Directly below the root (``spec``, ``metadata``) a missing key is added.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str, ...]


class StanzaError(ValueError):
    """The fragment cannot be put into the file; the message says why."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key and its value stand: lines ``start`` to ``stop`` (exclusive), the key in column ``column``."""

    start: int
    stop: int
    column: int
    node: yaml.Node


def is_object(data: Any) -> bool:
    return isinstance(data, dict) and "apiVersion" in data and "kind" in data


def replace_stanza(text: str, fragment: str) -> str:
    """``text`` with the stanza of ``fragment`` in the place of its own. StanzaError when there is no such place."""
    text, fragment = _ended(text), _ended(fragment)
    data, wanted = _load(text, "the file"), _load(fragment, "the fragment")
    if is_object(wanted):
        return _leading_comments(text) + fragment
    for source, target in _replacements(wanted, data):
        text = _put(text, target, _piece(fragment, source))
    return text


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _load(text: str, what: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise StanzaError(f"{what} is not YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(data, dict):
        raise StanzaError(f"{what} is not a YAML mapping")
    return data


def _leading_comments(text: str) -> str:
    lines = text.splitlines(keepends=True)
    kept = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:kept])


def _replacements(wanted: dict[str, Any], data: dict[str, Any]) -> Iterator[tuple[Path, Path]]:
    """Pairs: the path of a stanza in the fragment, and the path in the file that it replaces (or where it is added)."""
    for key, value in wanted.items():
        if key in data:
            yield from ((path, path) for path in _leaves(value, data[key], (key,)))
            continue
        place = find_key(data, key)
        if place is None:
            raise StanzaError(f"the file has no stanza `{key}`")
        yield (key,), place


def _leaves(value: Any, old: Any, path: Path) -> Iterator[Path]:
    at_root = len(path) == 1
    descend = isinstance(value, dict) and isinstance(old, dict) and (at_root or all(key in old for key in value))
    if not descend or not value or not old:
        yield path
        return
    for key in value:
        if key in old:
            yield from _leaves(value[key], old[key], (*path, key))
        else:
            yield (*path, key)


def find_key(data: dict[str, Any], key: str) -> Path | None:
    """The path of the first mapping entry named ``key``, level by level, within a level in the order of the file."""
    waiting: deque[tuple[Path, dict[str, Any]]] = deque([((), data)])
    while waiting:
        path, mapping = waiting.popleft()
        if key in mapping:
            return (*path, key)
        waiting.extend(((*path, name), value) for name, value in mapping.items() if isinstance(value, dict))
    return None


def _locate(text: str, path: Path) -> _Place | None:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    place: _Place | None = None
    for key in path:
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            return None
        entry = next((pair for pair in node.value if pair[0].value == key), None)
        if entry is None:
            return None
        name, node = entry
        start = name.start_mark
        place = _Place(start.line, _end(node, text), start.column, node)
    return place


def _end(node: yaml.Node, text: str) -> int:
    """The line after ``node``. A block collection ends where the next token begins; comments there belong to that."""
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    if not is_block and getattr(node, "style", None) not in ("|", ">"):
        return node.end_mark.line + 1
    lines = text.splitlines()
    last = node.end_mark.line - 1
    while last > node.start_mark.line and (not lines[last].strip() or lines[last].lstrip().startswith("#")):
        last -= 1
    return last + 1


def _piece(fragment: str, path: Path) -> list[str]:
    """The lines of the stanza at ``path`` of the fragment, its key in column 0."""
    place = _locate(fragment, path)
    if place is None:
        raise StanzaError(f"write `{'.'.join(path)}` of the fragment in block style")
    lines = fragment.splitlines()[place.start : place.stop]
    return [line[place.column :] if line[: place.column].isspace() or not place.column else line for line in lines]


def _put(text: str, path: Path, piece: list[str]) -> str:
    lines = text.splitlines()
    place = _locate(text, path)
    if place is None:  # a new key: at the end of its parent
        start, stop, column = _end_of_parent(text, path)
    else:
        start, stop, column = place.start, place.stop, place.column
    lines[start:stop] = [" " * column + line if line.strip() else line for line in piece]
    return "\n".join(lines) + "\n"


def _end_of_parent(text: str, path: Path) -> tuple[int, int, int]:
    parent = _locate(text, path[:-1])
    if parent is None or not isinstance(parent.node, yaml.MappingNode) or parent.node.flow_style:
        raise StanzaError(f"the file has no block `{'.'.join(path[:-1])}` to put `{path[-1]}` into")
    return parent.stop, parent.stop, int(parent.node.value[0][0].start_mark.column)
