"""A program of the host as one of the embedded shell: it runs on the shell's cluster, which is served meanwhile.

Pages that show a real client are verified so. The program gets the kubeconfig, a home of its own and the files of the
shell's current folder; what it writes there comes back.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import shutil
import tempfile
from pathlib import Path

from simulator.cluster import Cluster
from simulator.server import kubeconfigfile
from simulator.server.flow import LEAPS
from simulator.server.service import Service
from simulator.shell.process import Process, Program

_LARGEST = 1 << 20  # bytes of a file that is handed over


class HostClients:
    """The programs of the host for one cluster. ``close`` removes their folder."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._folder = tempfile.TemporaryDirectory(prefix="ocsim-")

    def program(self, path: str) -> Program:
        """The executable at ``path`` as a program."""

        async def run(process: Process) -> int:
            stdin = await _all_of(process) if "-" in process.args else b""
            folder = Path(self._folder.name)
            work = folder / "work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            _hand_over(process, work)
            before = {one.name: one.read_bytes() for one in work.iterdir()}
            stdout, stderr, status = self._serve(path, process, work, stdin)
            for one in work.iterdir():
                if one.is_file() and one.read_bytes() != before.get(one.name):
                    process.fs.write(posixpath.join(process.cwd, one.name), one.read_bytes())
            await process.stdout.write(stdout)
            await process.stderr.write(stderr)
            return status

        return run

    def _serve(self, path: str, process: Process, work: Path, stdin: bytes) -> tuple[bytes, bytes, int]:
        service = Service(self._cluster, Path(self._folder.name) / "cluster", speed=LEAPS)
        config = service.folder / "kubeconfig"
        profile = self._cluster.profile
        content = kubeconfigfile.kubeconfig(service.certificates, service.url, profile.name, profile.namespace)
        kubeconfigfile.write(config, content)
        home = {"HOME": self._folder.name, "KUBECONFIG": str(config), "PATH": os.environ.get("PATH", os.defpath)}

        async def work_on_it() -> tuple[bytes, bytes, int]:
            child = await asyncio.create_subprocess_exec(
                path,
                *process.args[1:],
                cwd=work,
                env=home,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            stdout, stderr = await child.communicate(stdin)
            return stdout, stderr, child.returncode or 0

        return service.run_while(work_on_it)

    def close(self) -> None:
        self._folder.cleanup()


async def _all_of(process: Process) -> bytes:
    parts = []
    while data := await process.stdin.read():
        parts.append(data)
    return b"".join(parts)


def _hand_over(process: Process, folder: Path) -> None:
    for name in process.fs.list(process.cwd):
        path = posixpath.join(process.cwd, name)
        stat = process.fs.stat(path)
        if stat.kind == "file" and stat.size <= _LARGEST:
            (folder / name).write_bytes(process.fs.read(path))
