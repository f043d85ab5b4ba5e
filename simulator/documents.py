"""Floor 0: YAML. Files that people write are read so that every complaint can name the line.

The library is imported when it is first needed: a cluster that starts from a frozen profile reads no YAML.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from simulator.errors import InputError

Path = tuple[str | int, ...]
"""Where a value stands: keys and list indexes from the top of the file, as ``("objectives", 0, "check")``."""


@dataclass(frozen=True)
class Document:
    """A parsed file, or one document (``index``) of a file of several. ``fail`` makes the InputError for a path."""

    file: str
    data: Any
    text: str
    index: int = 0

    @cached_property
    def lines(self) -> Mapping[Path, int]:
        """The line of every path; looked up only when an error needs one."""
        import yaml

        found: dict[Path, int] = {}
        nodes = yaml.compose_all(self.text, Loader=_loader())
        node = next(itertools.islice(nodes, self.index, None), None)
        if node is not None:
            _note(node, (), found)
        return found

    def line(self, *path: str | int) -> int | None:
        """The line of ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def fail(self, message: str, *path: str | int) -> InputError:
        """The error to raise; ``path`` names the field."""
        name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        return InputError(message, file=self.file, line=self.line(*path), field=name)

    def get(self, kind: type, *path: str | int, default: Any = None) -> Any:
        """The value at ``path``, which must be a ``kind``; when missing the default, else an InputError."""
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                if default is not None:
                    return default
                raise self.fail("this is missing", *path) from None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fail(f"must be {_NAMES.get(kind, kind.__name__)}, is {value!r}", *path)
        return value

    def only(self, known: set[str], *path: str | int) -> None:
        """Refuse keys of the mapping at ``path`` that nobody reads."""
        for key in self.get(dict, *path):
            if key not in known:
                raise self.fail(f"unknown key; known are: {', '.join(sorted(known))}", *path, key)


_NAMES = {str: "a text", dict: "a mapping", list: "a list", int: "a whole number", bool: "true or false"}


def _loader() -> Any:
    """The fast loader of libyaml, where it is; its results are the same."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> Any:
    """The data of a YAML text that no person's file holds."""
    import yaml

    return yaml.load(text, Loader=_loader())


def packaged(package: str, path: str) -> Any:
    """The data of a YAML file that comes with ocsim, as ``("simulator.infra", "data/images.yaml")``."""
    return load(files(package).joinpath(path).read_text(encoding="utf-8"))


def parse(text: str, file: str, what: str = "YAML") -> Document:
    """Parse one YAML document; InputError with file and line when the text is not ``what``."""
    with _told_of(text, file, what):
        return Document(file, load(text), text)


def parse_all(text: str, file: str) -> Iterator[Document]:
    """Parse a YAML or JSON file of any number of documents that a machine wrote, one by one; times stay texts.

    InputError with file and line where it stops being YAML, and for aliases that stand for more than a file may hold.
    """
    from simulator.yamlevents import values

    with _told_of(text, file, "YAML"):
        for index, value in enumerate(values(text, _loader())):
            yield Document(file, value, text, index)


@contextmanager
def _told_of(text: str, file: str, what: str) -> Iterator[None]:
    """What the parser says, as an InputError with file and line."""
    import yaml

    try:
        yield
    except yaml.reader.ReaderError as error:  # it knows the character, not the line
        line = text.count("\n", 0, error.position) + 1
        raise InputError(f"not {what}: {error.reason}", file=file, line=line) from error
    except yaml.MarkedYAMLError as error:
        mark, last = error.problem_mark, text.count("\n")  # libyaml may complain of the line after the last
        place = min(mark.line, last) + 1 if mark else None
        raise InputError(f"not {what}: {error.problem}", file=file, line=place) from error
    except (ValueError, RecursionError) as error:  # a date that is none, a number of 5000 digits, endless brackets
        raise InputError(f"not {what}: {error}", file=file) from error


def _note(node: Any, path: Path, lines: dict[Path, int]) -> None:
    import yaml

    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*path, key.value)] = key.start_mark.line + 1
            _note(value, (*path, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note(value, (*path, index), lines)
