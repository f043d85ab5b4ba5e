"""The files of a dump, of this machine or of the simulated shell, for ``ocsim profile import``."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from simulator.cli.hands import AtHand, at_hand
from simulator.errors import InputError
from simulator.oc.files import absolute
from simulator.profiles.importing.files import MAX_BYTES, File

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
