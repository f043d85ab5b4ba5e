"""One run of one command: session, process and parsed flags, with what every verb needs to speak."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.api.types import User
from simulator.client import Client
from simulator.oc.command import Command
from simulator.oc.flags import Flags
from simulator.oc.resources import ResourceInfo, resolve
from simulator.oc.session import Session
from simulator.shell.process import Process


@dataclass
class Invocation:
    """Handed to a verb's ``run``. ``words`` are the arguments that followed the command's name, unparsed."""

    session: Session
    process: Process
    command: Command
    flags: Flags
    words: list[str] = field(default_factory=list)
    documents: int = 0  # objects printed so far, see printers/output.py

    @property
    def client(self) -> Client:
        """The session's client; with ``--as`` one that speaks for that user."""
        name = self.flags.text("as")
        if not name:
            return self.session.client
        groups = (*self.flags.texts("as-group"), "system:authenticated")
        return self.session.client.as_user(User(name, groups))

    @property
    def args(self) -> list[str]:
        return self.flags.args

    @property
    def namespace(self) -> str:
        """The project of ``-n``, else the current one."""
        return self.flags.text("namespace") or self.session.namespace

    @property
    def all_namespaces(self) -> bool:
        return self.flags.flag("all-namespaces")

    def namespace_for(self, resource: ResourceInfo) -> str | None:
        """Where to look for objects of this resource: None for a cluster's own kind, and with ``-A``."""
        return self.namespace if resource.namespaced and not self.all_namespaces else None

    def resolve(self, text: str) -> ResourceInfo:
        return resolve(self.session, text)

    def now(self) -> float:
        """The cluster's time, in seconds since the epoch."""
        return self.client.transport.now()

    async def out(self, text: str) -> None:
        """Write to stdout as it stands."""
        if text:
            await self.process.stdout.write(text)

    async def line(self, text: str = "") -> None:
        await self.process.stdout.write(text + "\n")

    async def error(self, text: str) -> None:
        """Write a line to stderr."""
        await self.process.stderr.write(text + "\n")
