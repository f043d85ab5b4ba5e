"""The programs of a small Linux image: ``PROGRAMS`` maps a name to its program, one family a file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from simulator.shell.process import Process, Program


class Deferred:
    """A program whose file is imported when it first runs, so that a shell starts without awk and sed."""

    __slots__ = ("_family", "_function", "_program")

    def __init__(self, family: str, function: str) -> None:
        self._family, self._function = family, function
        self._program: Program | None = None

    async def __call__(self, process: Process) -> int:
        if self._program is None:
            self._program = getattr(import_module(f"{__name__}.{self._family}"), self._function)
        return await self._program(process)


# Family, then the names of its programs; "name=function" where the two differ.
_FAMILIES: Final = {
    "archiving": "tar",
    "awk": "awk gawk=awk",
    "columns": "column cut expand fold paste rev tr",
    "comparing": "cmp diff",
    "copying": "chmod cp mkdir mktemp mv rm rmdir touch truncate",
    "dates": "date sleep timeout",
    "digests": "base64 md5sum sha1sum sha256sum sha512sum",
    "disks": "df mount",
    "finding": "find xargs",
    "grep": "egrep=grep fgrep=grep grep",
    "identity": "clear env hostname id=id_ nproc printenv ps readlink realpath uname which whoami",
    "listing": "du ls stat",
    "ordering": "comm join sort uniq",
    "rooting": "chroot",
    "sed": "sed",
    "shells": "bash=sh sh",
    "values": "[=test basename dirname echo expr false printf seq test true yes",
    "viewing": "cat head less=cat more=cat nl od tac tail tee wc",
}

PROGRAMS: Final[Mapping[str, Program]] = {
    name: Deferred(family, function or name)
    for family, entries in _FAMILIES.items()
    for name, _, function in (entry.partition("=") for entry in entries.split())
}
