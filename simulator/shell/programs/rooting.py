"""``chroot``: a program that sees a directory as its root, as after ``oc debug node/NAME``."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.shell.errors import describe
from simulator.shell.filesystem import FileSystem, Mount, Stat
from simulator.shell.process import Process
from simulator.shell.programs.support import complain, resolve, run_child

_FAILED = 125
_Names = list[str]  # inside the class, ``list`` is a method


async def chroot(process: Process) -> int:
    words = process.args[1:]
    if not words:
        await complain(process, "missing operand")
        await process.stderr.write("Try 'chroot --help' for more information.\n")
        return _FAILED
    root = resolve(process, words[0])
    problem = _problem(process, root)
    if problem:
        await complain(process, f"cannot change root directory to '{words[0]}': {problem}")
        return _FAILED
    command = words[1:] or [process.env.get("SHELL") or "/bin/sh", "-i"]
    return await run_child(process, command, fs=Rooted(process.fs, root), cwd="/")


def _problem(process: Process, root: str) -> str:
    """Why this cannot be the root; "" when it can."""
    try:
        kind = process.fs.stat(root).kind
    except OSError as error:
        return describe(error)
    if kind != "dir":
        return "Not a directory"
    return "" if process.system.uid == 0 else "Operation not permitted"


@dataclass(frozen=True)
class Rooted:
    """A filesystem as it looks from one of its directories."""

    fs: FileSystem
    root: str

    def stat(self, path: str) -> Stat:
        return self.fs.stat(self._full(path))

    def list(self, path: str) -> _Names:
        return self.fs.list(self._full(path))

    def read(self, path: str) -> bytes:
        return self.fs.read(self._full(path))

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        self.fs.write(self._full(path), data, append=append)

    def make_dir(self, path: str, mode: int = 0o755) -> None:
        self.fs.make_dir(self._full(path), mode)

    def remove(self, path: str) -> None:
        self.fs.remove(self._full(path))

    def remove_dir(self, path: str) -> None:
        self.fs.remove_dir(self._full(path))

    def rename(self, source: str, target: str) -> None:
        self.fs.rename(self._full(source), self._full(target))

    def set_mtime(self, path: str, mtime: float) -> None:
        self.fs.set_mtime(self._full(path), mtime)

    def set_mode(self, path: str, mode: int) -> None:
        self.fs.set_mode(self._full(path), mode)

    def mounts(self) -> Sequence[Mount]:
        return self.fs.mounts()

    def _full(self, path: str) -> str:
        return posixpath.normpath(self.root + posixpath.normpath(f"/{path}"))
