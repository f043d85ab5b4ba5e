"""What types and fields are for: Kubernetes' sentences where the package lightkube-models is installed, else ours.

That package carries them in the docstrings of its classes (``models/core_v1.py``), of which only the text is read, when
somebody asks for it. A docstring has each line of the original wrapped at 78 columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from simulator.api.schema import read_yaml
from simulator.api.typefacts import codes

Notes = Mapping[str, str]
_WIDTH: Final = 78
_CLASS: Final = re.compile(r'^class (\w+)\([^\n]*\n    r?"""(.*?)"""', re.M | re.S)
_PARAMETER: Final = re.compile(r"^      \* \*\*(.+?)\*\* ``.*?`` - ?(?:\*\(optional\)\* ?)?", re.M)
_EVERYWHERE: Final = ("apiVersion", "kind", "metadata")
_ANY: Final = "core.v1.Pod"  # a kind, for what is the same in all
_INDENT: Final = 6  # of a docstring's lines; those of a parameter have two more


def describe(key: str, field: str = "") -> str:
    """The description of a type (``core.v1.Pod``), or of one of its fields; "" when there is none."""
    found = _upstream(key).get(field) or _ours(key).get(field)
    return found or (common(field) if field in _EVERYWHERE and "metadata" in codes(key) else "")


def common(field: str) -> str:
    """What a field is for that every kind has; "" of the words of others only."""
    return _upstream(_ANY).get(field, "")


def _ours(key: str) -> Notes:
    notes: Mapping[str, Notes] = read_yaml("descriptions.yaml")
    return notes.get(key.rpartition(".")[2], {})


@lru_cache(maxsize=2048)
def _upstream(key: str) -> Notes:
    package, _, name = key.rpartition(".")
    text = _classes(package.replace(".", "_")).get(name, "")
    return dict(_notes(text))


@cache
def _classes(module: str) -> Mapping[str, str]:
    """The docstrings of a module by class."""
    folder = _folder()
    path = folder / f"{module}.py" if folder is not None else None
    if path is None or not path.is_file():
        return {}
    return dict(_CLASS.findall(path.read_text(encoding="utf-8")))


@cache
def _folder() -> Path | None:
    """Where the models are; None when they are not installed."""
    spec = find_spec("lightkube")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return next((Path(place) / "models" for place in places if (Path(place) / "models").is_dir()), None)


def _notes(text: str) -> Iterator[tuple[str, str]]:
    head, _, rest = text.partition("      **parameters**")
    yield "", unwrapped(head, _INDENT)
    starts = list(_PARAMETER.finditer(rest))
    ends = [*(start.start() for start in starts[1:]), len(rest)]
    for found, end in zip(starts, ends, strict=False):
        yield found[1], unwrapped(rest[found.end() : end], _INDENT + 2)


def unwrapped(text: str, indent: int) -> str:
    """The text with the lines that were one joined again: those of which the next begins with a word too many."""
    lines: list[str] = []
    last = ""
    for raw in text.rstrip().split("\n"):
        line = raw.removeprefix(" " * indent).rstrip() if lines else raw.strip()
        word = line.split(" ", 1)[0]
        if lines and last and word and len(last) + 1 + len(word) > _WIDTH:
            lines[-1] += " " + line
        else:
            lines.append(line)
        last = line
    return "\n".join(lines).strip()
