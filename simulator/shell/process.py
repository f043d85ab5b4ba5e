"""What a simulated program sees: its arguments, streams, files, and the machine it runs on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from simulator.runtime.clock import Clock
from simulator.runtime.terminal import Terminal
from simulator.shell.budget import Budget
from simulator.shell.filesystem import FileSystem


class Reader(Protocol):
    async def read(self, size: int = 65536) -> bytes:
        """At least one byte, at most ``size``; b"" at the end."""
        ...

    async def read_line(self) -> bytes:
        """One line with its newline (the last may lack it); b"" at the end."""
        ...


class Writer(Protocol):
    async def write(self, data: bytes | str) -> None:
        """May suspend while the reader is behind. Raises BrokenPipeError when nobody reads any more."""
        ...


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """One row of ``ps``."""

    pid: int
    user: str
    command: str
    started: float = 0.0
    ppid: int = 0
    tty: str = "?"


@dataclass(frozen=True)
class System:
    """The machine or container around a process. ``processes`` lists what runs beside it."""

    clock: Clock
    hostname: str = "localhost"
    user: str = "root"
    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    user_names: Mapping[int, str] = field(default_factory=dict)
    group_names: Mapping[int, str] = field(default_factory=dict)
    processes: Callable[[], Sequence[ProcessInfo]] = lambda: ()
    kernel: str = "4.18.0-80.11.2.el8_0.x86_64"
    prompt: str = "sh-4.2"  # PS1 without its last character, where no variable says otherwise


@dataclass
class Process:
    """One running program. ``cwd`` and ``env`` are this process's own copies."""

    args: list[str]
    env: dict[str, str]
    cwd: str
    stdin: Reader
    stdout: Writer
    stderr: Writer
    fs: FileSystem
    system: System
    terminal: Terminal | None = None
    programs: Mapping[str, Program] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    depth: int = 0  # how many shells and programs started one another to get here

    @property
    def name(self) -> str:
        return self.args[0]


Program = Callable[[Process], Awaitable[int]]
"""A program: takes its process, returns its exit status (0 to 255)."""
