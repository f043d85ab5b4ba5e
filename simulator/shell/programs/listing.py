"""ls, stat, du."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.filesystem import Stat
from simulator.shell.formatting import unescape
from simulator.shell.process import Process, Writer
from simulator.shell.programs.dates import format_date
from simulator.shell.programs.ordering import _version
from simulator.shell.programs.support import (
    Options,
    Status,
    UsageError,
    complain,
    human_size,
    number,
    parse_options,
    program,
    resolve,
)
from simulator.shell.streams import Metered, TerminalWriter, encode

_LETTERS: Final = {"file": "-", "dir": "d", "link": "l", "char": "c", "block": "b", "fifo": "p"}
_NAMES: Final = {
    "file": "regular file", "dir": "directory", "link": "symbolic link", "char": "character special file",
    "block": "block special file", "fifo": "fifo",
}  # fmt: skip
_HALF_YEAR_S: Final = 31556952 / 2
_BLOCK: Final = 4096


def mode_text(status: Stat) -> str:
    """``drwxr-xr-t``."""
    out = _LETTERS[status.kind]
    for shift, special, letter in ((6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")):
        bits = status.mode >> shift
        execute = "x" if bits & 1 else "-"
        if status.mode & special:
            execute = letter if bits & 1 else letter.upper()
        out += ("r" if bits & 4 else "-") + ("w" if bits & 2 else "-") + execute
    return out


def user_name(process: Process, uid: int) -> str:
    return process.system.user_names.get(uid) or ("root" if uid == 0 else str(uid))


def group_name(process: Process, gid: int) -> str:
    return process.system.group_names.get(gid) or ("root" if gid == 0 else str(gid))


def disk_usage(status: Stat) -> int:
    """Bytes on disk: whole blocks of 4 KiB."""
    if status.kind == "dir":
        return _BLOCK
    return -(-status.size // _BLOCK) * _BLOCK if status.kind == "file" else 0


@dataclass(frozen=True)
class _Entry:
    name: str
    path: str
    status: Stat


_LS_LONG: Final = {
    "all": "a", "almost-all": "A", "human-readable": "h", "recursive": "R", "directory": "d", "reverse": "r",
    "inode": "i", "size": "s", "classify": "F", "color": "color?", "numeric-uid-gid": "n", "no-group": "G",
    "full-time": "full-time", "time-style": "time-style:", "sort": "sort:", "format": "format:", "si": "h",
}  # fmt: skip


@program
async def ls(process: Process) -> int:
    options = parse_options(process.args[1:], "laA1hRdtrSiFnGgopUXvcuCmsZ", _LS_LONG, usage_status=2)
    status = Status()
    files: list[_Entry] = []
    directories: list[_Entry] = []
    for operand in options.operands or ["."]:
        path = resolve(process, operand)
        try:
            entry = _Entry(operand, path, process.fs.stat(path))
        except OSError as error:
            status.fail(2)
            await complain(process, f"cannot access '{operand}': {describe(error)}")
            continue
        (directories if entry.status.kind == "dir" and "d" not in options else files).append(entry)
    await _print_entries(process, options, _sorted(files, options))
    titled = len(options.operands) > 1 or "R" in options
    first = not files
    for directory in _sorted(directories, options):
        await _list_directory(process, options, directory, titled, first, status)
        first = False
    return status.code


def _sorted(entries: list[_Entry], options: Options) -> list[_Entry]:
    order = options.last("t", "S", "U", "v", "X") or {"time": "t", "size": "S", "none": "U", "version": "v"}.get(
        options.value("sort") or "", ""
    )
    if order == "U":
        return entries
    entries = sorted(entries, key=lambda entry: encode(entry.name))
    keys: dict[str, Callable[[_Entry], object]] = {
        "t": lambda entry: -entry.status.mtime,
        "S": lambda entry: -entry.status.size,
        "v": lambda entry: _version(entry.name),
        "X": lambda entry: posixpath.splitext(entry.name)[1],
    }
    if order in keys:
        entries.sort(key=keys[order])  # type: ignore[arg-type]
    return entries[::-1] if "r" in options else entries


async def _list_directory(
    process: Process, options: Options, directory: _Entry, titled: bool, first: bool, status: Status
) -> None:
    process.budget.spend_steps()
    try:
        names = process.fs.list(directory.path)
    except OSError as error:
        status.fail(2 if first else 1)
        await complain(process, f"cannot open directory '{directory.name}': {describe(error)}")
        return
    hidden = "a" in options or "A" in options
    entries = []
    for name in ([".", ".."] if "a" in options else []) + [n for n in names if hidden or not n.startswith(".")]:
        path = posixpath.normpath(posixpath.join(directory.path, name))
        entries.append(_Entry(name, path, process.fs.stat(path)))
    if titled:
        await process.stdout.write(f"{'' if first else chr(10)}{directory.name}:\n")
    entries = _sorted(entries, options)
    if _is_long(options) or "s" in options:
        blocks = sum(disk_usage(entry.status) for entry in entries)
        await process.stdout.write(f"total {human_size(blocks) if 'h' in options else blocks // 1024}\n")
    await _print_entries(process, options, entries)
    if "R" in options:
        for entry in entries:
            if entry.status.kind == "dir" and entry.name not in (".", ".."):
                inner = _Entry(posixpath.join(directory.name, entry.name), entry.path, entry.status)
                await _list_directory(process, options, inner, True, False, status)


def _is_long(options: Options) -> bool:
    return any(flag in options for flag in ("l", "n", "g", "o", "full-time"))


async def _print_entries(process: Process, options: Options, entries: Sequence[_Entry]) -> None:
    if not entries:
        return
    if _is_long(options):
        await _print_long(process, options, entries)
        return
    cells = [_cell(entry, options) for entry in entries]
    if "m" in options:
        await process.stdout.write(", ".join(cells) + "\n")
    elif "1" in options or not ("C" in options or is_terminal(process.stdout)):
        await process.stdout.write("".join(cell + "\n" for cell in cells))
    else:
        await process.stdout.write(in_columns(cells, process.terminal.columns if process.terminal else 80))


def _cell(entry: _Entry, options: Options) -> str:
    inode = f"{entry.status.inode} " if "i" in options else ""
    blocks = f"{disk_usage(entry.status) // 1024} " if "s" in options else ""
    return inode + blocks + _marked(entry, options)


def _marked(entry: _Entry, options: Options) -> str:
    directory = entry.status.kind == "dir"
    if "F" in options and entry.status.kind == "file" and entry.status.mode & 0o111:
        return entry.name + "*"
    return entry.name + ("/" if directory and ("F" in options or "p" in options) else "")


def is_terminal(writer: Writer) -> bool:
    while isinstance(writer, Metered):
        writer = writer.target
    return isinstance(writer, TerminalWriter)


def in_columns(cells: Sequence[str], width: int) -> str:
    """As few rows as fit, filled column by column, two blanks apart."""
    for rows in range(1, len(cells) + 1):
        columns = [cells[start : start + rows] for start in range(0, len(cells), rows)]
        widths = [max(map(len, column)) for column in columns]
        if sum(widths) + 2 * (len(widths) - 1) < width or rows == len(cells):
            break
    lines = []
    for row in range(rows):
        line = [column[row].ljust(widths[i] + 2) for i, column in enumerate(columns) if row < len(column)]
        lines.append("".join(line).rstrip() + "\n")
    return "".join(lines)


async def _print_long(process: Process, options: Options, entries: Sequence[_Entry]) -> None:
    rows = []
    for entry in entries:
        status = entry.status
        owner = str(status.uid) if "n" in options else user_name(process, status.uid)
        group = str(status.gid) if "n" in options else group_name(process, status.gid)
        people = ([] if "g" in options else [owner]) + ([] if "o" in options or "G" in options else [group])
        shown = human_size(status.size) if "h" in options else str(status.size)
        rows.append((entry, mode_text(status), str(status.links), people, shown))
    link_width = max(len(row[2]) for row in rows)
    size_width = max(len(row[4]) for row in rows)
    people_widths = [max(len(row[3][i]) for row in rows) for i in range(len(rows[0][3]))]
    inode_width = max(len(str(entry.status.inode)) for entry in entries)
    for entry, mode, links, people, shown in rows:
        inode = f"{entry.status.inode:>{inode_width}} " if "i" in options else ""
        names = "".join(name.ljust(width) + " " for name, width in zip(people, people_widths, strict=True))
        moment = _moment(process, options, entry.status.mtime)
        await process.stdout.write(
            f"{inode}{mode} {links:>{link_width}} {names}{shown:>{size_width}} {moment} {_marked(entry, options)}\n"
        )


def _moment(process: Process, options: Options, mtime: float) -> str:
    style = options.value("time-style") or ("full-iso" if "full-time" in options else "locale")
    if style == "full-iso":
        return format_date("%Y-%m-%d %H:%M:%S.%N %z", mtime)
    if style == "long-iso":
        return format_date("%Y-%m-%d %H:%M", mtime)
    age = process.system.clock.now() - mtime
    return format_date("%b %e %H:%M" if -60 <= age < _HALF_YEAR_S else "%b %e  %Y", mtime)


@program
async def stat(process: Process) -> int:
    options = parse_options(process.args[1:], "c:fLt", {"format": "c", "printf": "printf:", "dereference": "L"})
    if not options.operands:
        raise UsageError("missing operand")
    status = Status()
    for operand in options.operands:
        try:
            found = process.fs.stat(resolve(process, operand))
        except OSError as error:
            status.fail()
            await complain(process, f"cannot statx '{operand}': {describe(error)}")
            continue
        if (form := options.value("printf")) is not None:
            await process.stdout.write(_stat_format(process, unescape(form, octal_needs_zero=False), operand, found))
            continue
        form = options.value("c", _STAT_DEFAULT) or ""
        await process.stdout.write(_stat_format(process, form, operand, found) + "\n")
    return status.code


_STAT_DEFAULT: Final = """\
  File: %n
  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F
Device: 0h/0d\tInode: %-10i  Links: %h
Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)
Access: %x
Modify: %y
Change: %z
 Birth: -"""


def _stat_format(process: Process, form: str, name: str, status: Stat) -> str:
    moment = format_date("%Y-%m-%d %H:%M:%S.%N %z", status.mtime)
    values = {
        "n": name, "N": f"'{name}'", "s": str(status.size), "a": f"{status.mode:o}", "A": mode_text(status),
        "u": str(status.uid), "U": user_name(process, status.uid), "g": str(status.gid),
        "G": group_name(process, status.gid), "F": _NAMES[status.kind], "h": str(status.links), "i": str(status.inode),
        "b": str(disk_usage(status) // 512), "B": "512", "o": str(_BLOCK), "x": moment, "y": moment, "z": moment,
        "X": str(int(status.mtime)), "Y": str(int(status.mtime)), "Z": str(int(status.mtime)), "%": "%", "w": "-",
        "W": "0", "f": f"{status.mode:x}", "d": "0", "m": "/", "t": "0", "T": "0",
    }  # fmt: skip
    if status.kind == "file" and status.size == 0:
        values["F"] = "regular empty file"

    def replace(match: re.Match[str]) -> str:
        flags, width, precision, letter = match.groups()
        text = values.get(letter, "?")
        text = text[: int(precision)] if precision else text
        if "0" in flags:
            return text.rjust(int(width or 0), "0")
        return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))

    return re.sub(r"%([-0]*)(\d{0,4})(?:\.(\d{1,4}))?(.)", replace, form)


@program
async def du(process: Process) -> int:
    """Sizes on disk in KiB; ``-b`` apparent bytes."""
    options = parse_options(
        process.args[1:], "sahbckmd:xlS",
        {"summarize": "s", "all": "a", "human-readable": "h", "bytes": "b", "total": "c", "max-depth": "d",
         "apparent-size": "apparent"},
    )  # fmt: skip
    depth = number(options.value("d", "0" if "s" in options else "1000000") or "", "invalid maximum depth")
    apparent = "b" in options or "apparent" in options
    status, total = Status(), 0

    def shown(value: int) -> str:
        if "h" in options:
            return human_size(value)
        return str(value if "b" in options else -(-value // (1024**2 if "m" in options else 1024)))

    async def walk(path: str, level: int) -> int:
        process.budget.spend_steps()
        try:
            found = process.fs.stat(resolve(process, path))
            names = process.fs.list(resolve(process, path)) if found.kind == "dir" else []
        except OSError as error:
            status.fail()
            await complain(process, f"cannot access '{path}': {describe(error)}")
            return 0
        amount = found.size if apparent else disk_usage(found)
        for name in names:
            amount += await walk(posixpath.join(path, name), level + 1)
        if level == 0 or (level <= depth and (found.kind == "dir" or "a" in options)):
            await process.stdout.write(f"{shown(amount)}\t{path}\n")
        return amount

    for operand in options.operands or ["."]:
        total += await walk(operand, 0)
    if "c" in options:
        await process.stdout.write(f"{shown(total)}\ttotal\n")
    return status.code
