"""``ocsim profile``: what clusters are made of: list, show, compare, and import one from a dump."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import click

from simulator import profiles
from simulator.cli.dumps import folder_here, is_folder_here
from simulator.cli.hands import at_hand, read_here, write_here
from simulator.errors import Object
from simulator.log.state import State
from simulator.profiles import Profile, difference, difftext, facts, summary

Mode = Literal["leave-out", "replace", "keep"]


@click.group("profile")
def command() -> None:
    """What a cluster is made of: list, show and compare profiles, and make one of a dump of a real cluster."""


@command.command("list")
def list_profiles() -> None:
    """The profiles that come with ocsim."""
    width = max(map(len, profiles.names()))
    for name in profiles.names():
        click.echo(f"{name:<{width}}   {profiles.head(name).title}")


@command.command("show")
@click.argument("name", default=profiles.DEFAULT)
@click.option("-o", "--output", "form", type=click.Choice(["yaml", "json"]), help="As data.")
def show(name: str, form: str | None) -> None:
    """What a profile is: its release, nodes, storage, registry, and how many objects of each kind."""
    found = summary.summary(*_load(name))
    click.echo(summary.as_text(found) if form is None else _data(found, form), nl=False)


@command.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("-o", "--output", "form", type=click.Choice(["yaml", "json"]), help="As data.")
def diff(old: str, new: str, form: str | None) -> None:
    """What differs between two profiles: what changed between their releases, then what the clusters hold."""
    found = difference.difference(_load(old), _load(new))
    click.echo(difftext.as_text(found) if form is None else _data(found, form), nl=False)


@command.command("build")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The frozen profile to write.  [default: none]")
def build_profile(folder: Path, output: Path | None) -> int:
    """Build the profile in DIR and say what is wrong with it; --output keeps the result, which then starts at once."""
    from simulator.profiles.build import build, to_text

    name = _name_of(None, None, folder)
    content = build(name, folder_here(folder), lambda warning: click.echo(f"warning: {warning}", err=True))
    text = to_text(content)
    profile, state = profiles.thawed(name, text)
    count = sum(facts.counts(state).values())
    click.echo(f"{name}: OpenShift {profile.release.version}, {count} objects, at rest")
    if output is not None:
        write_here(output, text)
        click.echo(f"The profile is in {output}. Use it with: --profile {_as_argument(output)}")
    return 0


@command.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The profile to write.  [default: NAME.json]")
@click.option("--name", help="What the profile is called.  [default: the folder's name]")
@click.option(
    "--secrets",
    type=click.Choice(["leave-out", "replace", "keep"]),
    default="replace",
    show_default=True,
    help="What becomes of the values of Secrets.",
)
@click.option("--report", "told", help="Write all that was done to this file (.json: as data), or - for the terminal.")
def import_dump(folder: Path, output: Path | None, name: str | None, secrets: Mode, told: str | None) -> int:
    """Make a profile of DIR: files of `oc get -o yaml`, a must-gather, or what `oc adm inspect` wrote.

    No value of a Secret gets into the profile, unless --secrets keep asks for it.
    """
    from simulator.cli.dumps import files_here
    from simulator.profiles.importing import import_files, to_text

    name = _name_of(name, output, folder)
    output = output or Path(f"{name}.json")
    found = import_files(files_here(folder), name, str(folder), secrets)
    write_here(output, to_text(found.content))
    if told is not None and told != "-":
        write_here(
            Path(told), _data(found.report.to_data(), "json") if told.endswith(".json") else found.report.to_text()
        )
    click.echo(found.report.to_text() if told == "-" else found.report.to_summary(), nl=False)
    click.echo(f"The profile is in {output}. Use it with: --profile {_as_argument(output)}")
    return 0


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _name_of(name: str | None, output: Path | None, folder: Path) -> str:
    """As asked for, or after the file, or after the folder."""
    if name is not None:
        if not _NAME.fullmatch(name):
            raise click.BadParameter("a name has letters, digits, dots, dashes and underscores.", param_hint="'--name'")
        return name
    given = output.stem if output is not None else folder.resolve().name if at_hand() is None else folder.name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", given).strip("-.") or "imported"


def _as_argument(path: Path) -> str:
    """As a path that is not taken for a name."""
    text = str(path)
    return text if profiles.is_path(text) else f"./{text}"


def _load(name: str) -> tuple[Profile, State]:
    """A profile by its name or path; in a simulated shell the path is one of that shell."""
    if at_hand() is None or not profiles.is_path(name):
        return profiles.load(name)
    if is_folder_here(Path(name)):
        from simulator.profiles.build import build, to_text

        return profiles.thawed(Path(name).name, to_text(build(Path(name).name, folder_here(Path(name)))))
    return profiles.thawed(Path(name).stem, read_here(Path(name)), name)


def _data(content: Object, form: str) -> str:
    from simulator.oc.printers import output

    return output.to_json(content) if form == "json" else output.to_yaml(content)
