"""Which pod and container a command means: ``POD``, ``pod/NAME``, ``deployment/NAME``; and getting inside.

Source: kubectl, polymorphichelpers and cmd/exec.
"""

from __future__ import annotations

from simulator.api.gvrs import PODS
from simulator.changes.client import DEFAULTED_CONTAINER
from simulator.errors import Object, StatusError
from simulator.oc.errors import CommandError, fail
from simulator.oc.invocation import Invocation
from simulator.runtime.tasks import sleep
from simulator.shell.process import Process
from simulator.shell.streams import NullStream, TerminalReader

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_ENDED = ("Succeeded", "Failed")
_POLL_S = 1.0  # how often a workload without pods is asked again
_NO_UPGRADE = "unable to upgrade connection"
_NO_TTY = "Unable to use a TTY - input is not a terminal or the right kind of file"


async def pod_of(invocation: Invocation, word: str, timeout_s: float) -> Object:
    """The pod of ``NAME`` or ``TYPE/NAME``; of a workload the one that runs, is ready and is the oldest."""
    return (await pods_of(invocation, word, timeout_s))[0]


async def pods_of(invocation: Invocation, word: str, timeout_s: float, purpose: str = "attach to") -> list[Object]:
    """All pods of ``NAME`` or ``TYPE/NAME``, the best first. A workload without pods has ``timeout_s`` to get one.

    ``purpose``: what cannot be done with an object that has no pods.
    """
    kind, slash, name = word.partition("/")
    if not slash:
        return [invocation.client.get(PODS, word, invocation.namespace)]
    resource = invocation.resolve(kind)
    if resource.plural == "pods":
        return [invocation.client.get(PODS, name, invocation.namespace)]
    owner = invocation.client.get(resource.gvr, name, invocation.namespace)
    query = _selector(owner, purpose)
    deadline = invocation.now() + timeout_s
    while not (found := invocation.client.list(PODS, invocation.namespace, labels=query)):
        if invocation.now() >= deadline:
            raise fail("timed out waiting for the condition")
        await sleep(_POLL_S)
    return sorted(found, key=_preference)


def _selector(owner: Object, purpose: str) -> str:
    """The label selector of a workload's pods; CommandError for an object that has none."""
    selector = (owner.get("spec") or {}).get("selector")
    if not selector:
        raise fail(f"cannot {purpose} *v1.{owner['kind']}: selector for *v1.{owner['kind']} not implemented")
    labels = selector.get("matchLabels", selector)
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if isinstance(value, str))


def _preference(pod: Object) -> tuple[bool, bool, str, str]:
    """Running pods before others, ready ones before unready ones, the oldest first. Source: controller.ByLogging."""
    status = pod.get("status", {})
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions") or ())
    meta = pod["metadata"]
    return status.get("phase") != "Running", not ready, meta["creationTimestamp"], meta["name"]


async def container_to_enter(invocation: Invocation, pod: Object, wanted: str) -> str:
    """The container for rsh and exec: the one asked for, or the first, which is said when there are several."""
    phase = pod.get("status", {}).get("phase", "")
    if phase in _ENDED:
        raise fail(f"cannot exec into a container in a completed pod; current phase is {phase}")
    return wanted or await default_container(invocation, pod)


async def default_container(invocation: Invocation, pod: Object) -> str:
    """The first container, or that of the pod's annotation; when there is a choice, it is said which."""
    names, meta = [name for name, _ in containers(pod)], pod["metadata"]
    text = DEFAULTED_CONTAINER.at(invocation.release)
    chosen = (meta.get("annotations") or {}).get(DEFAULT_CONTAINER)
    if chosen in names and "{all}" in text:
        return str(chosen)
    first: str = pod["spec"]["containers"][0]["name"]
    several = names if "{all}" in text else pod["spec"]["containers"]
    if len(several) > 1:
        everything = ", ".join(f"{name}{note}" for name, note in containers(pod))
        await invocation.error(text.format(name=first, all=everything, pod=meta["name"], namespace=meta["namespace"]))
    return first


def containers(pod: Object) -> list[tuple[str, str]]:
    """The names of all containers, each with what kind it is if it is no plain one: `` (init)``, `` (ephem)``."""
    kinds = (("containers", ""), ("ephemeralContainers", " (ephem)"), ("initContainers", " (init)"))
    return [(item["name"], note) for key, note in kinds for item in pod["spec"].get(key) or ()]


def at_terminal(process: Process) -> bool:
    """Whether somebody could type: a person is there, and no pipe or file took the place of the keyboard."""
    return process.terminal is not None and isinstance(process.stdin, TerminalReader | NullStream)


async def usable_tty(invocation: Invocation, asked: bool) -> bool:
    """Whether the command gets a terminal; when it was asked for in vain, that is said."""
    if asked and not at_terminal(invocation.process):
        await invocation.error(_NO_TTY)
        return False
    return asked


async def enter(
    invocation: Invocation, pod: Object, container: str, command: list[str], *, stdin: bool, tty: bool
) -> int:
    """Run ``command`` in a container on the streams of this process; its failure is told as ``oc`` tells it."""
    process, meta = invocation.process, pod["metadata"]
    try:
        status = await invocation.client.exec_streams(
            meta["name"],
            meta["namespace"],
            command,
            process.stdin if stdin else NullStream(),
            process.stdout,
            process.stdout if tty else process.stderr,
            container=container,
            tty=tty,
            terminal=process.terminal if tty else None,
        )
    except StatusError as error:
        if error.message.startswith(_NO_UPGRADE):  # the kubelet's answer is no Status, so it is told bare
            raise fail(error.message) from error
        raise
    if status != 0:
        raise CommandError(f"command terminated with exit code {status}", status)
    return 0
