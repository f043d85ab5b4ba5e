"""``oc rsh``: a shell in a container. Source: oc, pkg/cli/rsh."""

from __future__ import annotations

from simulator.oc.command import Command
from simulator.oc.containers import container_to_enter, enter, pod_of
from simulator.oc.errors import misuse
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation


async def run(invocation: Invocation) -> int:
    if not invocation.args:
        raise misuse("oc rsh", "rsh requires a single Pod to connect to")
    target, *command = invocation.args
    flags = invocation.flags
    pod = pod_of(invocation, target)
    container = await container_to_enter(invocation, pod, flags.text("container"))
    tty = _wants_tty(invocation, bool(command))
    shell = ["/bin/sh", "-c", f'TERM="{invocation.process.env.get("TERM", "xterm")}" {flags.text("shell")}']
    return await enter(invocation, pod, container, command or shell, stdin=True, tty=tty)


def _wants_tty(invocation: Invocation, has_command: bool) -> bool:
    """A terminal for a person at a prompt; none for a command, unless asked for."""
    if invocation.flags.flag("no-tty"):
        return False
    return (invocation.process.terminal is not None and not has_command) or invocation.flags.flag("tty")


COMMAND = Command(
    path="oc rsh",
    usage="oc rsh [flags] POD [COMMAND]",
    short="Start a shell session in a pod",
    long="Open a shell in a container of a pod, or run one command in it.",
    examples=(
        "# Open a shell session on the first container in pod 'foo'",
        "oc rsh foo",
        "# Run the command 'cat /etc/resolv.conf' inside pod 'foo'",
        "oc rsh foo cat /etc/resolv.conf",
    ),
    flags=(
        Flag("container", "Container name; defaults to first container", short="c"),
        Flag("no-tty", "Disable pseudo-terminal allocation", "bool", "T"),
        Flag("shell", "Path to the shell command", default="/bin/sh"),
        Flag("timeout", "Request timeout for obtaining a pod from the server", "duration", default=10.0),
        Flag("tty", "Force a pseudo-terminal to be allocated", "bool", "t"),
    ),
    run=run,
    interspersed=False,
)
