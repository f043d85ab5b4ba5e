"""Which pod and container a command means: ``POD``, ``pod/NAME``, ``deployment/NAME``.

Source: kubectl, polymorphichelpers.
"""

from __future__ import annotations

from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.errors import CommandError, fail
from simulator.oc.invocation import Invocation

PODS = GVR("", "v1", "pods")
_ENDED = ("Succeeded", "Failed")


def pod_of(invocation: Invocation, word: str) -> Object:
    """The pod of ``NAME`` or ``TYPE/NAME``; of a workload, its pod that has been ready for longest."""
    pods = pods_of(invocation, word)
    return min(pods, key=_preference)


def pods_of(invocation: Invocation, word: str) -> list[Object]:
    """All pods of ``NAME`` or ``TYPE/NAME``, at least one; CommandError when a workload has none."""
    kind, slash, name = word.partition("/")
    if not slash:
        return [invocation.client.get(PODS, word, invocation.namespace)]
    resource = invocation.resolve(kind)
    if resource.plural == "pods":
        return [invocation.client.get(PODS, name, invocation.namespace)]
    owner = invocation.client.get(resource.gvr, name, invocation.namespace)
    selector = owner.get("spec", {}).get("selector")
    if not selector:
        raise fail(f"cannot attach to *unstructured.Unstructured: {resource.kind} has no pods")
    labels = selector.get("matchLabels", selector)
    query = ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if isinstance(value, str))
    found = invocation.client.list(PODS, invocation.namespace, labels=query)
    if not found:
        raise fail(f"no pods found for {resource.plural}/{name}: timed out waiting for the condition")
    return found


def _preference(pod: Object) -> tuple[bool, bool, str, str]:
    """Running pods before others, ready ones before unready ones, the oldest first. Source: controller.ActivePods."""
    status = pod.get("status", {})
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions") or ())
    meta = pod["metadata"]
    return status.get("phase") != "Running", not ready, meta["creationTimestamp"], meta["name"]


def containers(pod: Object) -> list[str]:
    return [container["name"] for container in pod["spec"].get("containers") or ()]


async def container_to_enter(invocation: Invocation, pod: Object, wanted: str) -> str:
    """The container for rsh and exec: the one asked for, or the first, which is said when there are several."""
    phase = pod.get("status", {}).get("phase", "")
    if phase in _ENDED:
        raise fail(f"cannot exec into a container in a completed pod; current phase is {phase}")
    if wanted:
        return wanted
    names = containers(pod)
    if len(names) > 1:
        meta = pod["metadata"]
        await invocation.error(f"Defaulting container name to {names[0]}.")
        await invocation.error(
            f"Use 'oc describe pod/{meta['name']} -n {meta['namespace']}' to see all of the containers in this pod."
        )
    return names[0]


async def enter(
    invocation: Invocation, pod: Object, container: str, command: list[str], *, stdin: bool, tty: bool
) -> int:
    """Run ``command`` in a container on the streams of this process; its failure is told as ``oc`` tells it."""
    process, meta = invocation.process, pod["metadata"]
    from simulator.shell.streams import NullStream

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
    if status != 0:
        raise CommandError(f"command terminated with exit code {status}", status)
    return 0
