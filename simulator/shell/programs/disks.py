"""df and mount: computed from what the filesystem says is mounted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.filesystem import Mount
from simulator.shell.process import Process
from simulator.shell.programs.support import (
    Status,
    UsageError,
    complain,
    human_size,
    parse_options,
    program,
    resolve,
    size,
)

_LONG: Final = {
    "human-readable": "h", "si": "H", "all": "a", "print-type": "T", "type": "t", "exclude-type": "x",
    "portability": "P", "block-size": "B", "total": "total", "local": "l", "inodes": "i",
}  # fmt: skip
# The narrowest that coreutils makes its columns.
_MINIMUM_WIDTHS: Final = {"source": 14, "type": 4, "size": 5, "used": 5, "avail": 5, "percent": 4, "target": 0}


def listed_once(mounts: Sequence[Mount]) -> list[Mount]:
    """What df lists without -a: no pseudo filesystems, and a device once, under the shortest of its mount points."""
    chosen: dict[str, Mount] = {}
    for mount in mounts:
        if mount.total == 0:
            continue
        device = mount.device or mount.source
        before = chosen.get(device)
        if before is None or len(mount.target) < len(before.target):
            chosen[device] = mount
    return list(chosen.values())


def mount_of(mounts: Sequence[Mount], path: str) -> Mount | None:
    """The mount that a path lies on: the one with the longest target, the latest of those."""
    best = None
    for mount in mounts:
        inside = path == mount.target or path.startswith(mount.target.rstrip("/") + "/")
        if inside and (best is None or len(mount.target) >= len(best.target)):
            best = mount
    return best


def percent(used: int, available: int) -> str:
    """``10%``: rounded up; ``-`` when there is nothing to share out."""
    whole = used + available
    return f"{-(-used * 100 // whole)}%" if whole > 0 else "-"


@program
async def df(process: Process) -> int:
    options = parse_options(process.args[1:], "hHkmaTPlt:x:B:i", _LONG)
    if "i" in options:
        raise UsageError("inode counts are not simulated", hint=False)
    mounts, status = process.fs.mounts(), Status()
    if options.operands:
        chosen = await _mounts_of_paths(process, options.operands, mounts, status)
        if not chosen:
            return status.code
    else:
        chosen = list(mounts) if "a" in options else listed_once(mounts)
    wanted, unwanted = options.values.get("t"), options.values.get("x", ())
    chosen = [m for m in chosen if (wanted is None or m.fstype in wanted) and m.fstype not in unwanted]
    if not chosen:
        await complain(process, "no file systems processed")
        return 1
    unit = _unit(options.last("h", "H", "k", "m", "B"), options.value("B"))
    rows = [_header(unit, "P" in options), *(_row(mount, unit) for mount in chosen)]
    if "total" in options:
        sums = [sum(getattr(mount, name) for mount in chosen) for name in ("total", "used", "available")]
        rows.append(_row(Mount("total", "-", "-", "", *sums), unit))
    for line in _aligned(rows, with_type="T" in options):
        await process.stdout.write(line + "\n")
    return status.code


async def _mounts_of_paths(
    process: Process, paths: Sequence[str], mounts: Sequence[Mount], status: Status
) -> list[Mount]:
    chosen = []
    for path in paths:
        by_device = next((mount for mount in mounts if mount.source == path), None)
        full = resolve(process, path)
        try:
            if by_device is None:
                process.fs.stat(full)
        except OSError as error:
            status.fail()
            await complain(process, f"{path}: {describe(error)}")
            continue
        if (mount := by_device or mount_of(mounts, full)) is not None:
            chosen.append(mount)
    return chosen


def _unit(letter: str, block: str | None) -> int:
    """Bytes a block; 0 stands for human sizes in powers of 1024, -1 in powers of 1000."""
    if letter == "B" and block is not None:
        return size(block if block[:1].isdigit() else f"1{block}", f"invalid --block-size argument ‘{block}’")
    return {"h": 0, "H": -1, "m": 1024**2}.get(letter, 1024)


def _header(unit: int, portable: bool) -> dict[str, str]:
    names = {1024: "1K-blocks", 1024**2: "1M-blocks", 0: "Size", -1: "Size", 1: "1B-blocks", 1024**3: "1G-blocks"}
    return {
        "source": "Filesystem",
        "type": "Type",
        "size": "1024-blocks" if portable and unit == 1024 else names.get(unit, f"{unit}-blocks"),
        "used": "Used",
        "avail": "Avail" if unit in (0, -1) else "Available",
        "percent": "Capacity" if portable else "Use%",
        "target": "Mounted on",
    }


def _row(mount: Mount, unit: int) -> dict[str, str]:
    def shown(value: int) -> str:
        if unit > 0:
            return str(-(-value // unit))
        return human_size(value, base=1024 if unit == 0 else 1000)

    return {
        "source": mount.source,
        "type": mount.fstype,
        "size": shown(mount.total),
        "used": shown(mount.used),
        "avail": shown(mount.available),
        "percent": percent(mount.used, mount.available),
        "target": mount.target,
    }


def _aligned(rows: Sequence[dict[str, str]], *, with_type: bool) -> list[str]:
    """Source and type to the left, numbers to the right, one blank between."""
    columns = [name for name in _MINIMUM_WIDTHS if name != "type" or with_type]
    widths = {name: max(_MINIMUM_WIDTHS[name], *(len(row[name]) for row in rows)) for name in columns}
    widths["target"] = 0
    return [
        " ".join(
            row[name].ljust(widths[name]) if name in ("source", "type", "target") else row[name].rjust(widths[name])
            for name in columns
        )
        for row in rows
    ]


@program
async def mount(process: Process) -> int:
    """Lists what is mounted; mounting something is not for a program in a container."""
    options = parse_options(process.args[1:], "lvt:", {"types": "t"})
    if options.operands:
        await process.stderr.write(
            "mount: only root can do that\n" if process.system.uid else "mount: permission denied\n"
        )
        return 32 if not process.system.uid else 1
    kinds = (options.value("t") or "").split(",") if "t" in options else None
    for entry in process.fs.mounts():
        if kinds is None or entry.fstype in kinds:
            await process.stdout.write(f"{entry.source} on {entry.target} type {entry.fstype} ({entry.options})\n")
    return 0
