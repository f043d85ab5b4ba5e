"""``oc debug``: a copy of a pod, or a pod on a node, with a shell in it. Source: oc, cli/debug/debug.go."""

from __future__ import annotations

import contextlib
from typing import Final

from simulator.api.admission.serviceaccount import LOOKING_UP
from simulator.api.gvrs import NAMESPACES, PODS
from simulator.errors import AlreadyExists, Forbidden, NotFound, Object, StatusError
from simulator.oc.attach import PROMPT, join
from simulator.oc.command import Command
from simulator.oc.containers import at_terminal
from simulator.oc.debugpods import debug_pod, node_template, template_of
from simulator.oc.errors import all_of, fail, misuse
from simulator.oc.flags import DRY_RUN, FILENAME, OUTPUT, RECURSIVE, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.logs import follow
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.targets import Target, fetch
from simulator.oc.waiting import until
from simulator.runtime.tasks import sleep

_TIMEOUT_S: Final = 15 * 60.0
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_HINT: Final = (
    "To use host binaries, run `chroot /host`. Instead, if you need to access host namespaces, run `nsenter -a -t 1`."
)
_FAILED: Final = "non-zero exit code from debug container"


async def run(invocation: Invocation) -> int:
    flags, at = invocation.flags, invocation.flags.dash_at
    words = invocation.args if at is None else invocation.args[:at]
    command = [] if at is None else invocation.args[at:]
    resources = [word for word in words if "=" not in word and not word.endswith("-")]
    if words[: len(resources)] != resources:
        what = "all resources must be specified before environment changes"
        raise misuse("oc debug", f"{what}: {' '.join(words)}")
    form = await output_format(invocation)
    stdin, tty = _streams(invocation, bool(command))
    user = flags.number("as-user")
    if "as-root" in flags.given and user > 0:
        raise fail(f"you may not specify --as-root and --as-user={user} at the same time")
    target = await _target(invocation, resources)
    template = node_template(invocation, target) if _is_node(target) else template_of(invocation, target)
    namespace, temporary = await _namespace(invocation, target)
    try:
        pod, original = await debug_pod(
            invocation, target, template, namespace, command or ["/bin/sh"], words[len(resources) :], stdin, tty
        )
        if form.name:
            await print_result(invocation, form, f"pod/{pod['metadata']['name']}", pod, "")
            return 0
        if not invocation.dry_run:
            await _debug(invocation, target, await _create(invocation, pod), original, stdin=stdin, tty=tty)
        return 0
    finally:
        if temporary and not flags.flag("preserve-pod"):
            invocation.client.delete(NAMESPACES, namespace)
            await _say(invocation, f"Temporary namespace {namespace} was removed.")


def _streams(invocation: Invocation, has_command: bool) -> tuple[bool, bool]:
    """Whether there is input, and a terminal. A command gets neither unless flags ask for it."""
    flags = invocation.flags
    if flags.flag("tty") and flags.flag("no-stdin"):
        raise misuse("oc debug", "you may not specify -I and -t together")
    if flags.flag("tty") and flags.flag("no-tty"):
        raise misuse("oc debug", "you may not specify -t and -T together")
    if flags.flag("no-stdin"):
        return False, False
    if flags.flag("tty") or flags.flag("no-tty") or "tty" in flags.given:
        return True, flags.flag("tty")
    return not has_command, not has_command and at_terminal(invocation.process)


def _is_node(target: Target) -> bool:
    return target.resource.qualified == "nodes"


async def _target(invocation: Invocation, resources: list[str]) -> Target:
    if not resources and not invocation.flags.texts("filename"):
        image = invocation.flags.text("image")
        if not image:
            wanted = invocation.flags.text("image-stream") or "openshift/tools:latest"
            namespace, _, tag = wanted.rpartition("/")
            name = tag.partition(":")[0]
            try:
                stream = invocation.resolve("imagestreams").gvr
                found = invocation.client.get(stream, name, namespace or invocation.namespace)
            except StatusError as error:
                what = f"unable to resolve a default pod image from image stream {wanted}"
                raise fail(f"{what}: {error.message}") from None
            repository = (found.get("status") or {}).get("dockerImageRepository", "")
            image = f"{repository}:{tag.partition(':')[2] or 'latest'}"
        spec = {"containers": [{"image": image, "name": "debug", "resources": {}}]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "image"}, "spec": spec}
        return Target(invocation.resolve("pods"), invocation.namespace, "image", pod)
    words = [word if "/" in word else f"pod/{word}" for word in resources]
    answer = await fetch(invocation, words)
    if answer.errors:  # what is wrong first is enough
        raise all_of(answer.errors[:1])
    targets = answer.targets
    if len(targets) != 1:
        raise fail("you must identify a single resource with a pod template to debug")
    return targets[0]


async def _namespace(invocation: Invocation, target: Target) -> tuple[str, bool]:
    """Where the pod goes, and whether that is a project made for it: pods on nodes are privileged."""
    flags = invocation.flags
    if flags.text("to-namespace"):
        return flags.text("to-namespace"), False
    place = target.namespace or invocation.namespace
    if flags.text("namespace") or not _is_node(target) or invocation.dry_run:
        return place, False
    labels = invocation.client.get(NAMESPACES, place)["metadata"].get("labels") or {}
    if labels.get(_ENFORCE) == "privileged":
        return place, False
    level = {f"pod-security.kubernetes.io/{name}": "privileged" for name in ("enforce", "audit", "warn")}
    metadata = {
        "annotations": {"oc.openshift.io/command": "oc debug", "openshift.io/node-selector": ""},
        "generateName": "openshift-debug-",
        "labels": {**level, "security.openshift.io/scc.podSecurityLabelSync": "false"},
    }
    made = invocation.client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    name: str = made["metadata"]["name"]
    await _say(invocation, f"Temporary namespace {name} is created for debugging node...")
    return name, True


async def _say(invocation: Invocation, text: str) -> None:
    if not invocation.flags.flag("quiet"):
        await invocation.error(text)


async def _create(invocation: Invocation, pod: Object) -> Object:
    """Create the pod, in place of one that a debugger left. A new project's account takes a moment to be there."""
    meta = pod["metadata"]
    for _ in range(20):
        try:
            return invocation.client.create(PODS, pod, meta["namespace"])
        except AlreadyExists:
            invocation.client.delete(PODS, meta["name"], meta["namespace"], grace_period_s=0)
        except Forbidden as error:
            if LOOKING_UP not in error.message:
                raise
            await sleep(0.1)
    return invocation.client.create(PODS, pod, meta["namespace"])


async def _debug(
    invocation: Invocation, target: Target, pod: Object, original: list[str], *, stdin: bool, tty: bool
) -> None:
    """Wait for the pod, be in it until it ends, and remove it."""
    meta = pod["metadata"]
    try:
        was = f", command was: {' '.join(original)}" if original else " ..."
        await _say(invocation, f"Starting pod/{meta['name']}{was}")
        if _is_node(target):
            await _say(invocation, _HINT)
        await _session(invocation, pod, stdin=stdin, tty=tty)
    finally:
        if not invocation.flags.flag("preserve-pod"):
            await _say(invocation, "\nRemoving debug pod ...")
            with contextlib.suppress(NotFound):
                invocation.client.delete(PODS, meta["name"], meta["namespace"], grace_period_s=0)


async def _session(invocation: Invocation, pod: Object, *, stdin: bool, tty: bool) -> None:
    meta = pod["metadata"]
    container = meta["annotations"]["debug.openshift.io/source-container"]
    deadline = invocation.now() + _TIMEOUT_S
    resource = invocation.resolve("pods")

    def started(obj: Object | None) -> bool:
        return obj is None or bool(_state(obj, container).keys() & {"running", "terminated"}) or _ended(obj)

    if not await until(invocation, resource, meta["name"], meta["namespace"], started, deadline):
        raise fail("timed out waiting for the condition")
    current = invocation.client.get_or_none(PODS, meta["name"], meta["namespace"])
    if current is None:
        raise fail(f'unable to create the debug pod "{meta["name"]}"')
    if stdin and "running" in _state(current, container):
        await _say(invocation, f"Pod IP: {current['status'].get('podIP', '')}\n{PROMPT}")
        await join(invocation, current, container, stdin=True, tty=tty)
        return
    await follow(invocation, current, container)
    await until(invocation, resource, meta["name"], meta["namespace"], lambda obj: obj is None or _ended(obj), deadline)
    last = invocation.client.get_or_none(PODS, meta["name"], meta["namespace"])
    if last is not None and (_state(last, container).get("terminated") or {}).get("exitCode"):
        raise fail(_FAILED)


def _state(pod: Object, container: str) -> Object:
    status = pod.get("status") or {}
    for item in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        if item["name"] == container:
            state: Object = item.get("state") or {}
            return state
    return {}


def _ended(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


COMMAND = Command(
    path="oc debug",
    usage="oc debug RESOURCE/NAME [ENV1=VAL1 ...] [-c CONTAINER] [flags] [-- COMMAND]",
    short="Launch a new instance of a pod for debugging",
    long="The pod is a copy without labels and probes whose first container runs a shell, or the command.\n"
    "For a node it is privileged, and has the files of the node at /host. It is removed at the end.",
    examples=(
        "# A shell in a copy of a deployment's pod",
        "oc debug deploy/web",
        "",
        "# A node",
        "oc debug node/worker-1",
    ),
    flags=(
        Flag("as-root", "If true, run as the root user", "bool"),
        Flag("as-user", "Run as this user", "int", default=-1),
        Flag("container", "Container name; defaults to first container", short="c"),
        *DRY_RUN,
        FILENAME,
        Flag("image", "Another image for the container."),
        Flag("image-stream", "An image stream (namespace/name:tag) with a debug image."),
        Flag("keep-annotations", "If true, keep the pod's annotations", "bool"),
        Flag("keep-init-containers", "Run the init containers of the pod", "bool", default=True),
        Flag("keep-labels", "If true, keep the pod's labels", "bool"),
        Flag("keep-liveness", "If true, keep the liveness probes", "bool"),
        Flag("keep-readiness", "If true, keep the readiness probes", "bool"),
        Flag("keep-startup", "If true, keep the startup probes", "bool", since="4.7"),
        Flag("no-stdin", "Pass no input to the container", "bool", "I"),
        Flag("no-tty", "Disable pseudo-terminal allocation", "bool", "T"),
        Flag("node-name", "The node to run on"),
        Flag("one-container", "If true, run only the selected container", "bool"),
        OUTPUT,
        Flag("preserve-pod", "If true, do not delete the pod at the end", "bool"),
        Flag("quiet", "Print no informational messages", "bool", "q"),
        RECURSIVE,
        TEMPLATE,
        Flag("to-namespace", "The project to create the pod in"),
        Flag("tty", "Force a pseudo-terminal to be allocated", "bool", "t"),
    ),
    run=run,
)
