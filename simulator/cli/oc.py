"""``ocsim oc``: the built-in oc on the cluster that the user's kubeconfig names."""

from __future__ import annotations

import click

from simulator.cli.athand import only_outside
from simulator.errors import InputError
from simulator.release import Release, minor_of


@click.command(
    "oc", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}, add_help_option=False
)
@click.option("--release", default="", metavar="4.N", help="Speak as the oc of this release, not of the server's.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(release: str, arguments: tuple[str, ...]) -> int:
    """The built-in oc on the cluster that $KUBECONFIG (or --kubeconfig) names. Files, editor and terminal are yours."""
    only_outside()
    wanted = _release(release) if release else None
    try:
        from simulator.server.hostoc import run_oc
    except ModuleNotFoundError as error:
        raise InputError(f"this needs the extra kubeconfig: pip install 'ocsim[kubeconfig]' ({error})") from error
    return run_oc(list(arguments), wanted)


def _release(text: str) -> Release:
    try:
        return Release(f"{minor_of(text)}.0")
    except ValueError:
        raise click.BadParameter(f"{text!r} is no release; write it as in 4.20", param_hint="'--release'") from None
