"""``oc logs``: what a container printed. Source: kubectl, cmd/logs."""

from __future__ import annotations

from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.containers import PODS, pods_of
from simulator.oc.errors import CommandError, misuse
from simulator.oc.flags import SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.runtime.tasks import sleep

_EXPECTED = (
    "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n"
    "POD or TYPE/NAME is a required argument for the logs command"
)
_POLL_S = 1.0  # how often -f looks for more, in virtual time


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    selector = flags.text("selector")
    if bool(invocation.args) == bool(selector) or len(invocation.args) > 2:
        raise misuse("oc logs", _EXPECTED)
    pods = await _pods(invocation, selector)
    for pod in pods:
        for container in _containers(invocation, pod):
            await _show(invocation, pod, container)
    return 0


async def _pods(invocation: Invocation, selector: str) -> list[Object]:
    if selector:
        return invocation.client.list(PODS, invocation.namespace, labels=selector)
    found = pods_of(invocation, invocation.args[0])
    if len(found) > 1:
        await invocation.error(f"Found {len(found)} pods, using pod/{found[0]['metadata']['name']}")
    return found[:1]


def _containers(invocation: Invocation, pod: Object) -> list[str]:
    """The container asked for; several and none asked for is an error, in the words of the server."""
    wanted = invocation.flags.text("container") or "".join(invocation.args[1:])
    names = [container["name"] for container in pod["spec"]["containers"]]
    if invocation.flags.flag("all-containers"):
        return [*(container["name"] for container in pod["spec"].get("initContainers") or ()), *names]
    return [wanted or (names[0] if len(names) == 1 else "")]


async def _show(invocation: Invocation, pod: Object, container: str) -> None:
    shown = _text(invocation, pod, container)
    await invocation.out(shown)
    while invocation.flags.flag("follow"):
        await sleep(_POLL_S)
        if invocation.client.get_or_none(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"]) is None:
            return
        text = _text(invocation, pod, container)
        if text != shown:
            await invocation.out(text[len(shown) :] if text.startswith(shown) else text)
            shown = text


def _text(invocation: Invocation, pod: Object, container: str) -> str:
    flags, meta = invocation.flags, pod["metadata"]
    query = {"container": container} if container else {}
    for flag, name in (("previous", "previous"), ("timestamps", "timestamps")):
        if flags.flag(flag):
            query[name] = "true"
    if "tail" in flags.given and flags.number("tail") >= 0:
        query["tailLines"] = str(flags.number("tail"))
    if "since" in flags.given:
        query["sinceSeconds"] = str(max(1, int(flags.seconds("since"))))
    path = GVR("", "v1", "pods").path(meta["namespace"], meta["name"], "log")
    body = invocation.client.request("GET", path, query=query).body
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
        Flag("previous", "If true, print the logs for the previous instance of the container.", "bool", "p"),
        SELECTOR,
        Flag("since", "Only return logs newer than a relative duration like 5s, 2m, or 3h.", "duration"),
        Flag("tail", "Lines of recent log file to display.", "int", default=-1),
        Flag("timestamps", "Include timestamps on each line in the log output", "bool"),
    ),
    run=run,
)
