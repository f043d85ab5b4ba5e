"""``ocsim api``: what the simulated API serves."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import click

from simulator import profiles
from simulator.cli.hands import read_here, write_here
from simulator.cluster import Cluster
from simulator.errors import InputError
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.profiles import coverage
from simulator.release import OLDEST, Release, minor_of

BEGIN, END = "<!-- made by `make update`: begin -->", "<!-- made by `make update`: end -->"
_BLOCK = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
_SHOW = {"text": coverage.as_text, "markdown": coverage.as_markdown, "json": coverage.as_json}


@click.group("api")
def command() -> None:
    """What the API of a simulated cluster serves."""


@command.command("coverage")
@click.option("--profile", default=profiles.DEFAULT, show_default=True, help="What the cluster is made of.")
@click.option("--release", help="Another release of OpenShift than the profile's, as 4.14.")
@click.option("-o", "--output", "form", type=click.Choice(list(_SHOW)), default="text", show_default=True)
@click.option(
    "--update", "page", type=click.Path(path_type=Path), help="Write the tables into this page, between marks."
)
def show_coverage(profile: str, release: str | None, form: str, page: Path | None) -> None:
    """Show all groups, kinds, verbs and subresources; which have a type and columns, and which controllers move them.

    A subresource in brackets is told by discovery, as a real server does, but nobody answers.
    """
    lines = coverage.coverage(_cluster(profile, release))
    if page is not None:
        write_here(page, updated(read_here(page), coverage.as_markdown(lines)))
        return
    click.echo(_SHOW[form](lines), nl=False)


def updated(page: str, tables: str) -> str:
    """The page with the tables between its marks. InputError when it has none."""
    if not _BLOCK.search(page):
        raise InputError(f"the page has no place for the tables: {BEGIN} and {END}")
    return _BLOCK.sub(lambda _: f"{BEGIN}\n\n{tables}\n{END}", page)


def _cluster(name: str, version: str | None) -> Cluster:
    """A cluster of a profile; of another release it is an empty one."""
    if version is None:
        return Cluster.from_profile(name)
    profile, _ = profiles.load(name)
    return Cluster(replace(profile, release=_release(version)), State(MemoryLog()))


def _release(version: str) -> Release:
    """From 4.3 on, 4.N is Kubernetes 1.(N+13); the first that is modelled is 4.2."""
    try:
        minor = minor_of(version)
    except ValueError:
        minor = None
    if minor is None or minor < OLDEST.minor or minor.major != OLDEST.minor.major:
        raise click.BadParameter(
            f"{version} is no release of OpenShift since {OLDEST.minor}.", param_hint="'--release'"
        )
    return OLDEST if minor == OLDEST.minor else Release(version, f"v1.{minor.minor + 13}.0", ())
