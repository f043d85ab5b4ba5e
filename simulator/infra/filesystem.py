"""What a container sees: trees of files mounted into one, with the permissions of whoever looks."""

from __future__ import annotations

import errno
import posixpath
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from simulator.infra.tree import PAGE, Node, Tree, directory
from simulator.shell.errors import os_error
from simulator.shell.filesystem import Mount, Stat

READ, WRITE, SEARCH = 4, 2, 1
_SETGID, _STICKY = 0o2000, 0o1000
_UMASK = 0o022
_MAX_LINKS = 40  # as the kernel
_Names = list[str]  # inside the class, ``list`` is a method


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose permissions count. uid 0 is refused nothing but what a read-only filesystem refuses."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()


@dataclass(frozen=True)
class Mounted:
    """A mount with its content. Without a tree (proc, cgroups) it is a line in ``mount`` and nothing more."""

    mount: Mount
    tree: Tree | None = None
    read_only: bool = False
    above: str = "/"  # the directory of ``tree`` that is mounted (a subPath)

    def inner(self, path: str) -> str:
        """``path``, which lies under the mount, as a path of the tree."""
        rest = path[len(self.mount.target.rstrip("/")) :] or "/"
        return rest if self.above == "/" else (self.above + rest).rstrip("/")


@dataclass(frozen=True)
class _Place:
    mounted: Mounted
    tree: Tree
    inner: str
    path: str


class MountedFileSystem:
    """The FileSystem of one process in a container. A later mount hides what an earlier one has at the same place."""

    def __init__(self, mounts: Sequence[Mounted], identity: Identity, clock: Callable[[], float]) -> None:
        self._all: Final = tuple(mounts)
        trees = [mounted for mounted in mounts if mounted.tree is not None]
        trees.reverse()
        self._trees = sorted(trees, key=lambda mounted: -len(mounted.mount.target))
        self._identity, self._clock = identity, clock

    # -- reading

    def stat(self, path: str) -> Stat:
        place = self._resolve(path)
        node = self._existing(place)
        folders = [name for name in self._names(place) if self._is_dir(posixpath.join(place.path, name))]
        return Stat(
            kind=node.kind,
            size=node.size if node.kind == "file" else PAGE,
            mode=node.mode,
            uid=node.uid,
            gid=node.gid,
            mtime=node.mtime,
            inode=zlib.crc32(place.path.encode()),
            links=2 + len(folders) if node.kind == "dir" else 1,
        )

    def list(self, path: str) -> _Names:
        place = self._resolve(path)
        node = self._existing(place)
        if node.kind != "dir":
            raise os_error(errno.ENOTDIR, path)
        self._demand(node, READ, path)
        return self._names(place)

    def read(self, path: str) -> bytes:
        place = self._resolve(path)
        node = self._existing(place)
        if node.kind == "dir":
            raise os_error(errno.EISDIR, path)
        self._demand(node, READ, path)
        return node.data

    def mounts(self) -> Sequence[Mount]:
        return [mounted.mount for mounted in self._all]

    # -- writing

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        self.store(path, data, append=append)

    def store(self, path: str, data: bytes, *, append: bool = False, size: int | None = None) -> None:
        """Write a file; ``size`` is recorded instead of the payload's own length."""
        place = self._resolve(path)
        old = place.tree.get(place.inner)
        if old is None:
            node = self._new_node(place, Node("file", mode=0o666 & ~_UMASK))
        elif old.kind == "dir":
            raise os_error(errno.EISDIR, path)
        elif old.kind == "char":
            return
        else:
            self._demand(old, WRITE, path)
            node = old
        content = node.data + data if append else data
        grown = (node.size if append else 0) + (len(data) if size is None else size)
        self._put(place, replace(node, data=content, size=grown, mtime=self._clock()))

    def make_dir(self, path: str, mode: int = 0o755) -> None:
        place = self._resolve(path)
        if self._node(place) is not None:
            raise os_error(errno.EEXIST, path)
        self._put(place, self._new_node(place, directory(mode)))

    def remove(self, path: str) -> None:
        place = self._resolve(path)
        if self._existing(place).kind == "dir":
            raise os_error(errno.EISDIR, path)
        self._drop(place)

    def remove_dir(self, path: str) -> None:
        place = self._resolve(path)
        if self._existing(place).kind != "dir":
            raise os_error(errno.ENOTDIR, path)
        if path == "/" or place.path == place.mounted.mount.target:
            raise os_error(errno.EBUSY, path)
        if self._names(place):
            raise os_error(errno.ENOTEMPTY, path)
        self._drop(place)

    def rename(self, source: str, target: str) -> None:
        old, new = self._resolve(source), self._resolve(target)
        node = self._existing(old)
        if old.tree is not new.tree:
            raise os_error(errno.EXDEV, target)
        if old.path == new.path:
            return
        if node.kind == "dir" and (new.path + "/").startswith(old.path + "/"):
            raise os_error(errno.EINVAL, target)
        existing = self._node(new)
        if existing is not None:
            self._check_replaceable(node, existing, new)
        self._check_parent(old)
        self._check_parent(new)
        self._move(old.tree, old.inner, new.inner)

    def set_mtime(self, path: str, mtime: float) -> None:
        place, node = self._owned(path)
        self._put(place, replace(node, mtime=mtime))

    def set_mode(self, path: str, mode: int) -> None:
        place, node = self._owned(path)
        self._put(place, replace(node, mode=mode & 0o7777))

    # -- places

    def _resolve(self, path: str) -> _Place:
        """Where a path leads, links followed. Each directory on the way must let us through; the end may be missing."""
        parts = [part for part in path.split("/") if part]
        done, links = "/", 0
        while parts:
            part = parts.pop(0)
            if part in (".", ".."):
                done = posixpath.dirname(done) if part == ".." else done
                continue
            self._check_way(done, path)
            here = posixpath.join(done, part)
            node = self._node(self._place(here))
            if node is None and parts:
                raise os_error(errno.ENOENT, path)
            if node is not None and node.kind == "link":
                links += 1
                if links > _MAX_LINKS:
                    raise os_error(errno.ELOOP, path)
                leads = [piece for piece in node.target.split("/") if piece]
                parts = leads + parts
                done = "/" if node.target.startswith("/") else done
                continue
            done = here
        return self._place(done)

    def _check_way(self, folder: str, path: str) -> None:
        node = self._node(self._place(folder))
        if node is None or node.kind != "dir":
            raise os_error(errno.ENOTDIR, path)
        self._demand(node, SEARCH, path)

    def _place(self, path: str) -> _Place:
        for mounted in self._trees:
            target = mounted.mount.target
            if path == target or target == "/" or path.startswith(target + "/"):
                assert mounted.tree is not None
                return _Place(mounted, mounted.tree, mounted.inner(path), path)
        raise os_error(errno.ENOENT, path)

    def _node(self, place: _Place) -> Node | None:
        node = place.tree.get(place.inner)
        if node is None and self._mounted_below(place.path):
            return directory()
        return node

    def _existing(self, place: _Place) -> Node:
        node = self._node(place)
        if node is None:
            raise os_error(errno.ENOENT, place.path)
        return node

    def _names(self, place: _Place) -> _Names:
        """What stands in a directory, mount points included even where the image has none."""
        prefix = place.path.rstrip("/") + "/"
        return sorted({*place.tree.children(place.inner), *self._mounted_below(place.path, prefix)})

    def _mounted_below(self, path: str, prefix: str = "") -> set[str]:
        prefix = prefix or path.rstrip("/") + "/"
        below = [mounted.mount.target for mounted in self._trees if mounted.mount.target.startswith(prefix)]
        return {target[len(prefix) :].split("/")[0] for target in below if target != prefix}

    def _is_dir(self, path: str) -> bool:
        node = self._node(self._place(path))
        return node is not None and node.kind == "dir"

    # -- permissions

    def _demand(self, node: Node, wanted: int, path: str) -> None:
        if not self._may(node, wanted):
            raise os_error(errno.EACCES, path)

    def _may(self, node: Node, wanted: int) -> bool:
        who = self._identity
        if who.uid == 0:
            return True
        if who.uid == node.uid:
            bits = node.mode >> 6
        elif node.gid == who.gid or node.gid in who.groups:
            bits = node.mode >> 3
        else:
            bits = node.mode
        return bits & wanted == wanted

    def _owned(self, path: str) -> tuple[_Place, Node]:
        place = self._resolve(path)
        node = self._existing(place)
        if self._identity.uid not in (0, node.uid):
            raise os_error(errno.EPERM, path)
        return place, node

    def _check_parent(self, place: _Place) -> Node:
        """The directory of a place, after the check that we may add to it and take from it."""
        above = self._place(posixpath.dirname(place.path))
        if above.tree is not place.tree:
            raise os_error(errno.EBUSY, place.path)
        self._check_writable(place)
        parent = self._existing(above)
        self._demand(parent, WRITE | SEARCH, place.path)
        node = place.tree.get(place.inner)
        if parent.mode & _STICKY and node is not None and self._identity.uid not in (0, parent.uid, node.uid):
            raise os_error(errno.EPERM, place.path)
        return parent

    def _check_writable(self, place: _Place) -> None:
        if place.mounted.read_only or place.tree.read_only:
            raise os_error(errno.EROFS, place.path)

    def _check_replaceable(self, node: Node, existing: Node, place: _Place) -> None:
        if existing.kind == "dir" and node.kind != "dir":
            raise os_error(errno.EISDIR, place.path)
        if existing.kind != "dir" and node.kind == "dir":
            raise os_error(errno.ENOTDIR, place.path)
        if existing.kind == "dir" and self._names(place):
            raise os_error(errno.ENOTEMPTY, place.path)

    # -- changes

    def _new_node(self, place: _Place, node: Node) -> Node:
        """``node`` as we make it: ours, and of the directory's group where that has the setgid bit."""
        parent = self._check_parent(place)
        inherits = bool(parent.mode & _SETGID)
        mode = node.mode | (_SETGID if inherits and node.kind == "dir" else 0)
        gid = parent.gid if inherits else self._identity.gid
        return replace(node, mode=mode, uid=self._identity.uid, gid=gid, mtime=self._clock())

    def _put(self, place: _Place, node: Node) -> None:
        self._check_writable(place)
        place.tree.put(place.inner, node)

    def _drop(self, place: _Place) -> None:
        self._check_parent(place)
        place.tree.delete(place.inner)

    def _move(self, tree: Tree, source: str, target: str) -> None:
        node = tree.get(source)
        assert node is not None
        tree.put(target, node)
        for name in tree.children(source):
            self._move(tree, posixpath.join(source, name), posixpath.join(target, name))
        tree.delete(source)
