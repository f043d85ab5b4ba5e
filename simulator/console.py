"""Floor 4: the embedded shell: a small machine beside the cluster, with ``oc`` on it. It cannot reach the host."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from simulator.client.client import Client
from simulator.cluster import Cluster
from simulator.infra.podman import podman
from simulator.oc.main import program as oc_program
from simulator.oc.session import Session
from simulator.release import Release
from simulator.runtime.tasks import Scheduler
from simulator.runtime.terminal import Terminal
from simulator.shell import Shell
from simulator.shell.filesystem import Mount
from simulator.shell.memoryfs import MemoryFileSystem
from simulator.shell.process import Process, ProcessInfo, Program, Reader, System, Writer
from simulator.shell.programs import PROGRAMS
from simulator.shell.streams import Buffer, NullStream, TerminalWriter

T = TypeVar("T")
USER, HOME = "lab-user", "/home/lab-user"
_UID = 1000
_SHELL_PID = 2412


class Console:
    """A shell session on the cluster; files, variables and the current project last from call to call.

    ``programs`` are added to the shell's own, ``oc`` and ``podman``.
    """

    def __init__(self, cluster: Cluster, programs: Mapping[str, Program] | None = None) -> None:
        self.cluster = cluster
        profile, born = cluster.profile, cluster.clock.now()
        self.session = Session(
            client=cluster.client(),
            server=profile.server,
            namespace=profile.namespace,
            user=profile.user,
            release=profile.release,
            token=_token(cluster.seed),
        )
        fs = MemoryFileSystem({f"{HOME}/": ""}, clock=cluster.clock.now, mounts=[_disk()], owner=(_UID, _UID))
        self.template = Process(
            args=["bash"],
            env={"HOME": HOME, "USER": USER, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
            cwd=HOME,
            stdin=NullStream(),
            stdout=NullStream(),
            stderr=NullStream(),
            fs=fs,
            system=System(
                clock=cluster.clock,
                hostname="bastion",
                user=USER,
                uid=_UID,
                gid=_UID,
                groups=(_UID,),
                user_names={0: "root", _UID: USER},
                group_names={0: "root", _UID: USER},
                processes=lambda: [ProcessInfo(_SHELL_PID, USER, "bash", born, tty="pts/0")],
            ),
        )
        tools = {"oc": oc_program(self.session), "podman": podman(cluster.machines, outside=True)}
        self.template.programs = {**PROGRAMS, **tools, **(programs or {})}
        self.shell = Shell(self.template)

    def prompt(self) -> str:
        """``[lab-user@bastion ~]$ ``: as on the bastion of a lab."""
        folder = self.shell.cwd
        shown = "~" if folder == HOME else folder.rpartition("/")[2] or "/"
        return f"[{USER}@{self.template.system.hostname} {shown}]$ "

    @property
    def release(self) -> Release:
        """Of the cluster."""
        return self.cluster.profile.release

    def client(self) -> Client:
        return self.cluster.client()

    def settle(self) -> bool:
        return self.cluster.settle()

    async def run(self, script: str, terminal: Terminal) -> int:
        """Run a script as if it were typed at ``terminal``, where all of its output goes."""
        writer = TerminalWriter(terminal)
        before, self.shell.terminal = self.shell.terminal, terminal
        try:
            return await self.shell.run(script, NullStream(), writer, writer, typed=True)
        finally:
            self.shell.terminal = before

    async def interact(self, terminal: Terminal) -> int:
        """The prompt, until ``exit`` or the end of input."""
        return await self.shell.interact(terminal, self.prompt)

    async def run_streams(self, script: str, stdin: Reader, stdout: Writer, stderr: Writer) -> int:
        return await self.shell.run(script, stdin, stdout, stderr)

    def script(self, text: str) -> tuple[int, str]:
        """Run a script that nobody watches; its status and all that it printed."""
        output = Buffer()
        status = self.drive(self.shell.run(text, NullStream(), output, output))
        return status, output.text()

    def drive(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; virtual time jumps whenever all wait."""
        return Scheduler(self.cluster.clock).run(main)


def _token(seed: int | str) -> str:
    """An OAuth access token: 32 bytes, as 43 characters."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"token {seed}".encode()).digest()).decode().rstrip("=")


def _disk() -> Mount:
    total = 30 * 1024**3
    return Mount(
        "/dev/xvda2", "/", "xfs", "rw,relatime,seclabel,attr2,inode64,noquota", total, total // 5, total - total // 5
    )
