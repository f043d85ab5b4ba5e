"""``ocsim up``: serve a simulated cluster over HTTPS, for the clients that people already use."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import threading
import time
from pathlib import Path

import click

from simulator.api.oauth.providers import kubeadmin_hash
from simulator.api.passwords import generated_of
from simulator.cli.hands import cluster_options, only_outside
from simulator.cluster import Cluster
from simulator.errors import InputError

PORT = 6443
_PEOPLE_S = 0.5
_OWN = ("127.0.0.1", "::1", "localhost")


class Speed(click.ParamType[float]):
    """A factor, or ``max``: time jumps over what nobody needs to wait for."""

    name = "SPEED"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if value == "max":
            return 0.0
        try:
            speed = float(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a number nor max.", param, ctx)
        if not 0.01 <= speed <= 1_000_000:
            self.fail(f"{value} is not between 0.01 and 1000000.", param, ctx)
        return speed


@click.command("up", context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 for any free one.")
@click.option("--speed", type=Speed(), default="1", show_default=True, help="Virtual seconds per second, or max.")
@click.option("--kubeconfig", type=click.Path(path_type=Path), help="Where to write the kubeconfig of this cluster.")
@click.option("--merge-kubeconfig", is_flag=True, help="Also add a context to your own kubeconfig and switch to it.")
@cluster_options
def command(
    command: tuple[str, ...],
    host: str,
    port: int,
    speed: float,
    kubeconfig: Path | None,
    merge_kubeconfig: bool,
    profile: str,
    seed: str,
) -> int:
    """Serve a fresh cluster over HTTPS until Ctrl-C. With a COMMAND, run it on that cluster, then stop.

    Any oc, kubectl or library can be pointed at it. Your own kubeconfig is left alone unless you ask.
    """
    only_outside()
    try:
        from simulator.server.process import collect_seldom
        from simulator.server.service import Service
    except ImportError as error:
        raise InputError(
            f"this needs the extra [server]: pip install 'ocsim[server]' ({error.name} is missing)"
        ) from error
    from simulator.server import kubeconfigfile

    folder = state_folder(profile)
    cluster = Cluster.from_profile(profile, seed=seed, at=time.time())
    service = Service(cluster, folder, host=host, port=port, speed=speed)
    with contextlib.closing(service):
        path = kubeconfig or folder / "kubeconfig"
        profile_name, namespace = cluster.profile.name, cluster.profile.namespace
        content = kubeconfigfile.kubeconfig(service.certificates, service.url, profile_name, namespace)
        kubeconfigfile.write(path, content)
        if merge_kubeconfig:
            kubeconfigfile.merge(own_kubeconfig(), content, f"ocsim-{profile_name}")
        if command:
            with service.running():
                return subprocess.run(command, env={**os.environ, "KUBECONFIG": str(path)}, check=False).returncode
        click.echo(f"OpenShift {cluster.profile.release.version} (profile {profile_name}) at {service.url}\n")
        click.echo(f"export KUBECONFIG={shlex.quote(str(path))}\n")
        if host not in _OWN:
            click.echo("Others may reach this address. The passwords of this cluster are no secret.", err=True)
        people = threading.Timer(_PEOPLE_S, _tell_people, (kubeadmin_hash(cluster.api),))
        people.daemon = True
        people.start()
        collect_seldom()
        service.run()
        return 0


def _tell_people(kept: str) -> None:
    """Who can log in. Making sure of the password takes a while, for which the first client should not wait."""
    if password := generated_of(kept):
        click.echo(f"kubeadmin logs in with the password {password}, developer with developer.")


def state_folder(profile: str) -> Path:
    """Where what outlives a start is kept: ``$XDG_STATE_HOME/ocsim/NAME``."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "ocsim" / Path(profile).name.removesuffix(".json")


def own_kubeconfig() -> Path:
    """The first file of $KUBECONFIG, else ~/.kube/config."""
    first = next((part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part), "")
    return Path(first) if first else Path.home() / ".kube" / "config"
