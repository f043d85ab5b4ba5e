"""Trees of files, below any mount: what a volume, an image or a secret volume holds. Content only, no permissions."""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from simulator.shell.errors import os_error
from simulator.shell.filesystem import FileKind

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Node:
    """One file. ``size`` is what ls and du show; the payload may be shorter. ``target`` is where a link leads."""

    kind: FileKind = "file"
    data: bytes = b""
    size: int = 0
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = 0.0
    target: str = ""


def directory(mode: int = 0o755, uid: int = 0, gid: int = 0, mtime: float = 0.0) -> Node:
    return Node("dir", b"", PAGE, mode, uid, gid, mtime)


def text_file(content: str | bytes, mode: int = 0o644, uid: int = 0, gid: int = 0, mtime: float = 0.0) -> Node:
    data = content.encode() if isinstance(content, str) else content
    return Node("file", data, len(data), mode, uid, gid, mtime)


class Tree(Protocol):
    """Paths start with ``/``, which is the root directory of the tree and always there."""

    read_only: bool

    def get(self, path: str) -> Node | None: ...
    def children(self, path: str) -> list[str]: ...
    def put(self, path: str, node: Node) -> None:
        """Store a node whose parent is there. OSError ENOSPC, EDQUOT or EROFS."""
        ...

    def delete(self, path: str) -> None: ...
    def used(self) -> int:
        """Bytes that the tree holds."""
        ...


class StaticTree:
    """Files that are computed once and never change: an image's layers, a secret, a config map."""

    read_only = True

    def __init__(self, files: Mapping[str, Node], root: Node | None = None) -> None:
        self._nodes: dict[str, Node] = {"/": root or directory()}
        self._children: dict[str, list[str]] = {"/": []}
        for path, node in files.items():
            self._add(path, node)

    def get(self, path: str) -> Node | None:
        return self._nodes.get(path)

    def children(self, path: str) -> list[str]:
        return sorted(self._children.get(path, ()))

    def put(self, path: str, node: Node) -> None:
        raise os_error(errno.EROFS, path)

    def delete(self, path: str) -> None:
        raise os_error(errno.EROFS, path)

    def used(self) -> int:
        """As a tmpfs counts: whole pages of each file."""
        return sum(_pages(node.size) for node in self._nodes.values() if node.kind == "file")

    def _add(self, path: str, node: Node) -> None:
        above, name = posixpath.split(path)
        if above not in self._nodes:
            self._add(above, directory(mtime=node.mtime))
        if path not in self._nodes:
            self._children[above].append(name)
        self._nodes[path] = node
        if node.kind == "dir":
            self._children.setdefault(path, [])


class OverlayTree:
    """An image below, a container's own layer above. What is removed from the image leaves a ``fifo`` node as whiteout.

    ``upper`` gives the layer; ``make_upper`` makes it at the first write.
    """

    read_only = False

    def __init__(self, lower: Tree, upper: Tree | None, make_upper: Callable[[], Tree]) -> None:
        self._lower, self._upper, self._make_upper = lower, upper, make_upper

    def get(self, path: str) -> Node | None:
        if self._upper is None or path == "/":
            return self._lower.get(path)
        node = self._upper.get(path)
        if node is not None:
            return None if node.kind == "fifo" else node
        return self._lower.get(path)

    def children(self, path: str) -> list[str]:
        names = set(self._lower.children(path))
        if self._upper is not None:
            names.update(self._upper.children(path))
        return sorted(name for name in names if self.get(posixpath.join(path, name)) is not None)

    def put(self, path: str, node: Node) -> None:
        self._writable().put(path, node)

    def delete(self, path: str) -> None:
        upper = self._writable()
        if upper.get(path) is not None:
            upper.delete(path)
        if self._lower.get(path) is not None:
            upper.put(path, Node("fifo"))

    def used(self) -> int:
        return 0 if self._upper is None else self._upper.used()

    def _writable(self) -> Tree:
        if self._upper is None:
            self._upper = self._make_upper()
        return self._upper


class LiveTree:
    """Files whose content is computed when they are read, as under /proc."""

    read_only = True

    def __init__(self, files: Mapping[str, Callable[[], str]]) -> None:
        self._files = files

    def get(self, path: str) -> Node | None:
        if path in self._files:
            return text_file(self._files[path](), 0o444)
        inside = path == "/" or any(name.startswith(path + "/") for name in self._files)
        return directory(0o555) if inside else None

    def children(self, path: str) -> list[str]:
        prefix = path if path == "/" else path + "/"
        return sorted({name[len(prefix) :].split("/")[0] for name in self._files if name.startswith(prefix)})

    def put(self, path: str, node: Node) -> None:
        raise os_error(errno.EROFS, path)

    def delete(self, path: str) -> None:
        raise os_error(errno.EROFS, path)

    def used(self) -> int:
        return 0


def _pages(size: int) -> int:
    return -(-size // PAGE) * PAGE
