"""One command of the built-in ``oc`` on a real cluster, with the host's files, streams and terminal."""

from __future__ import annotations

import os
import sys

from simulator.api.types import User
from simulator.client import Client
from simulator.errors import InputError, StatusError, Unreachable
from simulator.oc.errors import CommandError
from simulator.oc.main import run, scan, split
from simulator.oc.session import Session
from simulator.release import Release
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Cancelled
from simulator.server.connector import HostConnector, Unconfigured, release_of
from simulator.server.hostfiles import HostFiles
from simulator.server.keyboard import BytesWriter, FullTerminal, Keyboard, PipeReader
from simulator.shell.process import Process, System

NEWEST = Release("4.20.0", "v1.33.0")
"""That of the default profile: whose oc it is when no server tells."""
_LOCAL = ("", "config", "help", "login", "options")  # these ask no server
_INTERRUPTED, _PIPE_CLOSED = 130, 141  # as of a program that SIGINT or SIGPIPE ended


def run_oc(words: list[str], release: Release | None = None) -> int:
    """Run ``oc WORDS...`` and return its exit status. ``release``: whose oc it is; that of the server if not given."""
    connector = HostConnector()
    session = Session(Client(Unconfigured(InputError("there is no connection")), User("")), "", latency_s=0.0)
    session.connector = connector
    session.release = release or NEWEST
    try:
        if release is None:
            _meet(session, connector, words)
        scheduler = connector.scheduler(session)
        return scheduler.run(run(session, _process(connector, words, scheduler.clock)))
    except (Cancelled, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left must not fail again at the exit
        return _PIPE_CLOSED


def _meet(session: Session, connector: HostConnector, words: list[str]) -> None:
    """Learn the release of the server, as far as the command speaks to one. What fails is told when it is needed."""
    if split(words)[1] in _LOCAL:
        return
    try:
        connector.connect(session, scan(words))
        session.release = release_of(session.client) or session.release
    except Unreachable as error:
        session.client = Client(Unconfigured(error), User(""))
    except (CommandError, InputError, StatusError):
        pass


def _process(connector: HostConnector, words: list[str], clock: Clock) -> Process:
    terminal = FullTerminal()
    is_typed = sys.stdin.isatty()
    return Process(
        args=["oc", *words],
        env=dict(os.environ),
        cwd=os.getcwd(),
        stdin=Keyboard(terminal, connector.doorbell)
        if is_typed
        else PipeReader(connector.doorbell, sys.stdin.fileno()),
        stdout=BytesWriter(sys.stdout),
        stderr=BytesWriter(sys.stderr),
        fs=HostFiles(),
        system=System(clock, user=os.environ.get("USER", ""), uid=os.getuid(), gid=os.getgid()),
        terminal=terminal,
    )
