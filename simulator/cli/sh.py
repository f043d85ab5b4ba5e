"""``ocsim sh``: the embedded shell on a fresh cluster."""

from __future__ import annotations

import sys

import click

from simulator.cli.hands import cluster_options, fresh_console, only_outside
from simulator.console import Console
from simulator.runtime.tasks import Scheduler
from simulator.server.hostterminal import HostReader, HostTerminal, HostWriter, WallClock


@click.command("sh")
@click.option("-c", "script", help="Run this script and exit with its status.")
@cluster_options
def command(script: str | None, profile: str, seed: str) -> int:
    """The embedded shell, with oc, on a fresh cluster: a prompt, or a script with -c.

    In a script virtual time jumps whenever all wait; at the prompt it flows with yours.
    """
    only_outside()
    console = fresh_console(profile, seed)
    if script is not None:
        return _run(console, script)
    if not sys.stdin.isatty():
        return _run(console, sys.stdin.read())
    return prompt(console)


def _run(console: Console, script: str) -> int:
    terminal = HostTerminal()
    console.shell.terminal = terminal
    return console.drive(console.run_streams(script, HostReader(), HostWriter(sys.stdout), HostWriter(sys.stderr)))


def prompt(console: Console) -> int:
    wall = WallClock(console.cluster.clock)
    terminal = HostTerminal(
        complete=lambda line: complete(console, line), before_line=wall.pause, after_line=wall.resume
    )
    return Scheduler(console.cluster.clock, pace=wall.sleep).run(console.interact(terminal))


def complete(console: Console, line: str) -> list[str]:
    """The words that may stand at the end of ``line``: programs, verbs of oc, resources, names of objects, files."""
    from simulator.cli.completion import candidates

    words = line.split(" ")
    return [word for word in candidates(console, words) if word.startswith(words[-1])]
