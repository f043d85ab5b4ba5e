"""A filesystem that is a tree of Python objects."""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.shell.errors import os_error
from simulator.shell.filesystem import FileKind, Mount, Stat


@dataclass(slots=True)
class _Node:
    kind: FileKind
    inode: int
    mode: int
    mtime: float
    data: bytearray = field(default_factory=bytearray)
    children: dict[str, _Node] = field(default_factory=dict)


class MemoryFileSystem:
    """Directories, files and a few devices. ``clock`` gives modification times; ``owner`` is everybody's (uid, gid).

    ``files`` maps absolute paths to contents; their directories are made on the way, and a path ending in ``/`` is an
    empty directory.
    """

    def __init__(
        self,
        files: Mapping[str, bytes | str] | None = None,
        *,
        clock: Callable[[], float] = lambda: 0.0,
        mounts: Sequence[Mount] = (),
        owner: tuple[int, int] = (0, 0),
    ) -> None:
        self._clock, self._mounts, self._owner = clock, tuple(mounts), owner
        self._inodes = 1
        self._root = self._new("dir", 0o755)
        for path in ("/dev", "/tmp"):
            self.make_dir(path)
        self.set_mode("/tmp", 0o1777)
        for device in ("null", "zero", "tty"):
            self._root.children["dev"].children[device] = self._new("char", 0o666)
        for path, content in (files or {}).items():
            self.add(path, content)

    def add(self, path: str, content: bytes | str = b"", mode: int | None = None) -> None:
        """Put a file (or, when the path ends in ``/``, a directory) there, with the directories above it."""
        parts = [part for part in path.split("/") if part]
        directories = parts if path.endswith("/") else parts[:-1]
        for depth in range(1, len(directories) + 1):
            above = "/" + "/".join(directories[:depth])
            if self._find(above) is None:
                self.make_dir(above)
        if not path.endswith("/"):
            self.write(path, content.encode() if isinstance(content, str) else content)
        if mode is not None:
            self.set_mode(path.rstrip("/"), mode)

    def stat(self, path: str) -> Stat:
        node = self._node(path)
        directories = sum(child.kind == "dir" for child in node.children.values())
        return Stat(
            kind=node.kind,
            size=4096 if node.kind == "dir" else len(node.data),
            mode=node.mode,
            uid=self._owner[0],
            gid=self._owner[1],
            mtime=node.mtime,
            inode=node.inode,
            links=2 + directories if node.kind == "dir" else 1,
        )

    def list(self, path: str) -> list[str]:
        return sorted(self._directory(path).children)

    def read(self, path: str) -> bytes:
        node = self._node(path)
        if node.kind == "dir":
            raise os_error(errno.EISDIR, path)
        return bytes(node.data)

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        parent, name = self._parent(path)
        node = parent.children.get(name)
        if node is None:
            node = parent.children[name] = self._new("file", 0o644)
            parent.mtime = self._clock()
        if node.kind == "dir":
            raise os_error(errno.EISDIR, path)
        if node.kind != "file":
            return
        if not append:
            node.data.clear()
        node.data += data
        node.mtime = self._clock()

    def make_dir(self, path: str, mode: int = 0o755) -> None:
        if self._find(path) is not None:
            raise os_error(errno.EEXIST, path)
        parent, name = self._parent(path)
        parent.children[name] = self._new("dir", mode)
        parent.mtime = self._clock()

    def remove(self, path: str) -> None:
        parent, name = self._parent(path)
        if self._node(path).kind == "dir":
            raise os_error(errno.EISDIR, path)
        del parent.children[name]
        parent.mtime = self._clock()

    def remove_dir(self, path: str) -> None:
        if self._directory(path).children:
            raise os_error(errno.ENOTEMPTY, path)
        parent, name = self._parent(path)
        del parent.children[name]
        parent.mtime = self._clock()

    def rename(self, source: str, target: str) -> None:
        node = self._node(source)
        parent, name = self._parent(target)
        existing = parent.children.get(name)
        if existing is node:
            return
        if existing is not None:
            self._check_replaceable(node, existing, target)
        if node.kind == "dir" and (target + "/").startswith(source.rstrip("/") + "/"):
            raise os_error(errno.EINVAL, target)
        old_parent, old_name = self._parent(source)
        del old_parent.children[old_name]
        parent.children[name] = node

    def set_mtime(self, path: str, mtime: float) -> None:
        self._node(path).mtime = mtime

    def set_mode(self, path: str, mode: int) -> None:
        self._node(path).mode = mode

    def mounts(self) -> Sequence[Mount]:
        return self._mounts

    def _new(self, kind: FileKind, mode: int) -> _Node:
        self._inodes += 1
        return _Node(kind, self._inodes, mode, self._clock())

    def _find(self, path: str) -> _Node | None:
        """The node at a path, None when nothing is there; NotADirectoryError when the way leads through a file."""
        node = self._root
        for part in path.split("/"):
            if not part:
                continue
            if node.kind != "dir":
                raise os_error(errno.ENOTDIR, path)
            child = node.children.get(part)
            if child is None:
                return None
            node = child
        return node

    def _node(self, path: str) -> _Node:
        node = self._find(path)
        if node is None:
            raise os_error(errno.ENOENT, path)
        return node

    def _directory(self, path: str) -> _Node:
        node = self._node(path)
        if node.kind != "dir":
            raise os_error(errno.ENOTDIR, path)
        return node

    def _parent(self, path: str) -> tuple[_Node, str]:
        above, name = posixpath.split(path.rstrip("/"))
        if not name:
            raise os_error(errno.EBUSY, path)
        parent = self._find(above)
        if parent is None or parent.kind != "dir":
            raise os_error(errno.ENOENT if parent is None else errno.ENOTDIR, path)
        return parent, name

    def _check_replaceable(self, node: _Node, existing: _Node, target: str) -> None:
        if existing.kind == "dir" and node.kind != "dir":
            raise os_error(errno.EISDIR, target)
        if existing.kind != "dir" and node.kind == "dir":
            raise os_error(errno.ENOTDIR, target)
        if existing.children:
            raise os_error(errno.ENOTEMPTY, target)
