"""``ocsim scenario``: failures to practise on."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import click

from simulator import scenario
from simulator.cli.hands import at_hand, find, fresh_console, listed, only_outside, read
from simulator.console import Console
from simulator.errors import InputError
from simulator.scenario import Finding, Scenario

SUFFIXES = (".yaml",)
_CURRENT: WeakKeyDictionary[Console, Scenario] = WeakKeyDictionary()
"""What each shell was started with; kept here, where a script in the shell cannot change it."""


@click.group("scenario")
def command() -> None:
    """Practise on a cluster that something is wrong with."""


@command.command("list")
def list_scenarios() -> None:
    """The scenarios that come with ocsim."""
    for path in listed("scenarios", SUFFIXES):
        click.echo(f"{path.stem:<24} {scenario.load(read(path), str(path), path.stem).title}")


@command.command("start")
@click.argument("name")
@click.option("-c", "script", help="Run this script instead of a prompt, then look at the objectives.")
def start(name: str, script: str | None) -> int:
    """Break a fresh cluster and open the embedded shell on it. In it: ocsim scenario check, ocsim scenario hint."""
    only_outside()
    made, file = _load(name)
    console = fresh_console(made.profile, str(made.seed))
    scenario.begin(console, made, file)
    _CURRENT[console] = made
    if script is not None:
        status, output = console.script(script)
        click.echo(output, nl=False)
        console.settle()
        return status or _show(scenario.check(console, made))
    from simulator.cli.sh import prompt

    click.echo(f"{made.title}\n\n{made.story}\nWhen you think that it is repaired: ocsim scenario check\n")
    return prompt(console)


@command.command("check")
@click.argument("name", required=False)
def check(name: str | None) -> int:
    """Look whether the objectives of the scenario at hand are reached."""
    console, made = _at_hand(name)
    return _show(scenario.check(console, made))


@command.command("hint")
@click.argument("number", type=click.IntRange(min=1), default=1)
def hint(number: int) -> int:
    """Hint NUMBER of the scenario at hand."""
    _, made = _at_hand(None)
    if number > len(made.hints):
        raise click.UsageError(f"this scenario has {len(made.hints)} hints")
    click.echo(made.hints[number - 1])
    return 0


@command.command("verify")
@click.argument("names", nargs=-1)
def verify(names: tuple[str, ...]) -> int:
    """Prove scenarios on fresh clusters: the symptoms show, the objectives are open, the solution helps."""
    good = True
    for name in names or tuple(path.stem for path in listed("scenarios", SUFFIXES)):
        made, file = _load(name)
        click.echo(f"{name}: {made.title}")
        console = fresh_console(made.profile, str(made.seed))
        good = _show(list(scenario.verify(console, made, file))) == 0 and good
    return 0 if good else 1


def _load(name: str) -> tuple[Scenario, str]:
    path = find("scenarios", name, SUFFIXES)
    return scenario.load(read(path), str(path), path.stem), str(path)


def _at_hand(name: str | None) -> tuple[Console, Scenario]:
    here = at_hand()
    made = None if here is None else _load(name)[0] if name else _CURRENT.get(here.console)
    if here is None or made is None:
        raise InputError("no scenario is at hand; begin one with ocsim scenario start NAME")
    return here.console, made


def _show(findings: list[Finding]) -> int:
    for finding in findings:
        click.echo(f"{'✓' if finding.good else '✗'} {finding.name}: {finding.text}")
    return 0 if all(finding.good for finding in findings) else 1
