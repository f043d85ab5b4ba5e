"""The files of a dump: which hold objects, and what kind of dump it is."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from simulator.errors import InputError
from simulator.profiles.importing.report import Report

MAX_BYTES = 100 * 1024 * 1024
_SUFFIXES = (".yaml", ".yml", ".json")
_PARTS = ("namespaces", "cluster-scoped-resources")  # the two folders of `oc adm inspect`
_TOO_LARGE = f"larger than {MAX_BYTES // 1024**2} MiB"


@dataclass(frozen=True)
class File:
    """``path``: below the folder, with slashes. ``read`` gives at most ``MAX_BYTES`` + 1 bytes; OSError."""

    path: str
    read: Callable[[], bytes]

    @property
    def parts(self) -> Sequence[str]:
        return self.path.split("/")


def files_of(folder: Traversable, above: str = "") -> Iterator[File]:
    """All files below a folder, by name."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = posixpath.join(above, entry.name)
        if entry.is_dir():
            yield from files_of(entry, path)
        elif entry.is_file():
            yield File(path, lambda entry=entry: _read(entry))  # type: ignore[misc]


def _read(entry: Traversable) -> bytes:
    with entry.open("rb") as stream:
        return bytes(stream.read(MAX_BYTES + 1))


def layout_of(files: Iterable[File]) -> str:
    """A must-gather holds the folders of several images; each of those is what an inspect makes."""
    above = {file.parts[index - 1] if index else "" for file in files for index in _places(file)}
    if not above:
        return "oc get"
    return "must-gather" if any("-sha256-" in name or name == "must-gather" for name in above) else "oc adm inspect"


def _places(file: File) -> list[int]:
    return [index for index, part in enumerate(file.parts[:-1]) if part in _PARTS]


def object_files(files: Sequence[File], report: Report) -> Iterator[tuple[File, str]]:
    """The files that can hold objects, with their text. All others are counted; what cannot be read is reported."""
    inspected = report.layout != "oc get"
    for file in files:
        kind = _skipped_kind(file, inspected)
        if kind:
            report.skipped[kind] += 1
            continue
        report.files += 1
        text = _text(file, report)
        if text is not None:
            yield file, text


def _skipped_kind(file: File, inspected: bool) -> str:
    """What a file is that holds no objects; "" when it may hold some."""
    name = file.parts[-1]
    if ".log" in name or "logs" in file.parts:
        return "logs of containers and hosts"
    suffix = posixpath.splitext(name)[1]
    if suffix not in _SUFFIXES:
        return f"{suffix} files" if suffix else "files without a suffix"
    if inspected and not _places(file) and not name.startswith("version"):
        return "files outside of namespaces and cluster-scoped-resources"
    return ""


def _text(file: File, report: Report) -> str | None:
    try:
        data = file.read()
        if len(data) > MAX_BYTES:
            report.refuse(file.path, None, f"not read: {_TOO_LARGE}")
            return None
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report.refuse(file.path, line, "not text in UTF-8")
    except (OSError, InputError) as error:
        report.refuse(file.path, None, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return None
