"""One run of one command: session, process and parsed flags, with what every verb needs to speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from simulator.api.types import User
from simulator.changes.api import FIELD_VALIDATION
from simulator.changes.client import FIELD_MANAGERS, SERVER_WARNINGS
from simulator.client import Client
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.fieldmanagers import PROGRAM, default_manager
from simulator.oc.flags import Flags
from simulator.oc.identities import identities_of
from simulator.oc.resources import ResourceInfo, resolve
from simulator.oc.session import Session
from simulator.release import Release
from simulator.shell.process import Process

_READ_FILES = ("apply", "create", "edit", "replace")


@dataclass
class Invocation:
    """Handed to a verb's ``run``. ``words`` are the arguments that followed the command's name, unparsed."""

    session: Session
    process: Process
    command: Command
    flags: Flags
    words: list[str] = field(default_factory=list)
    documents: int = 0  # objects printed so far, see printers/output.py
    warnings: dict[str, bool] = field(default_factory=dict)  # of the server, each once; whether it was printed

    @cached_property
    def client(self) -> Client:
        """The session's client; with ``--as`` one that speaks for that user."""
        client = self.session.client.heard_by(self._note_warning, self._writing(), PROGRAM)
        known = identities_of(client)
        token = self.flags.text("token")
        if known is not None and token not in ("", self.session.token):
            client = client.as_user(known.of_token(token))
        name, groups = self.flags.text("as"), self.flags.texts("as-group")
        if not name:
            return client
        if known is not None:
            return client.as_user(known.impersonated(client.user, name, groups))
        return client.as_user(User(name, (*groups, "system:authenticated")))

    def _writing(self) -> dict[str, str]:
        """The parameters of every write."""
        manager = ""
        if FIELD_MANAGERS.at(self.release):
            manager = self.flags.values.get("field-manager") or default_manager(self.command.path)
        said = {"fieldValidation": self._field_validation(), "fieldManager": manager}
        return {key: value for key, value in said.items() if value}

    def _field_validation(self) -> str:
        """What is read from a file is not checked, unless --validate says so. Source: kubectl, cmd/util/helpers.go"""
        if not FIELD_VALIDATION.at(self.release) or self.command.path.split()[-1] not in _READ_FILES:
            return ""
        wanted = self.flags.values.get("validate")
        return {"true": "Strict", "strict": "Strict", "warn": "Warn"}.get(str(wanted), "Ignore")

    def _note_warning(self, text: str) -> None:
        self.warnings.setdefault(text, False)

    @property
    def release(self) -> Release:
        """Of ``oc`` itself."""
        return self.session.release

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

    @cached_property
    def dry_run(self) -> str:
        """What ``--dry-run`` asks for: "client", "server", or "" to act in earnest; CommandError for another value."""
        value = self.flags.values.get("dry-run", False)
        if isinstance(value, bool):
            return "client" if value else ""
        if value in ("client", "unchanged", "true"):
            return "client"
        if value not in ("server", "none", "false"):
            raise fail(f'Invalid dry-run value ({value}). Must be "none", "server", or "client".')
        return "server" if value == "server" else ""

    @property
    def dry_suffix(self) -> str:
        """What a result that was only tried ends in."""
        return {"client": " (dry run)", "server": " (server dry run)"}.get(self.dry_run, "")

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
            await self.warn()
            await self.process.stdout.write(text)

    async def line(self, text: str = "") -> None:
        await self.out(text + "\n")

    async def error(self, text: str) -> None:
        """Write a line to stderr."""
        await self.warn()
        await self.process.stderr.write(text + "\n")

    async def warn(self) -> None:
        """Write the warnings of the server that came since the last time."""
        for text, printed in self.warnings.items():
            if not printed:
                self.warnings[text] = True
                if SERVER_WARNINGS.at(self.release):
                    await self.process.stderr.write(f"Warning: {text}\n")
