"""``oc logs``: what a container printed. Source: kubectl, cmd/logs."""

from __future__ import annotations

from typing import Any

from simulator.api.gvrs import PODS, PODSANDBOXES
from simulator.changes.client import (
    CLIENT_KNOWS_CONTAINERS,
    DEFAULT_CONTAINER_OF_LOGS,
    LOGS_NAME_THE_NAMESPACE,
    NOTHING_FOUND,
)
from simulator.errors import Forbidden, NotFound, Object
from simulator.oc.command import Command
from simulator.oc.containers import containers, default_container, pods_of
from simulator.oc.errors import CommandError, fail, misuse
from simulator.oc.flags import SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.waiting import changed
from simulator.runtime.tasks import current_scheduler, sleep

_EXPECTED = (
    "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n"
    "POD or TYPE/NAME is a required argument for the logs command"
)
_POLL_S = 1.0  # how often -f looks for more, in virtual time
_SELECTED_TAIL = 10  # lines of each pod that a selector finds, unless --tail says otherwise


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    selector = flags.text("selector")
    _check(invocation, selector)
    pods = await _pods(invocation, selector)
    if selector and not pods:
        await invocation.error(NOTHING_FOUND.at(invocation.release)[0].format(namespace=invocation.namespace))
    for pod in pods:
        for container in await _containers(invocation, pod):
            await _show(invocation, pod, container)
    return 0


def _check(invocation: Invocation, selector: str) -> None:
    """The rules of the command line, in the words of kubectl."""
    flags, args = invocation.flags, invocation.args
    if len(args) > 2 or not (args or selector):
        raise misuse("oc logs", _EXPECTED)
    if selector and args:
        raise misuse("oc logs", "only a selector (-l) or a POD name is allowed")
    if flags.text("since-time") and "since" in flags.given:
        raise fail("at most one of `sinceTime` or `sinceSeconds` may be specified")
    if selector and flags.flag("follow"):
        raise fail("only one of follow (-f) or selector (-l) is allowed")
    if flags.number("tail") < -1:
        raise fail("--tail must be greater than or equal to -1")
    if flags.flag("all-containers") and (flags.text("container") or len(args) > 1):
        raise fail(
            "--all-containers=true should not be specified with container name " + (flags.text("container") or args[1])
        )


async def _pods(invocation: Invocation, selector: str) -> list[Object]:
    if selector:
        return invocation.client.list(PODS, invocation.namespace, labels=selector)
    try:
        found = await pods_of(
            invocation, invocation.args[0], invocation.flags.seconds("pod-running-timeout"), "get the logs from"
        )
    except NotFound as error:
        if LOGS_NAME_THE_NAMESPACE.at(invocation.release):
            where = f'{error.message} in namespace "{invocation.namespace}"'
            raise fail(f"error from server (NotFound): {where}") from None
        raise
    if len(found) > 1:
        await invocation.error(f"Found {len(found)} pods, using pod/{found[0]['metadata']['name']}")
    return found[:1]


async def _containers(invocation: Invocation, pod: Object) -> list[str]:
    """The containers asked for. "" leaves the choice to the server, which refuses when there are several."""
    if invocation.flags.flag("all-containers"):
        spec = pod["spec"]
        return [container["name"] for container in (*(spec.get("initContainers") or ()), *spec["containers"])]
    wanted = invocation.flags.text("container") or "".join(invocation.args[1:])
    if (
        wanted
        and CLIENT_KNOWS_CONTAINERS.at(invocation.release)
        and wanted not in [name for name, _ in containers(pod)]
    ):
        raise fail(f"container {wanted} is not valid for pod {pod['metadata']['name']}")
    if not wanted and DEFAULT_CONTAINER_OF_LOGS.at(invocation.release):
        return [await default_container(invocation, pod)]
    return [wanted]


async def _show(invocation: Invocation, pod: Object, container: str) -> None:
    """Print the log; with ``-f`` go on until the container ends, or its pod is gone."""
    text = _text(invocation, pod, container, _query(invocation))
    await invocation.out(text)
    if not invocation.flags.flag("follow"):
        return
    await _go_on(invocation, pod, container, _text(invocation, pod, container, {}))


async def follow(invocation: Invocation, pod: Object, container: str) -> None:
    """Print all that a container writes until it ends, or its pod is gone."""
    shown = _text(invocation, pod, container, {})
    await invocation.out(shown)
    await _go_on(invocation, pod, container, shown)


async def _go_on(invocation: Invocation, pod: Object, container: str, shown: str) -> None:
    run = _run(pod, container)
    if not run[1]:  # it has written all that it will
        return
    while (current := await _next(invocation, pod)) is not None:
        if _run(current, container) != run:
            return
        text = _text(invocation, pod, container, {})
        if text.startswith(shown):
            await invocation.out(_stamped(invocation, pod, container, text[len(shown) :]))
        shown = text


async def _next(invocation: Invocation, pod: Object) -> Object | None:
    """Let some time pass; the pod as it is then, None when it is gone (a namesake is another pod)."""
    meta = pod["metadata"]
    await _while_at_rest(invocation, f"{meta['namespace']}.{meta['name']}")
    await sleep(_POLL_S)
    current = invocation.client.get_or_none(PODS, meta["name"], meta["namespace"])
    return current if current is not None and current["metadata"]["uid"] == meta["uid"] else None


async def _while_at_rest(invocation: Invocation, sandbox: str) -> None:
    """Wait for the kubelet's record of the pod to change if nothing else is due: asking on would burn virtual years."""
    scheduler = await current_scheduler()
    if scheduler.clock.next_due() is not None:
        return
    try:
        stream = invocation.client.watch(PODSANDBOXES, fields=f"metadata.name={sandbox}")
    except (Forbidden, NotFound):  # real time passes by itself, and there is no such record
        return
    try:
        while stream.poll() is not None:
            pass  # what is there already
        await changed(stream, None)
    finally:
        stream.close()


def _stamped(invocation: Invocation, pod: Object, container: str, more: str) -> str:
    """What is new, with the times of its lines if ``--timestamps`` wants them."""
    if not more or not invocation.flags.flag("timestamps"):
        return more
    return _text(invocation, pod, container, {"timestamps": "true", "tailLines": str(len(more.splitlines()))})


def _run(pod: Object, container: str) -> tuple[int, bool]:
    """Which run of the container this is, and whether it goes on."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if container in ("", status["name"]):
            return status.get("restartCount", 0), "terminated" not in (status.get("state") or {})
    return 0, pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")


def _query(invocation: Invocation) -> dict[str, str]:
    flags = invocation.flags
    query: dict[str, str] = {name: "true" for name in ("previous", "timestamps") if flags.flag(name)}
    tail = flags.number("tail")
    if "tail" not in flags.given and flags.text("selector"):
        tail = _SELECTED_TAIL
    if tail >= 0:
        query["tailLines"] = str(tail)
    if "since" in flags.given:
        query["sinceSeconds"] = str(max(1, int(flags.seconds("since"))))
    if flags.text("since-time"):
        query["sinceTime"] = flags.text("since-time")
    if flags.number("limit-bytes"):
        query["limitBytes"] = str(flags.number("limit-bytes"))
    return query


def _text(invocation: Invocation, pod: Object, container: str, query: dict[str, str]) -> str:
    meta = pod["metadata"]
    path = PODS.path(meta["namespace"], meta["name"], "log")
    asked = {"container": container, **query} if container else query
    body: Any = invocation.client.request("GET", path, query=asked).body
    if not isinstance(body, str):
        raise CommandError("error: the server answered something that is not a log")
    return body


COMMAND = Command(
    path="oc logs",
    usage="oc logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER] [flags]",
    short="Print the logs for a container in a pod",
    long="Print what a container of a pod has written.",
    examples=(
        "# Print the log of the registry",
        "oc logs deployment/image-registry -n openshift-image-registry",
        "# Print the last ten lines",
        "oc logs --tail=10 mypod",
    ),
    flags=(
        Flag("all-containers", "Get the logs of all containers in the pod(s).", "bool"),
        Flag("container", "Print the logs of this container", short="c"),
        Flag("follow", "Specify if the logs should be streamed.", "bool", "f"),
        Flag("limit-bytes", "Maximum bytes of logs to return. Defaults to no limit.", "int"),
        Flag("pod-running-timeout", "How long to wait until a pod is there", "duration", default=20.0, shown="20s"),
        Flag("previous", "If true, print the logs for the previous instance of the container.", "bool", "p"),
        SELECTOR,
        Flag("since", "Only return logs newer than a relative duration like 5s, 2m, or 3h.", "duration"),
        Flag("since-time", "Only return logs after a date (RFC3339)."),
        Flag("tail", "Lines of recent log file to display.", "int", default=-1),
        Flag("timestamps", "Include timestamps on each line in the log output", "bool"),
    ),
    run=run,
)
