"""``ocsim clock``: the virtual time of a cluster."""

from __future__ import annotations

import click

from simulator.api.gvrs import CLOCKADVANCES
from simulator.cli.hands import client_at_hand
from simulator.oc.flags import parse_duration


class Duration(click.ParamType[float]):
    """``90s``, ``10m``, ``1h30m``."""

    name = "DURATION"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = parse_duration(str(value))
        except ValueError:
            seconds = -1.0
        if seconds < 0:
            self.fail(f"{value!r} is not a duration such as 90s, 10m or 1h30m.", param, ctx)
        return seconds


@click.group("clock", invoke_without_command=True)
@click.option("--kubeconfig", default="", help="The kubeconfig of the cluster; $KUBECONFIG if not given.")
@click.option("--context", default="", help="The context to use, if not the current one.")
@click.pass_context
def command(ctx: click.Context, kubeconfig: str, context: str) -> None:
    """The time of the simulated cluster that $KUBECONFIG names, or of the shell that this is typed in."""
    ctx.meta["simulator.clock"] = (kubeconfig, context)
    if ctx.invoked_subcommand is None:
        _advance(ctx, 0)


@command.command("advance")
@click.argument("duration", type=Duration())
@click.pass_context
def advance(ctx: click.Context, duration: float) -> None:
    """Let DURATION pass at once, with all that falls due on the way."""
    _advance(ctx, duration)


def _advance(ctx: click.Context, seconds: float) -> None:
    client = client_at_hand(*ctx.meta["simulator.clock"])
    answer = client.create(CLOCKADVANCES, {"metadata": {}, "spec": {"seconds": seconds}})
    click.echo(answer["status"]["time"])
