"""``oc exec``: run a command in a container. Source: kubectl, cmd/exec."""

from __future__ import annotations

from simulator.changes.client import EXEC_NEEDS_DASHES, NO_POD
from simulator.oc.command import Command
from simulator.oc.containers import container_to_enter, enter, pod_of, usable_tty
from simulator.oc.errors import fail, misuse
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation

_EXPECTED = (
    "expected 'exec POD_NAME COMMAND [ARG1] [ARG2] ... [ARGN]'.\n"
    "POD_NAME and COMMAND are required arguments for the exec command"
)
_WITHOUT_DASHES = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead"
_FIND_POD_S = 60.0  # how long a workload has to get a pod


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    words = list(invocation.args)
    target = flags.text("pod") or (words.pop(0) if words else "")
    if not target:
        raise fail(NO_POD.at(invocation.release)) if NO_POD.at(invocation.release) else misuse("oc exec", _EXPECTED)
    problem = "you must specify at least one command for the container"
    if not words:
        raise fail(problem) if NO_POD.at(invocation.release) else misuse("oc exec", problem)
    if flags.dash_at is None and EXEC_NEEDS_DASHES.at(invocation.release):
        raise misuse("oc exec", _WITHOUT_DASHES)
    pod = await pod_of(invocation, target, _FIND_POD_S)
    container = await container_to_enter(invocation, pod, flags.text("container"))
    tty = await usable_tty(invocation, flags.flag("tty"))
    return await enter(invocation, pod, container, words, stdin=flags.flag("stdin"), tty=tty)


COMMAND = Command(
    path="oc exec",
    usage="oc exec POD [-c CONTAINER] -- COMMAND [args...] [flags]",
    short="Execute a command in a container",
    long="Run a command in a container of a pod; its exit status is the status of oc.",
    examples=(
        "# Get output from running 'date' in the first container of pod 'mypod'",
        "oc exec mypod date",
        "# Run a command with flags of its own",
        "oc exec mypod -c registry -- df -h /registry",
    ),
    flags=(
        Flag("container", "Container name. If omitted, the first container in the pod will be chosen", short="c"),
        Flag("pod", "Pod name", short="p"),
        Flag("stdin", "Pass stdin to the container", "bool", "i"),
        Flag("tty", "Stdin is a TTY", "bool", "t"),
    ),
    run=run,
)
