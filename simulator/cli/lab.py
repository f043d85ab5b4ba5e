"""``ocsim lab``: list, run and verify labs."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from simulator import lab
from simulator.cli.hands import find, fresh_console, listed, only_outside
from simulator.console import Console
from simulator.errors import InputError
from simulator.lab import LabResult, StepResult
from simulator.lab.normalise import KINDS
from simulator.profiles import DEFAULT

SUFFIXES = (".md", ".adoc")


@click.group("lab")
def command() -> None:
    """Run and verify labs: pages whose commands run on a fresh cluster and whose outputs are compared."""


@command.command("list")
def list_labs() -> None:
    """The labs that come with ocsim."""
    paths = list(listed("labs", SUFFIXES))
    width = max(len(path.stem) for path in paths)
    for path in paths:
        click.echo(f"{path.stem:<{width}}  {lab.load(path).title}")


@command.command("run")
@click.argument("name")
@click.option("--seed", help="Another seed than the page's; generated names are then not compared.")
@click.option("--profile", help=f"What the cluster is made of.  [default: what the page says, else {DEFAULT}]")
def run_lab(name: str, seed: str | None, profile: str | None) -> int:
    """Run a lab (a NAME of `ocsim lab list`, or a FILE) and show each command with its output and a mark."""
    page = find("labs", name, SUFFIXES)
    result = _run(page, seed, profile, lambda step: click.echo(lab.show_step(step)))
    click.echo(lab.summary(result))
    return 0 if result.is_good else 1


@command.command("verify")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--update", is_flag=True, help="Write the actual outputs into the pages.")
@click.option("--profile", help=f"What the clusters are made of.  [default: what a page says, else {DEFAULT}]")
def verify(paths: tuple[Path, ...], update: bool, profile: str | None) -> int:
    """Verify every page among PATHS (files, or folders of pages) and report what differs."""
    only_outside()
    good = True
    for path in _pages(paths):
        if missing := missing_client(path):
            click.echo(f"{path}: skipped: {missing} is not installed on this machine")
            good = good and missing not in os.environ.get("OCSIM_REQUIRE", "").split(",")
            continue
        result = _run(path, None, profile)
        if update and not result.is_good:
            path.write_bytes(lab.update_text(result).encode())
            result = _run(path, None, profile)
        for problem in result.problems:
            click.echo(lab.show_problem(problem))
        click.echo(lab.summary(result))
        good = good and result.is_good
    return 0 if good else 1


def _run(
    path: Path, seed: str | None, profile: str | None, on_step: Callable[[StepResult], None] | None = None
) -> LabResult:
    page = lab.load(path)
    console = fresh_console(profile or page.profile or DEFAULT, str(page.seed) if seed is None else seed)
    normalise = KINDS if seed is not None else ()
    with real_clients(console, page.clients):
        return console.drive(lab.run_lab(page, console, on_step=on_step, normalise=normalise))


def missing_client(path: Path) -> str:
    """The first of the real clients that a page needs and this machine lacks; "" when all are there."""
    return next((name for name in lab.load(path).clients if _client(name) is None), "")


def _client(name: str) -> str | None:
    """The path of a client of this machine: $OCSIM_KUBECTL if that is set, else what $PATH has."""
    return shutil.which(os.environ.get(f"OCSIM_{name.upper()}") or name)


@contextlib.contextmanager
def real_clients(console: Console, names: Sequence[str]) -> Iterator[None]:
    """In this shell, ``names`` are the host's own programs, on the shell's cluster."""
    if not names:
        yield
        return
    from simulator.server.hostclient import HostClients

    clients = HostClients(console.cluster)
    found = {name: path for name in names if (path := _client(name)) is not None}
    if missing := [name for name in names if name not in found]:
        raise InputError(f"this page needs {missing[0]}, which is not installed on this machine")
    console.shell.programs = {**console.shell.programs, **{name: clients.program(path) for name, path in found.items()}}
    try:
        yield
    finally:
        clients.close()


def _pages(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            pages = sorted(page for page in path.rglob("*") if page.suffix in SUFFIXES)
            if not pages:
                raise InputError("this folder holds no page (.md or .adoc)", file=str(path))
            yield from pages
        elif path.is_file():
            yield path
        else:
            raise InputError("there is no such file or folder", file=str(path))
