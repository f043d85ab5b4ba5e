"""The labs and scenarios that come with ocsim, and files of the host's by their names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import simulator
from simulator.errors import InputError


def content(kind: str) -> Path:
    """The folder of the labs (``docs/labs``) or scenarios that come with ocsim: in a checkout, or as installed."""
    checkout = Path(simulator.__file__).parent.parent
    for folder in (checkout / {"labs": "docs/labs"}.get(kind, kind), Path(sys.prefix) / "share" / "ocsim" / kind):
        if folder.is_dir():
            return folder
    raise InputError(f"the {kind} of ocsim are not installed; run from a checkout or install the package again")


def find(kind: str, name: str, suffixes: tuple[str, ...]) -> Path:
    """One that comes with ocsim, by its name."""
    for suffix in suffixes:
        candidate = content(kind) / f"{name}{suffix}"
        if candidate.is_file():
            return candidate
    known = ", ".join(path.stem for path in listed(kind, suffixes))
    raise InputError(f"there is no file and no {kind.removesuffix('s')} {name!r}; there are: {known}")


def listed(kind: str, suffixes: tuple[str, ...]) -> Iterator[Path]:
    return (path for path in sorted(content(kind).iterdir()) if path.suffix in suffixes)


def read(path: Path) -> str:
    """The text of a file of this machine; InputError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=str(path)) from error
