"""Folders of whoever typed a command, on this machine or in the simulated shell: dumps, and profiles."""

from __future__ import annotations

import io
import os
import posixpath
import stat
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from simulator.cli.hands import AtHand, at_hand
from simulator.errors import InputError
from simulator.oc.files import absolute
from simulator.profiles.importing.files import MAX_BYTES, File
from simulator.shell.filesystem import FileSystem

_ARCHIVES = (".tar", ".tgz", ".tar.gz", ".tar.xz", ".zip")


def files_here(folder: Path) -> list[File]:
    """All files below a folder of whoever typed the command, by path; InputError when it is none."""
    here = at_hand()
    return list(_host_files(folder) if here is None else _simulated_files(here, str(folder)))


def _host_files(root: Path) -> Iterator[File]:
    """Links that lead to a folder are not followed, nor those that lead out; nothing but plain files is opened."""
    if root.name.endswith(_ARCHIVES) and root.is_file():
        raise InputError("this is an archive: unpack it first", file=str(root))
    if not root.is_dir():
        raise InputError("there is no such folder", file=str(root))
    inside = root.resolve()
    for above, folders, names in os.walk(root, onerror=_refuse):
        folders.sort()
        for name in sorted(names):
            path = Path(above, name)
            yield File(path.relative_to(root).as_posix(), lambda path=path: _read(path, inside))  # type: ignore[misc]


def _refuse(error: OSError) -> None:
    raise InputError(f"cannot be read: {error.strerror}", file=str(error.filename))


def _read(path: Path, inside: Path) -> bytes:
    if path.is_symlink() and not path.resolve().is_relative_to(inside):
        raise InputError("a link that leads out of the folder")
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError("not a plain file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _simulated_files(here: AtHand, folder: str) -> Iterator[File]:
    fs, root = here.process.fs, absolute(here.process, folder)
    try:
        names = sorted(fs.list(root))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=folder) from error
    pending = [f"{root.rstrip('/')}/{name}" for name in reversed(names)]
    while pending:
        path = pending.pop()
        if fs.stat(path).kind == "dir":
            pending += [f"{path}/{name}" for name in sorted(fs.list(path), reverse=True)]
        else:
            yield File(path.removeprefix(root.rstrip("/") + "/"), lambda path=path: fs.read(path))  # type: ignore[misc]


# -- a profile's folder


def is_folder_here(path: Path) -> bool:
    """Whether a path of whoever typed the command leads to a folder."""
    here = at_hand()
    return path.is_dir() if here is None else SimulatedFolder.of(here, str(path)).is_dir()


def folder_here(path: Path) -> Traversable:
    """A folder of whoever typed the command; InputError when it is none."""
    here = at_hand()
    folder: Traversable = path if here is None else SimulatedFolder.of(here, str(path))
    if not folder.is_dir():
        raise InputError("there is no such folder", file=str(path))
    return folder


class SimulatedFolder(Traversable):
    """A file or folder of the simulated shell, as files of a package are read."""

    def __init__(self, fs: FileSystem, path: str) -> None:
        self._fs, self._path = fs, path

    @classmethod
    def of(cls, here: AtHand, path: str) -> SimulatedFolder:
        return cls(here.process.fs, absolute(here.process, path))

    @property
    def name(self) -> str:
        return posixpath.basename(self._path)

    def iterdir(self) -> Iterator[Traversable]:
        return (self.joinpath(name) for name in self._fs.list(self._path))

    def joinpath(self, *descendants: str | os.PathLike[str]) -> Traversable:
        return SimulatedFolder(self._fs, posixpath.join(self._path, *(os.fspath(one) for one in descendants)))

    def is_dir(self) -> bool:
        return self._kind() == "dir"

    def is_file(self) -> bool:
        return self._kind() == "file"

    def read_bytes(self) -> bytes:
        return self._fs.read(self._path)

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        return self.read_bytes().decode(encoding or "utf-8", errors or "strict")

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        data = io.BytesIO(self.read_bytes())
        return data if "b" in mode else io.TextIOWrapper(data, encoding="utf-8")

    def _kind(self) -> str:
        try:
            return self._fs.stat(self._path).kind
        except OSError:
            return ""
