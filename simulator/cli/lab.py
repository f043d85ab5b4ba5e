"""``ocsim lab``: list, run and verify labs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from simulator import lab
from simulator.cli.hands import find, fresh_console, listed, only_outside
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
    return console.drive(lab.run_lab(page, console, on_step=on_step, normalise=normalise))


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
