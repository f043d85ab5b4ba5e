"""The filesystem in memory keeps to what POSIX says of files and directories."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from simulator.shell import MemoryFileSystem


def make() -> MemoryFileSystem:
    return MemoryFileSystem({"/d/f": "text", "/d/e/": "", "/x": b"\x00"}, clock=lambda: 7.0, owner=(5, 6))


def test_reads_what_was_written() -> None:
    fs = make()
    fs.write("/d/f", b" more", append=True)
    assert fs.read("/d/f") == b"text more"
    fs.write("/d/f", b"new")
    assert (fs.read("/d/f"), fs.stat("/d/f").size) == (b"new", 3)
    status = fs.stat("/d/f")
    assert (status.kind, status.mode, status.uid, status.gid, status.mtime) == ("file", 0o644, 5, 6, 7.0)
    assert fs.list("/d") == ["e", "f"]
    assert fs.stat("/d").links == 3


@pytest.mark.parametrize(
    ("call", "number"),
    [
        (lambda fs: fs.read("/no"), errno.ENOENT),
        (lambda fs: fs.read("/d"), errno.EISDIR),
        (lambda fs: fs.stat("/x/y"), errno.ENOTDIR),
        (lambda fs: fs.list("/x"), errno.ENOTDIR),
        (lambda fs: fs.write("/no/f", b""), errno.ENOENT),
        (lambda fs: fs.write("/d", b""), errno.EISDIR),
        (lambda fs: fs.make_dir("/d"), errno.EEXIST),
        (lambda fs: fs.make_dir("/no/d"), errno.ENOENT),
        (lambda fs: fs.remove("/d"), errno.EISDIR),
        (lambda fs: fs.remove("/no"), errno.ENOENT),
        (lambda fs: fs.remove_dir("/d"), errno.ENOTEMPTY),
        (lambda fs: fs.remove_dir("/x"), errno.ENOTDIR),
        (lambda fs: fs.rename("/x", "/d"), errno.EISDIR),
        (lambda fs: fs.rename("/d", "/x"), errno.ENOTDIR),
        (lambda fs: fs.rename("/d", "/d/e/g"), errno.EINVAL),
    ],
)
def test_says_what_is_wrong(call: Callable[[MemoryFileSystem], object], number: int) -> None:
    with pytest.raises(OSError) as caught:
        call(make())
    assert caught.value.errno == number


def test_moves_and_removes() -> None:
    fs = make()
    fs.rename("/d", "/moved")
    assert fs.read("/moved/f") == b"text"
    fs.remove("/moved/f")
    fs.remove_dir("/moved/e")
    fs.remove_dir("/moved")
    assert "moved" not in fs.list("/")


def test_devices_swallow_what_is_written() -> None:
    fs = make()
    fs.write("/dev/null", b"gone")
    assert fs.read("/dev/null") == b""
    assert fs.stat("/dev/null").kind == "char"
