"""Floor 7: the command ``ocsim``. Thin click commands: parse, call, print."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from simulator.errors import InputError, StatusError
from simulator.runtime.tasks import Deadlock
from simulator.server.shellclient import open_missing_streams

_COMMANDS = {
    "api": "what the simulated API serves",
    "clock": "the virtual time of a cluster",
    "lab": "run and verify labs",
    "migrate": "move the image registry's storage",
    "oc": "the built-in oc on the cluster that your kubeconfig names",
    "profile": "what clusters are made of: list, show, compare, import",
    "scenario": "practise failures",
    "sh": "the embedded shell on a fresh cluster",
    "shell": "your own shell, with a simulated cluster behind it",
    "up": "serve a cluster over HTTPS, for real clients",
}


class _Lazy(click.Group):
    """Imports a command's module when it is called, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"simulator.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Lazy)
@click.version_option(package_name="ocsim", prog_name="ocsim")
def group() -> None:
    """An OpenShift that lives in memory: practise, rehearse and teach storage work without a cluster."""


def run(arguments: list[str], obj: object = None) -> int:
    """Run one command line; errors of the user, of files and of the API become a line on stderr and a status."""
    try:
        status = group.main(arguments, prog_name="ocsim", standalone_mode=False, obj=obj)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        click.echo("Aborted!", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except InputError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    except StatusError as error:
        click.echo(f"error: {error.message}", err=True)
        return 1
    except Deadlock as error:
        click.echo(f"error: {error}", err=True)
        return 1
    except OSError as error:  # of this machine, as a full disk; a pipe that nobody reads is click's
        click.echo(f"error: {error}", err=True)
        return 1
    return status if isinstance(status, int) else 0


def main() -> None:
    """The console script."""
    open_missing_streams()
    status = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left must not fail again at the exit
        status = status or 1
    sys.exit(status)
