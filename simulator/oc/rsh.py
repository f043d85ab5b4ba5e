"""``oc rsh``: a shell in a container. Source: oc, pkg/cli/rsh."""

from __future__ import annotations

from simulator.changes.client import NO_POD
from simulator.oc.command import Command
from simulator.oc.containers import at_terminal, container_to_enter, enter, pod_of, usable_tty
from simulator.oc.errors import CommandError, fail, misuse
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation


async def run(invocation: Invocation) -> int:
    if not invocation.args:
        raise _no_pod(invocation)
    target, *command = invocation.args
    flags = invocation.flags
    if flags.flag("tty") and flags.flag("no-tty"):
        raise misuse("oc rsh", "you may not specify -t and -T together")
    pod = await pod_of(invocation, target, flags.seconds("timeout"))
    container = await container_to_enter(invocation, pod, flags.text("container"))
    tty = await _tty(invocation, bool(command))
    shell = ["/bin/sh", "-c", f'TERM="{invocation.process.env.get("TERM", "xterm")}" {flags.text("shell")}']
    return await enter(invocation, pod, container, command or shell, stdin=True, tty=tty)


def _no_pod(invocation: Invocation) -> CommandError:
    text = NO_POD.at(invocation.release)
    return fail(text) if text else misuse("oc rsh", "rsh requires a single Pod to connect to")


async def _tty(invocation: Invocation, has_command: bool) -> bool:
    """A terminal for a person at a prompt; none for a command, unless asked for.

    The real one gives a command a terminal too when there is one. Its output is the same, and here the command does
    not take the line that the person types next.
    """
    if invocation.flags.flag("no-tty"):
        return False
    if invocation.flags.flag("tty"):
        return await usable_tty(invocation, True)
    return not has_command and at_terminal(invocation.process)


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
        Flag("timeout", "Request timeout for obtaining a pod from the server", "duration", default=10.0, shown="10s"),
        Flag("tty", "Force a pseudo-terminal to be allocated", "bool", "t"),
    ),
    run=run,
    interspersed=False,
)
