"""``ocsim shell``: the user's own shell, with a simulated cluster behind it.

One process holds the cluster and listens on a Unix socket in a private folder; the ``oc`` and ``ocsim`` on the PATH of
the sub-shell are :mod:`shellclient`. Files, editor and terminal are those of the user, asked for over the socket.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.errors import InputError
from simulator.runtime.tasks import Cancelled, Task
from simulator.runtime.terminal import EditorMissing
from simulator.server import shellclient
from simulator.server.loop import RealTimeLoop
from simulator.shell.filesystem import Mount, Stat
from simulator.shell.process import Process, Program, System

PROGRAMS = ("oc", "ocsim")


class Caller:
    """One command of the sub-shell: its streams, its files and its terminal, at the other end of a connection.

    The other end answers at once or while the user types, so asking it may block; output never waits for an answer.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.columns = 80

    def ask(self, kind: bytes, payload: bytes = b"") -> bytes:
        shellclient.send(self.connection, kind, payload)
        while True:
            answer, data = shellclient.receive(self.connection)
            if answer in (b"k", b""):
                raise Cancelled
            if answer == b"n":
                number = int(data)
                raise OSError(number, os.strerror(number))
            if answer == b"b":
                return data

    # -- Terminal

    async def write(self, text: str) -> None:
        self.show(b"o", text.encode())

    async def read_line(self, prompt: str) -> str | None:
        line = self.ask(b"l", prompt.encode())
        return line.decode().removesuffix("\n") if line else None

    async def edit(self, path: str, text: str, command: str) -> str:
        try:
            return self.ask(b"d", b"\0".join((path.encode(), command.encode(), text.encode()))).decode()
        except OSError as error:
            raise EditorMissing(command or "vi") from error

    def show(self, kind: bytes, data: bytes) -> None:
        try:
            shellclient.send(self.connection, kind, data)
        except OSError as error:  # the command was killed: as for a pipe that nobody reads
            raise BrokenPipeError from error


class CallerWriter:
    """stdout (``o``) or stderr (``e``) of the command."""

    def __init__(self, caller: Caller, kind: bytes) -> None:
        self._caller, self._kind = caller, kind

    async def write(self, data: bytes | str) -> None:
        self._caller.show(self._kind, data.encode() if isinstance(data, str) else data)


class CallerReader:
    """stdin of the command."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._rest = b""

    async def read(self, size: int = 65536) -> bytes:
        if not self._rest:
            return self._caller.ask(b"i", str(size).encode())
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    async def read_line(self) -> bytes:
        while b"\n" not in self._rest and (more := self._caller.ask(b"i", b"65536")):
            self._rest += more
        line, newline, self._rest = self._rest.partition(b"\n")
        return line + newline


class CallerFiles:
    """The user's files, read and written by the command's own process (so that /dev/fd/63 is its own)."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def stat(self, path: str) -> Stat:
        mode, size, mtime = self._caller.ask(b"s", path.encode()).split()
        is_dir = (int(mode) & 0o170000) == 0o040000
        return Stat("dir" if is_dir else "file", int(size), int(mode) & 0o7777, mtime=float(mtime))

    def list(self, path: str) -> list[str]:
        return [name for name in self._caller.ask(b"t", path.encode()).decode().split("\n") if name]

    def read(self, path: str) -> bytes:
        return self._caller.ask(b"r", path.encode())

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        before = self.read(path) if append else b""
        self._caller.ask(b"w", path.encode() + b"\0" + before + data)

    def remove(self, path: str) -> None:
        self._caller.ask(b"u", path.encode())

    def mounts(self) -> Sequence[Mount]:
        return ()

    def __getattr__(self, name: str) -> Any:
        raise PermissionError(1, "ocsim does not change the folders of this machine")


class ShellHost:
    """Serves the commands of one sub-shell until it ends."""

    def __init__(self, loop: RealTimeLoop, system: System, programs: Mapping[str, Program]) -> None:
        self._loop, self._system, self._programs = loop, system, programs

    def run(self, shell: str) -> int:
        """Start ``shell`` and serve it; returns its exit status. InputError when it cannot be started."""
        with tempfile.TemporaryDirectory(prefix="ocsim-") as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.join(folder, "socket"))
            listener.listen()
            self._loop.add_reader(listener, lambda: self._accept(listener))
            child = _start(shell, self._environment(Path(folder)))
            ended = os.pidfd_open(child.pid)
            self._loop.add_reader(ended, self._loop.stop)
            try:
                self._serve()
            finally:
                os.close(ended)
            return child.wait()

    def _serve(self) -> None:
        while True:
            try:
                return self._loop.run()
            except KeyboardInterrupt:
                continue  # Ctrl-C goes to the whole terminal; it is meant for the command in the sub-shell

    def _environment(self, folder: Path) -> dict[str, str]:
        client = shellclient.__file__
        commands = folder / "bin"
        commands.mkdir()
        for name in PROGRAMS:
            line = f'exec {shlex.quote(sys.executable)} -I -S {shlex.quote(client)} {name} "$@"'
            (commands / name).write_text(f"#!/bin/sh\n{line}\n")
            (commands / name).chmod(0o755)
        path = f"{commands}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        # KUBECONFIG points nowhere, so that another client started by mistake cannot reach the user's real cluster.
        return {**os.environ, "PATH": path, "OCSIM_SOCKET": str(folder / "socket"), "KUBECONFIG": str(folder / "none")}

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        arguments = _words(shellclient.receive(connection)[1])
        cwd, *pairs = _words(shellclient.receive(connection)[1])
        if arguments[0] not in self._programs:  # somebody else's words, or none: the command was killed at once
            connection.close()
            return
        environment = dict(pair.split("=", 1) for pair in pairs)
        caller = Caller(connection)
        columns = environment.get("COLUMNS", "")
        caller.columns = int(columns) if columns.isdecimal() and 0 < len(columns) < 5 else 80
        process = Process(
            args=arguments,
            env=environment,
            cwd=cwd,
            stdin=CallerReader(caller),
            stdout=CallerWriter(caller, b"o"),
            stderr=CallerWriter(caller, b"e"),
            fs=CallerFiles(caller),
            system=self._system,
            terminal=caller,
        )
        task = self._loop.scheduler.spawn(self._command(process, caller), process.name)
        self._loop.add_reader(connection, lambda: self._hear(caller, task))

    async def _command(self, process: Process, caller: Caller) -> None:
        try:
            status = await self._programs[process.name](process)
        except (BrokenPipeError, Cancelled):
            status = 130
        except Exception as failure:  # a bug of ours must not leave the command waiting, nor end the cluster
            with contextlib.suppress(BrokenPipeError):
                caller.show(b"e", f"error: internal error: {type(failure).__name__}: {failure}\n".encode())
            status = 1
        self._loop.remove_reader(caller.connection)
        _finish(caller, status)

    def _hear(self, caller: Caller, task: Task[None]) -> None:
        """Between questions the other end speaks only to interrupt, or because it is gone."""
        kind, _ = shellclient.receive(caller.connection)
        if kind in (b"k", b"") and not task.done:
            task.cancel()


def _start(shell: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen([shell], env=environment)
    except OSError as error:
        raise InputError(f"cannot be started: {error.strerror}", file=shell, field="$SHELL") from error


def _words(payload: bytes) -> list[str]:
    """Texts between zero bytes; what is no UTF-8 in them can be shown, not found."""
    return payload.decode(errors="replace").split("\0")


def _finish(caller: Caller, status: int) -> None:
    with contextlib.suppress(OSError):  # the command may be gone: it does not wait for its answer
        shellclient.send(caller.connection, b"x", str(status).encode())
    caller.connection.close()
