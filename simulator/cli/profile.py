"""``ocsim profile``: what clusters are made of: list, show, compare, and import one from a dump."""

from __future__ import annotations

import click

from simulator import profiles
from simulator.errors import Object
from simulator.profiles import difference, difftext, summary


@click.group("profile")
def command() -> None:
    """What a cluster is made of: list, show and compare profiles."""


@command.command("list")
def list_profiles() -> None:
    """The profiles that come with ocsim."""
    for name in profiles.names():
        click.echo(f"{name:<16} {profiles.title(name)}")


@command.command("show")
@click.argument("name", default=profiles.DEFAULT)
@click.option("-o", "--output", "form", type=click.Choice(["yaml", "json"]), help="As data.")
def show(name: str, form: str | None) -> None:
    """What a profile is: its release, nodes, storage, registry, and how many objects of each kind."""
    found = summary.summary(*profiles.frozen(name))
    click.echo(summary.as_text(found) if form is None else _data(found, form), nl=False)


@command.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("-o", "--output", "form", type=click.Choice(["yaml", "json"]), help="As data.")
def diff(old: str, new: str, form: str | None) -> None:
    """What differs between two profiles: what changed between their releases, then what the clusters hold."""
    found = difference.difference(profiles.frozen(old), profiles.frozen(new))
    click.echo(difftext.as_text(found) if form is None else _data(found, form), nl=False)


def _data(content: Object, form: str) -> str:
    from simulator.oc.printers import output

    return output.to_json(content) if form == "json" else output.to_yaml(content)
