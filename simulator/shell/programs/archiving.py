"""``tar``, as far as files and directories go; what ``kubectl cp`` and ``oc rsync`` run in a container.

Archives are read and written by the standard library. There are no links here: one in an archive is refused.
"""

from __future__ import annotations

import errno
import fnmatch
import io
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from simulator.shell.errors import describe, os_error
from simulator.shell.filesystem import Stat
from simulator.shell.process import Process, Reader, Writer
from simulator.shell.programs.support import (
    Options,
    Status,
    UsageError,
    complain,
    is_directory,
    parse_options,
    program,
    resolve,
)
from simulator.shell.streams import FileReader, FileWriter

_RECORD: Final = 10240  # an archive is a multiple of so many bytes
_BLOCK: Final = 512
_SHORT: Final = "cxtf:vzmphC:kO"
_LONG: Final = {
    "create": "c", "extract": "x", "get": "x", "list": "t", "file": "f", "verbose": "v", "gzip": "z", "touch": "m",
    "preserve-permissions": "p", "same-permissions": "p", "dereference": "h", "directory": "C",
    "keep-old-files": "k", "to-stdout": "O", "exclude": "exclude:", "strip-components": "strip:",
    "no-same-owner": "o", "no-same-permissions": "o", "no-overwrite-dir": "o", "overwrite": "o", "absolute-names": "P",
}  # fmt: skip
_PREFIX: Final = "Removing leading `/' from member names"
_NO_ARCHIVE: Final = "This does not look like a tar archive"
_DELAYED: Final = "Exiting with failure status due to previous errors"
_HINT: Final = "Try 'tar --help' or 'tar --usage' for more information."
_FAILED: Final = 2


@program
async def tar(process: Process) -> int:
    arguments = process.args[1:]
    if arguments and not arguments[0].startswith("-"):
        arguments = _bundled(arguments[0], arguments[1:])
    options = parse_options(arguments, _SHORT + "oP", _LONG, usage_status=64)
    mode = options.last("c", "x", "t")
    if not mode:
        text = "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options"
        raise UsageError(f"{text}\n{_HINT}", _FAILED, hint=False)
    folder = options.value("C") or "."
    if not is_directory(process, folder):
        text = "Not a directory" if _exists(process, folder) else "No such file or directory"
        return await _give_up(process, f"{folder}: Cannot open: {text}", "Error is not recoverable: exiting now")
    if mode == "c":
        return await _create(process, options, folder)
    return await _read(process, options, folder, listing=mode == "t")


def _bundled(letters: str, rest: Sequence[str]) -> list[str]:
    """The old way: ``cf FILE``, without a dash, with the values of the letters in order behind them."""
    words, left = [], list(rest)
    for letter in letters:
        words.append(f"-{letter}")
        if f"{letter}:" in _SHORT and left:
            words.append(left.pop(0))
    return [*words, *left]


async def _give_up(process: Process, *lines: str) -> int:
    for line in lines:
        await complain(process, line)
    return _FAILED


# -- writing


async def _create(process: Process, options: Options, folder: str) -> int:
    if not options.operands:
        raise UsageError(f"Cowardly refusing to create an empty archive\n{_HINT}", _FAILED, hint=False)
    target = options.value("f", "-") or "-"
    output: Writer = process.stdout
    if target != "-":
        output = FileWriter(process.fs, resolve(process, target), truncate=True)
    packed = _Packed(output, zlib.compressobj(wbits=31) if "z" in options else None)
    status = Status()
    for operand in options.operands:
        if operand.startswith("/"):
            await complain(process, _PREFIX)
        for path, found in _walk(process, posixpath.join(folder, operand), operand, options, status):
            if isinstance(found, OSError):
                await complain(process, f"{path}: Cannot {_verb(found)}: {describe(found)}")
                continue
            await _add(process, packed, posixpath.join(folder, path), path, found)
            if "v" in options:
                shown = path.rstrip("/") + ("/" if found.kind == "dir" else "")
                await (process.stderr if target == "-" else process.stdout).write(f"{shown}\n")
    await packed.finish()
    if status.code:
        await complain(process, _DELAYED)
    return status.code


class _Packed:
    """Counts what is written, and compresses it if need be."""

    def __init__(self, output: Writer, compressor: zlib._Compress | None) -> None:
        self._output, self._compressor = output, compressor
        self._size = 0

    async def write(self, data: bytes) -> None:
        self._size += len(data)
        await self._output.write(self._compressor.compress(data) if self._compressor else data)

    async def finish(self) -> None:
        await self.write(bytes(2 * _BLOCK))
        await self.write(bytes(-self._size % _RECORD))
        if self._compressor is not None:
            await self._output.write(self._compressor.flush())


def _walk(
    process: Process, full: str, name: str, options: Options, status: Status
) -> Iterator[tuple[str, Stat | OSError]]:
    """A file, or a directory and all below it, with what cannot be looked at."""
    process.budget.spend_steps()
    if any(fnmatch.fnmatch(name, one) or fnmatch.fnmatch(posixpath.basename(name), one)
           for one in options.values.get("exclude", ())):  # fmt: skip
        return
    try:
        found = process.fs.stat(resolve(process, full))
        below = process.fs.list(resolve(process, full)) if found.kind == "dir" else []
    except OSError as error:
        status.fail(_FAILED)
        yield name, error
        return
    yield name, found
    for child in sorted(below):
        yield from _walk(process, posixpath.join(full, child), posixpath.join(name, child), options, status)


async def _add(process: Process, packed: _Packed, full: str, name: str, found: Stat) -> None:
    data = process.fs.read(resolve(process, full)) if found.kind == "file" else b""
    member = tarfile.TarInfo(_member_name(name, found))
    member.type = tarfile.DIRTYPE if found.kind == "dir" else tarfile.REGTYPE
    member.size, member.mode, member.mtime = len(data), found.mode, int(found.mtime)
    member.uid, member.gid = found.uid, found.gid
    member.uname = process.system.user_names.get(found.uid, "")
    member.gname = process.system.group_names.get(found.gid, "")
    await packed.write(member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
    if data:
        await packed.write(data + bytes(-len(data) % _BLOCK))


def _member_name(name: str, found: Stat) -> str:
    inner = name.lstrip("/") or "./"
    return inner.rstrip("/") + "/" if found.kind == "dir" else inner


def _verb(error: OSError) -> str:
    return "open" if isinstance(error, PermissionError) else "stat"


# -- reading


async def _read(process: Process, options: Options, folder: str, *, listing: bool) -> int:
    source = options.value("f", "-") or "-"
    try:
        reader: Reader = process.stdin if source == "-" else FileReader(process.fs, resolve(process, source))
    except OSError as error:
        return await _give_up(
            process, f"{source}: Cannot open: {describe(error)}", "Error is not recoverable: exiting now"
        )
    data = await _charged(process, reader)
    if data and not data.strip(b"\0"):
        return 0  # an archive with nothing in it
    status = Status()
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
            for member in archive:
                if _is_wanted(member, options.operands):
                    content = archive.extractfile(member) if member.isfile() else None
                    held = content.read() if content is not None else b""
                    await (_show if listing else _extract)(process, options, folder, member, held, status)
    except (tarfile.TarError, zlib.error, EOFError):
        return await _give_up(process, _NO_ARCHIVE, _DELAYED)
    if status.code:
        await complain(process, _DELAYED)
    return status.code


async def _charged(process: Process, reader: Reader) -> bytes:
    parts = []
    while part := await reader.read():
        process.budget.spend_bytes(len(part))
        parts.append(part)
    return b"".join(parts)


def _is_wanted(member: tarfile.TarInfo, names: Sequence[str]) -> bool:
    return not names or any(member.name == one.rstrip("/") or member.name.startswith(one.rstrip("/") + "/")
                            for one in names)  # fmt: skip


async def _show(
    process: Process, options: Options, folder: str, member: tarfile.TarInfo, data: bytes, status: Status
) -> None:
    name = member.name + ("/" if member.isdir() else "")
    if "v" in options:
        kind = "d" if member.isdir() else "-"
        bits = "".join(letter if member.mode >> 8 - place & 1 else "-" for place, letter in enumerate("rwxrwxrwx"))
        owner = f"{member.uname or member.uid}/{member.gname or member.gid}"
        when = datetime.fromtimestamp(member.mtime, UTC).strftime("%Y-%m-%d %H:%M")
        name = f"{kind}{bits} {owner} {member.size:>{max(1, 19 - len(owner))}} {when} {name}"
    await process.stdout.write(f"{name}\n")


async def _extract(
    process: Process, options: Options, folder: str, member: tarfile.TarInfo, data: bytes, status: Status
) -> None:
    process.budget.spend_steps()
    name = re.sub(r"^(?:/+|\./)+", "", member.name)
    strip = int(options.value("strip", "0") or 0)
    name = "/".join(name.split("/")[strip:])
    if not name or name == ".":
        return
    if ".." in name.split("/"):
        status.fail(_FAILED)
        await complain(process, f"{member.name}: Member name contains '..'")
        return
    if "v" in options:
        await process.stdout.write(member.name + ("/\n" if member.isdir() else "\n"))
    if "O" in options:
        await process.stdout.write(data)
        return
    try:
        _place(process, resolve(process, posixpath.join(folder, name)), options, member, data)
    except OSError as error:
        status.fail(_FAILED)
        await complain(process, f"{name}: Cannot {'mkdir' if member.isdir() else 'open'}: {describe(error)}")


def _place(process: Process, path: str, options: Options, member: tarfile.TarInfo, data: bytes) -> None:
    """Make the file, its directories before it. OSError."""
    fs = process.fs
    missing, above = [], posixpath.dirname(path)
    while not is_directory(process, above):
        missing.append(above)
        above = posixpath.dirname(above)
    for folder in reversed(missing):
        fs.make_dir(folder)
    if member.isdir():
        if not is_directory(process, path):
            fs.make_dir(path, member.mode & 0o777 & ~0o022)
        return
    if not member.isfile():
        raise os_error(errno.EPERM, path)
    if "k" in options and _exists(process, path):
        raise os_error(errno.EEXIST, path)
    if _exists(process, path):
        fs.remove(path)  # the new one is ours, whoever the old one belonged to
    fs.write(path, data)
    fs.set_mode(path, member.mode & 0o777 if "p" in options else member.mode & 0o777 & ~0o022)
    if "m" not in options:
        fs.set_mtime(path, float(member.mtime))


def _exists(process: Process, path: str) -> bool:
    try:
        process.fs.stat(resolve(process, path))
    except OSError:
        return False
    return True
