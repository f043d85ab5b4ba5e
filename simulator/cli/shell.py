"""``ocsim shell``: the user's own shell, with a simulated cluster behind it."""

from __future__ import annotations

import math
import os

import click

from simulator.cli.hands import cluster_options, fresh_console, only_outside


@click.command("shell")
@click.option(
    "--speed",
    type=click.FloatRange(0.01, 1_000_000),
    default=1.0,
    show_default=True,
    help="Virtual seconds per second.",
)
@cluster_options
def command(speed: float, profile: str, seed: str) -> int:
    """A sub-shell of your own $SHELL with oc on its PATH; leaving it ends the cluster.

    Your files, pipes and editor are your own. KUBECONFIG points nowhere, so that no real cluster is touched by mistake.
    """
    only_outside()
    if math.isnan(speed):  # passes every range
        raise click.BadParameter("nan is not a speed.", param_hint="'--speed'")
    from simulator.server.hostshell import ShellHost
    from simulator.server.loop import RealTimeLoop

    console = fresh_console(profile, seed)
    console.session.latency_s = 0.0  # here time passes by itself
    loop = RealTimeLoop(console.cluster.clock, speed)
    host = ShellHost(loop, console.template.system, console.shell.programs)
    shell = os.environ.get("SHELL") or "/bin/sh"
    click.echo(f"A simulated {profile} is behind oc in this shell. Leave it with exit.", err=True)
    status = host.run(shell)
    click.echo("The simulated cluster is gone.", err=True)
    return status
