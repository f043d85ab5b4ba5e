"""A whole script in one synchronous call, for tests and other callers without a scheduler of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler
from simulator.shell.budget import Budget
from simulator.shell.filesystem import FileSystem
from simulator.shell.interpreter import Shell
from simulator.shell.memoryfs import MemoryFileSystem
from simulator.shell.process import Process, Program, System
from simulator.shell.streams import Buffer


@dataclass(frozen=True)
class Result:
    stdout: str
    stderr: str
    status: int


def run_script(
    script: str,
    *,
    fs: FileSystem | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str = "/",
    stdin: bytes | str = b"",
    programs: Mapping[str, Program] | None = None,
    system: System | None = None,
    name: str = "bash",
    budget: Budget | None = None,
    arguments: tuple[str, ...] = (),
) -> Result:
    """Run ``script`` as ``bash -c`` does, on a scheduler made for it, and wait for its background jobs too."""
    system = system or System(clock=Clock())
    stdout, stderr = Buffer(), Buffer()
    process = Process(
        args=[name],
        env=dict(env or {"PATH": "/usr/bin:/bin", "HOME": "/root"}),
        cwd=cwd,
        stdin=Buffer(stdin),
        stdout=stdout,
        stderr=stderr,
        fs=fs or MemoryFileSystem(clock=system.clock.now),
        system=system,
    )
    shell = Shell(process, programs, name=name, budget=budget)
    shell.positional = list(arguments)

    async def main() -> int:
        await shell.run(script)
        return await shell.finish(wait_for_jobs=True)

    status = Scheduler(system.clock).run(main())
    return Result(stdout.text(), stderr.text(), status)
