"""Who and where: id, whoami, hostname, uname, env, printenv, ps, which, readlink, realpath, clear, nproc."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Final

from simulator.shell.process import Process, ProcessInfo
from simulator.shell.programs.dates import format_date
from simulator.shell.programs.support import (
    UsageError,
    complain,
    parse_options,
    program,
    resolve,
    run_child,
    stat_or_none,
)

_ID_LONG: Final = {"user": "u", "group": "g", "groups": "G", "name": "n", "real": "r"}


@program
async def id_(process: Process) -> int:
    options = parse_options(process.args[1:], "ugGnr", _ID_LONG)
    system = process.system
    users = {0: "root", system.uid: system.user, **system.user_names}
    groups = {0: "root", **system.group_names}
    numbers = list(dict.fromkeys([system.gid, *system.groups]))
    chosen = options.last("u", "g", "G")
    if chosen:
        shown = {"u": [system.uid], "g": [system.gid], "G": numbers}[chosen]
        names = users if chosen == "u" else groups
        await process.stdout.write(
            " ".join((names.get(n) or str(n)) if "n" in options else str(n) for n in shown) + "\n"
        )
        return 0
    if "n" in options or "r" in options:
        raise UsageError("cannot print only names or real IDs in default format")

    def named(number: int, names: dict[int, str]) -> str:
        return f"{number}({names[number]})" if names.get(number) else str(number)

    listed = ",".join(named(number, groups) for number in numbers)
    await process.stdout.write(f"uid={named(system.uid, users)} gid={named(system.gid, groups)} groups={listed}\n")
    return 0


async def whoami(process: Process) -> int:
    await process.stdout.write(process.system.user + "\n")
    return 0


@program
async def hostname(process: Process) -> int:
    options = parse_options(process.args[1:], "sfdiI", {"short": "s", "fqdn": "f"})
    if options.operands:
        raise UsageError("you must be root to change the host name", hint=False)
    name = process.system.hostname
    await process.stdout.write((name.partition(".")[0] if "s" in options else name) + "\n")
    return 0


@program
async def uname(process: Process) -> int:
    options = parse_options(
        process.args[1:],
        "asnrvmpoi",
        {"all": "a", "kernel-name": "s", "nodename": "n", "kernel-release": "r", "machine": "m"},
    )
    values = {
        "s": "Linux", "n": process.system.hostname, "r": process.system.kernel, "v": "#1 SMP", "m": "x86_64",
        "p": "x86_64", "i": "x86_64", "o": "GNU/Linux",
    }  # fmt: skip
    wanted = "snrvmpio" if "a" in options else "".join(key for key in values if key in options) or "s"
    await process.stdout.write(" ".join(values[key] for key in wanted) + "\n")
    return 0


@program
async def env(process: Process) -> int:
    """``env [-i] [-u NAME] [NAME=VALUE]... [COMMAND]``."""
    options = parse_options(
        process.args[1:], "iu:", {"ignore-environment": "i", "unset": "u"}, permute=False, usage_status=125
    )
    variables = {} if "i" in options else dict(process.env)
    for name in options.values.get("u", ()):
        variables.pop(name, None)
    rest = list(options.operands)
    while rest and "=" in rest[0]:
        name, _, value = rest.pop(0).partition("=")
        variables[name] = value
    if rest:
        process.env = variables
        return await run_child(process, rest)
    for name, value in variables.items():
        await process.stdout.write(f"{name}={value}\n")
    return 0


async def printenv(process: Process) -> int:
    names = process.args[1:] or list(process.env)
    for name in names:
        if name in process.env:
            await process.stdout.write(
                process.env[name] + "\n" if process.args[1:] else f"{name}={process.env[name]}\n"
            )
    return int(any(name not in process.env for name in names))


async def ps(process: Process) -> int:
    """``ps``, ``ps -ef``, ``ps aux``."""
    arguments = [argument.lstrip("-") for argument in process.args[1:]]
    letters = "".join(arguments)
    rows: Sequence[ProcessInfo] = process.system.processes()
    if "u" in letters and "x" in letters:
        header = "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
        lines = [_aux(row) for row in rows]
    elif "f" in letters:
        header = "UID          PID    PPID  C STIME TTY          TIME CMD\n"
        lines = [_full(row) for row in rows]
    else:
        header = "    PID TTY          TIME CMD\n"
        terminal = rows[-1].tty if rows else "?"  # the youngest is the one that asks
        shown = rows if set("eAx") & set(letters) else [row for row in rows if row.tty == terminal]
        lines = [f"{row.pid:7d} {row.tty:<8} 00:00:00 {_short(row.command)}\n" for row in shown]
    await process.stdout.write(header + "".join(lines))
    return 0


def _short(command: str) -> str:
    return posixpath.basename(command.split()[0]) if command.split() else command


def _user(name: str) -> str:
    """Names longer than eight characters are cut to seven and a plus sign, as procps does."""
    return name if len(name) <= 8 else name[:7] + "+"


def _aux(row: ProcessInfo) -> str:
    start = format_date("%H:%M", row.started)
    return (
        f"{_user(row.user):<8} {row.pid:7d}  0.0  0.0      0     0 {row.tty:<8} Ss   {start:<6}   0:00 {row.command}\n"
    )


def _full(row: ProcessInfo) -> str:
    start = format_date("%H:%M", row.started)
    return f"{_user(row.user):<8} {row.pid:7d} {row.ppid:7d}  0 {start} {row.tty:<8} 00:00:00 {row.command}\n"


@program
async def which(process: Process) -> int:
    status = 0
    for name in parse_options(process.args[1:], "a").operands:
        if name in process.programs:
            await process.stdout.write(f"/usr/bin/{name}\n")
        else:
            await process.stderr.write(f"/usr/bin/which: no {name} in ({process.env.get('PATH', '')})\n")
            status = 1
    return status


@program
async def realpath(process: Process) -> int:
    options = parse_options(process.args[1:], "emsqLPz", {"canonicalize-existing": "e", "canonicalize-missing": "m"})
    if not options.operands:
        raise UsageError("missing operand")
    status = 0
    for operand in options.operands:
        path = resolve(process, operand)
        probe = operand if "e" in options else posixpath.dirname(path)
        if "m" not in options and stat_or_none(process, probe) is None:
            await complain(process, f"{operand}: No such file or directory")
            status = 1
            continue
        await process.stdout.write(path + "\n")
    return status


@program
async def readlink(process: Process) -> int:
    """Without -f there is no answer: nothing here is a symbolic link that could be read."""
    options = parse_options(process.args[1:], "femnqsvz", {"canonicalize": "f"})
    if not options.operands:
        raise UsageError("missing operand")
    if not {"f", "e", "m"} & set(options.flags):
        return 1
    for operand in options.operands:
        path = resolve(process, operand)
        if "m" not in options and stat_or_none(process, posixpath.dirname(path)) is None:
            return 1
        await process.stdout.write(path + ("" if "n" in options else "\n"))
    return 0


async def clear(process: Process) -> int:
    await process.stdout.write("\x1b[H\x1b[2J\x1b[3J")
    return 0


async def nproc(process: Process) -> int:
    await process.stdout.write("4\n")
    return 0
