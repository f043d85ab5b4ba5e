"""The filesystem port of the shell and its programs.

Paths are absolute and normal (``/a/b``); errors are OSError with an errno.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

FileKind = Literal["file", "dir", "link", "char", "block", "fifo"]


@dataclass(frozen=True, slots=True)
class Stat:
    """``size`` is what ls shows, in bytes (perhaps more than the stored payload); ``mode`` the 12 permission bits."""

    kind: FileKind
    size: int
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = 0.0
    inode: int = 0
    links: int = 1


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/mounts, with what statfs(2) answers: sizes in bytes, ``total`` 0 for a pseudo filesystem."""

    source: str
    target: str
    fstype: str
    options: str
    total: int = 0
    used: int = 0
    available: int = 0
    device: str = ""  # what df compares to list a device once; "" means the source


class FileSystem(Protocol):
    def stat(self, path: str) -> Stat: ...
    def list(self, path: str) -> list[str]: ...
    def read(self, path: str) -> bytes: ...
    def write(self, path: str, data: bytes, *, append: bool = False) -> None: ...
    def make_dir(self, path: str, mode: int = 0o755) -> None: ...
    def remove(self, path: str) -> None: ...
    def remove_dir(self, path: str) -> None: ...
    def rename(self, source: str, target: str) -> None: ...
    def set_mtime(self, path: str, mtime: float) -> None: ...
    def set_mode(self, path: str, mode: int) -> None: ...
    def mounts(self) -> Sequence[Mount]: ...
