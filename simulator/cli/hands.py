"""What the commands share: the cluster at hand, options that choose one, and the folders of labs and scenarios."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.api.types import User
from simulator.cli.athand import AtHand, at_hand, only_outside
from simulator.client.client import Client
from simulator.cluster import Cluster
from simulator.errors import InputError
from simulator.oc.files import absolute
from simulator.profiles import DEFAULT
from simulator.server import material
from simulator.server.material import content, listed, read
from simulator.shell.process import Process, Program

if TYPE_CHECKING:
    from simulator.console import Console

TRAINER = User("ocsim", ("ocsim:trainers", "system:cluster-admins", "system:authenticated"))
__all__ = ["AtHand", "at_hand", "content", "listed", "only_outside", "read"]

F = TypeVar("F", bound=Callable[..., Any])


def cluster_options(function: F) -> F:
    """``--profile`` and ``--seed``: which cluster to make."""
    function = click.option("--seed", default="0", show_default=True, help="Names, UIDs and times follow from it.")(
        function
    )
    return click.option("--profile", default=DEFAULT, show_default=True, help="What the cluster is made of.")(function)


def fresh_console(profile: str, seed: str) -> Console:
    """A shell on a new cluster; ``ocsim`` in it works on that cluster."""
    from simulator.console import Console  # a served cluster needs no shell of its own

    cluster = Cluster.from_profile(profile, seed=seed)
    console = Console(cluster)
    console.shell.programs = {**console.shell.programs, "ocsim": ocsim_program(console)}
    return console


def console_at_hand(profile: str, seed: str) -> Console:
    """The shell that this command was typed in, or a fresh one."""
    here = at_hand()
    return here.console if here is not None else fresh_console(profile, seed)


def client_at_hand(kubeconfig: str = "", context: str = "") -> Client:
    """A trainer's client: for the cluster of the shell that this command was typed in, else for a kubeconfig's."""
    here = at_hand()
    if here is not None:
        return here.console.cluster.client(TRAINER)
    try:
        from simulator.client.kubeconfig import Kubeconfig
    except ImportError as error:
        raise InputError(f"this needs the extra kubeconfig: pip install 'ocsim[kubeconfig]' ({error})") from error
    transport = Kubeconfig(kubeconfig or None, context)
    return Client(transport, transport.user)


def ocsim_program(console: Console) -> Program:
    """``ocsim`` as a program of the embedded shell: the same commands, on the cluster at hand."""

    async def ocsim(process: Process) -> int:
        from simulator.cli import run

        stdout, stderr = io.StringIO(), io.StringIO()
        with redirect_stdout(stdout), redirect_stderr(stderr):
            status = run(process.args[1:], AtHand(console, process))
        if stdout.getvalue():
            await process.stdout.write(stdout.getvalue())
        if stderr.getvalue():
            await process.stderr.write(stderr.getvalue())
        return status

    return ocsim


def find(kind: str, name: str, suffixes: tuple[str, ...]) -> Path:
    """A file as it stands, or one that comes with ocsim by its name. A simulated shell has only the latter."""
    if at_hand() is None and Path(name).is_file():
        return Path(name)
    return material.find(kind, name, suffixes)


def read_here(path: Path) -> str:
    """The text of a file of whoever typed the command; InputError when it cannot be read."""
    here = at_hand()
    if here is None:
        return read(path)
    try:
        return here.process.fs.read(absolute(here.process, str(path))).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", file=str(path)) from error


def write_here(path: Path, text: str) -> None:
    """Write a file of whoever typed the command; InputError when that is not possible."""
    here = at_hand()
    try:
        if here is None:
            _write_whole(path, text)
        else:
            here.process.fs.write(absolute(here.process, str(path)), text.encode())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=str(path)) from error


def _write_whole(path: Path, text: str) -> None:
    """All of a file or nothing of it: written beside it, then renamed. What is no plain file is written as it is."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    target = path.resolve()  # a link stays one
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
