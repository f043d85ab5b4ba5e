"""The host's files as the filesystem of a command."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from simulator.shell.filesystem import FileKind, Mount, Stat

_KINDS: dict[int, FileKind] = {
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "link",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
}


class HostFiles:
    """Every call is one of the operating system's; errors are its own."""

    def stat(self, path: str) -> Stat:
        found = os.stat(path)
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "file")
        return Stat(
            kind,
            found.st_size,
            stat.S_IMODE(found.st_mode),
            found.st_uid,
            found.st_gid,
            found.st_mtime,
            found.st_ino,
            found.st_nlink,
        )

    def list(self, path: str) -> list[str]:
        return sorted(os.listdir(path))

    def read(self, path: str) -> bytes:
        return Path(path).read_bytes()

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        with Path(path).open("ab" if append else "wb") as file:
            file.write(data)

    def make_dir(self, path: str, mode: int = 0o755) -> None:
        Path(path).mkdir(mode)

    def remove(self, path: str) -> None:
        os.remove(path)

    def remove_dir(self, path: str) -> None:
        os.rmdir(path)

    def rename(self, source: str, target: str) -> None:
        os.rename(source, target)

    def set_mtime(self, path: str, mtime: float) -> None:
        os.utime(path, (mtime, mtime))

    def set_mode(self, path: str, mode: int) -> None:
        os.chmod(path, mode)

    def mounts(self) -> Sequence[Mount]:
        return ()
