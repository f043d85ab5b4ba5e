"""Redirections: what ``>``, ``<``, ``2>&1`` and the rest do to a table of file descriptors."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from simulator.shell.errors import os_error
from simulator.shell.nodes import Redirect
from simulator.shell.process import Reader, Writer
from simulator.shell.streams import (
    Buffer,
    ClosedStream,
    FileReader,
    FileWriter,
    Metered,
    NullStream,
    TerminalReader,
    TerminalWriter,
    ZeroReader,
)
from simulator.shell.variables import ShellError

if TYPE_CHECKING:
    from simulator.shell.interpreter import Shell

_WRITING: Final = frozenset([">", ">>", ">|", "&>", "&>>", ">&"])
_STANDARD: Final = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


async def apply_redirect(shell: Shell, redirect: Redirect, fds: dict[int, Reader | Writer]) -> None:
    """Change ``fds`` as ``redirect`` says. OSError with the file's name as written when it cannot be opened."""
    operator = redirect.operator
    fd = redirect.fd if redirect.fd is not None else int(operator in _WRITING)
    if operator in ("<<", "<<-", "<<<"):
        text = await shell.expander.string(redirect.target)
        fds[fd] = Buffer(text + "\n" if operator == "<<<" else text)
        return
    fields = await shell.expander.fields([redirect.target])
    if len(fields) != 1:
        raise ShellError(f"{' '.join(fields)}: ambiguous redirect")
    target = fields[0]
    if operator in (">&", "<&") and (target == "-" or target.isdigit()):
        _duplicate(fds, fd, target)
    elif operator in ("&>", "&>>", ">&"):
        fds[1] = fds[2] = _open_for_writing(shell, target, fds, append=operator == "&>>")
    elif operator in ("<", "<&"):
        fds[fd] = _open_for_reading(shell, target, fds)
    else:
        fds[fd] = _open_for_writing(shell, target, fds, append=operator in (">>", "<>"))


def _duplicate(fds: dict[int, Reader | Writer], fd: int, target: str) -> None:
    if target == "-":
        fds[fd] = ClosedStream()
    elif int(target) in fds:
        fds[fd] = fds[int(target)]
    else:
        error = os_error(errno.EBADF)
        error.filename = target
        raise error


def _open_for_writing(shell: Shell, target: str, fds: dict[int, Reader | Writer], *, append: bool) -> Reader | Writer:
    path = shell.resolve(target)
    if path in _STANDARD:
        return fds.get(_STANDARD[path], ClosedStream())
    if path == "/dev/null":
        return Metered(NullStream(), shell.budget)
    if path == "/dev/tty" and shell.terminal is not None:
        return TerminalWriter(shell.terminal)
    try:
        return Metered(FileWriter(shell.fs, path, truncate=not append), shell.budget)
    except OSError as error:
        error.filename = target
        raise


def _open_for_reading(shell: Shell, target: str, fds: dict[int, Reader | Writer]) -> Reader | Writer:
    path = shell.resolve(target)
    if path in _STANDARD:
        return fds.get(_STANDARD[path], ClosedStream())
    if path == "/dev/null":
        return NullStream()
    if path == "/dev/zero":
        return ZeroReader()
    if path == "/dev/tty" and shell.terminal is not None:
        return TerminalReader(shell.terminal)
    try:
        return FileReader(shell.fs, path)
    except OSError as error:
        error.filename = target
        raise
