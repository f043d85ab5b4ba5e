"""``run_oc``: one oc command line against a small cluster without controllers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from simulator.api.admission import Admission
from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import ADMIN
from simulator.client import Client
from simulator.client.inprocess import InProcess
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.oc.main import program
from simulator.oc.session import Session
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names
from simulator.runtime.tasks import Scheduler
from simulator.runtime.terminal import Terminal
from simulator.shell.interpreter import Shell
from simulator.shell.memoryfs import MemoryFileSystem
from simulator.shell.process import Process, Program, System
from simulator.shell.streams import Buffer

MODERN = Release("4.20.1", "v1.33.5", ())
START = 1572253629.0  # 2019-10-28T09:07:09Z


@dataclass(frozen=True)
class Ran:
    stdout: str
    stderr: str
    status: int


class Bench:
    """A cluster with the built-in resources and two projects, and a session on it."""

    def __init__(
        self, release: Release = OLDEST, start: float = START, admission: Sequence[Admission] | None = None
    ) -> None:
        self.clock = Clock(start)
        self.state = State(MemoryLog())
        self.api = ApiServer(self.state, self.clock, Names(7), builtin_table(release), release, admission)
        self.client = Client(InProcess(self.api, "https://api.example.com:6443"), ADMIN)
        self.session = Session(self.client, "https://api.example.com:6443", namespace="demo", release=release)
        self.fs = MemoryFileSystem(clock=self.clock.now)
        for name in ("default", "demo"):
            self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def create(self, obj: Mapping[str, object], namespace: str = "demo") -> dict[str, object]:
        kind = self.api.table.by_kind(str(obj["apiVersion"]), str(obj["kind"]))
        assert kind is not None, obj
        return self.client.create(kind.gvr, dict(obj), namespace if kind.namespaced else None)

    def allow(self, user: str, verb: str, resource: str, group: str = "") -> None:
        """Give a user a role in the whole cluster."""
        rule = {"verbs": [verb], "resources": [resource], "apiGroups": [group]}
        head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": f"{user}-{resource}"}}
        self.create({**head, "kind": "ClusterRole", "rules": [rule]})
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"{user}-{resource}"}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
        self.create({**head, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]})

    def run(
        self,
        line: str,
        *,
        stdin: str = "",
        terminal: Terminal | None = None,
        limit_s: float | None = None,
        programs: Mapping[str, Program] | None = None,
    ) -> Ran:
        """Run a shell line; ``oc`` is among the programs."""
        stdout, stderr = Buffer(), Buffer()
        process = Process(
            ["bash"], {"PATH": "/usr/bin", "HOME": "/root"}, "/", Buffer(stdin), stdout, stderr, self.fs,
            System(self.clock), terminal,
        )  # fmt: skip
        shell = Shell(process, {"oc": program(self.session), **(programs or {})})
        status = Scheduler(self.clock).run(shell.run(line), limit_s=limit_s)
        return Ran(stdout.text(), stderr.text(), status)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def modern() -> Bench:
    """One of 4.20."""
    return Bench(MODERN)
