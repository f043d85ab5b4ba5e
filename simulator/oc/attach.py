"""``oc attach``: the streams of a container that runs. Source: kubectl, cmd/attach/attach.go, cmd/run/run.go."""

from __future__ import annotations

from typing import Any

from simulator.api.gvrs import PODS
from simulator.errors import NotFound, Object, StatusError
from simulator.oc.command import Command
from simulator.oc.containers import at_terminal, containers, default_container, pods_of
from simulator.oc.errors import CommandError, fail, misuse, text_of
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.waiting import until

PROMPT = "If you don't see a command prompt, try pressing enter."
_ENDED = ("Succeeded", "Failed")


async def run(invocation: Invocation) -> int:
    flags, args = invocation.flags, invocation.args
    if not args:
        raise fail("at least 1 argument is required for attach")
    if len(args) > 2:
        words = " ".join(args)
        raise fail(f"expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {len(args)}: [{words}]")
    if flags.seconds("pod-running-timeout") <= 0:
        raise misuse("oc attach", "--pod-running-timeout must be higher than zero")
    found = await pods_of(invocation, "/".join(args), flags.seconds("pod-running-timeout"))
    pod = found[0]
    phase = (pod.get("status") or {}).get("phase")
    if phase in _ENDED:
        raise fail(f"cannot attach a container in a completed pod; current phase is {phase}")
    return await attach(invocation, pod, flags.text("container"))


async def attach(invocation: Invocation, pod: Object, container: str = "", *, stdin: bool | None = None) -> int:
    """Join the container's streams until it ends. ``stdin`` unless the flags say it."""
    flags, quiet = invocation.flags, invocation.flags.flag("quiet")
    chosen = await _container(invocation, pod, container)
    spec = next(item for item in _all(pod) if item["name"] == chosen)
    wants_input = flags.flag("stdin") if stdin is None else stdin
    if flags.flag("tty") and not spec.get("tty") and not quiet:
        await invocation.error(f"error: Unable to use a TTY - container {chosen} did not allocate one")
    tty = bool(spec.get("tty")) and wants_input and at_terminal(invocation.process)
    if not quiet:
        await invocation.error(PROMPT)
    await join(invocation, pod, chosen, stdin=wants_input, tty=tty)
    if wants_input and tty and not quiet and pod["spec"].get("restartPolicy") == "Always":
        name = pod["metadata"]["name"]
        again = f"'oc attach {name} -c {chosen} -i -t'"
        await invocation.line(f"Session ended, resume using {again} command when the pod is running")
    return 0


async def join(invocation: Invocation, pod: Object, container: str, *, stdin: bool, tty: bool) -> int:
    """The container's streams on those of this process; the exit status as far as it is told."""
    process, meta = invocation.process, pod["metadata"]
    return await invocation.client.attach_streams(
        meta["name"],
        meta["namespace"],
        process.stdin if stdin else None,
        process.stdout,
        process.stdout if tty else process.stderr,
        container=container,
        tty=tty,
        terminal=process.terminal if tty else None,
    )


async def _container(invocation: Invocation, pod: Object, wanted: str) -> str:
    if not wanted:
        return await default_container(invocation, pod)
    if wanted not in [name for name, _ in containers(pod)]:
        name = pod["metadata"]["name"]
        raise fail(f"cannot attach to the container: container {wanted} not found in pod {name}")
    return wanted


def _all(pod: Object) -> list[Object]:
    spec = pod["spec"]
    return [item for key in ("containers", "initContainers", "ephemeralContainers") for item in spec.get(key) or ()]


async def attach_to_new(invocation: Invocation, pod: Object) -> int:
    """``oc run --attach``: wait for the pod, attach or print its log, and end with its exit status."""
    meta, limit_s = pod["metadata"], invocation.flags.seconds("pod-running-timeout")
    if not await _until(invocation, meta, _is_usable, limit_s):
        raise fail("timed out waiting for the condition")
    current = invocation.client.get(PODS, meta["name"], meta["namespace"])
    await _attach_or_log(invocation, current)
    policy = current["spec"].get("restartPolicy")
    if invocation.flags.flag("leave-stdin-open") or policy == "Always":
        return 0
    ends = _ENDED if policy == "Never" else ("Succeeded",)
    if not await _until(invocation, meta, lambda obj: _phase(obj) in ends, limit_s):
        raise fail("timed out waiting for the condition")
    return _verdict(invocation.client.get(PODS, meta["name"], meta["namespace"]))


async def _until(invocation: Invocation, meta: Object, condition: Any, limit_s: float) -> bool:
    deadline = invocation.now() + limit_s if limit_s else None
    resource = invocation.resolve("pods")

    def holds(obj: Object | None) -> bool:
        if obj is None:
            raise NotFound('pods "" not found')
        return bool(condition(obj))

    return await until(invocation, resource, meta["name"], meta["namespace"], holds, deadline)


def _phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def _is_usable(pod: Object) -> bool:
    """It has ended, or it runs and is ready."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
    return _phase(pod) in _ENDED or (_phase(pod) == "Running" and ready)


async def _attach_or_log(invocation: Invocation, pod: Object) -> None:
    if _phase(pod) not in _ENDED:
        try:
            await attach(invocation, pod)
            return
        except (StatusError, CommandError) as error:
            name = pod["metadata"]["name"]
            reason = error.message if isinstance(error, StatusError) else text_of(error)
            await invocation.error(f"warning: couldn't attach to pod/{name}, falling back to streaming logs: {reason}")
    await print_log(invocation, pod, pod["spec"]["containers"][0]["name"])


async def print_log(invocation: Invocation, pod: Object, container: str) -> None:
    meta = pod["metadata"]
    path = PODS.path(meta["namespace"], meta["name"], "log")
    await invocation.out(str(invocation.client.request("GET", path, query={"container": container}).body))


def _verdict(pod: Object) -> int:
    """0, or CommandError with the exit status of the container."""
    title = f"pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"
    if _phase(pod) == "Succeeded":
        return 0
    states = [item.get("state") or {} for item in pod["status"].get("containerStatuses") or ()]
    ended = states[0].get("terminated") if states else None
    if not ended or not ended.get("exitCode"):
        raise fail(f"{title} failed with unknown exit code")
    reason, message = ended.get("reason", ""), ended.get("message", "")
    raise CommandError(f"{title} terminated ({reason})\n{message}".rstrip("\n"), ended["exitCode"])


COMMAND = Command(
    path="oc attach",
    usage="oc attach (POD | TYPE/NAME) -c CONTAINER [flags]",
    short="Attach to a running container",
    long="Attach to a process that is already running inside an existing container.",
    examples=("# See what the first container of a pod writes", "oc attach mypod"),
    flags=(
        Flag("container", "Container name; the pod's default container without it", short="c"),
        Flag("pod-running-timeout", "How long to wait until the pod runs", "duration", default=60.0, shown="1m0s"),
        Flag("quiet", "Only print output from the remote session", "bool", "q"),
        Flag("stdin", "Pass stdin to the container", "bool", "i"),
        Flag("tty", "Stdin is a TTY", "bool", "t"),
    ),
    run=run,
)
