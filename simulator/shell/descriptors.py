"""``/dev/fd/63``: the files behind ``<(...)``, laid over whatever filesystem the shell has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.shell.filesystem import FileSystem, Mount, Stat

FIRST_DESCRIPTOR = 63


class DescriptorFileSystem:
    """``base`` with some more readable files."""

    def __init__(self, base: FileSystem, files: Mapping[str, bytes]) -> None:
        self._base, self._files = base, files

    def stat(self, path: str) -> Stat:
        return Stat("fifo", 0, 0o600) if path in self._files else self._base.stat(path)

    def read(self, path: str) -> bytes:
        return self._files[path] if path in self._files else self._base.read(path)

    def list(self, path: str) -> list[str]:
        return self._base.list(path)

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        self._base.write(path, data, append=append)

    def make_dir(self, path: str, mode: int = 0o755) -> None:
        self._base.make_dir(path, mode)

    def remove(self, path: str) -> None:
        self._base.remove(path)

    def remove_dir(self, path: str) -> None:
        self._base.remove_dir(path)

    def rename(self, source: str, target: str) -> None:
        self._base.rename(source, target)

    def set_mtime(self, path: str, mtime: float) -> None:
        self._base.set_mtime(path, mtime)

    def set_mode(self, path: str, mode: int) -> None:
        self._base.set_mode(path, mode)

    def mounts(self) -> Sequence[Mount]:
        return self._base.mounts()
