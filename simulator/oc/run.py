"""``oc run``: a pod of one image. Source: kubectl, cmd/run/run.go and pkg/generate/versioned/run.go."""

from __future__ import annotations

import re
from typing import Final

from simulator.api.gvrs import PODS
from simulator.errors import Object
from simulator.oc.attach import attach_to_new
from simulator.oc.command import Command
from simulator.oc.errors import UsageError, fail, misuse
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN, OUTPUT, RECORD, TEMPLATE, Flag
from simulator.oc.generated import OVERRIDES, create, overridden, parse_labels, show
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, output_format

_IMAGE: Final = re.compile(
    r"[a-zA-Z0-9][a-zA-Z0-9.-]*(:\d+)?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@\w[\w.+-]*:[0-9a-fA-F]{32,})?"
)
_ENV: Final = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    if "image" not in flags.given:
        raise UsageError('required flag(s) "image" not set')
    form = await output_format(invocation)
    _check(invocation)
    attached = flags.flag("attach") if "attach" in flags.given else flags.flag("stdin")
    _check_attached(invocation, attached)
    pod = create(invocation, overridden(invocation, pod_of_flags(invocation)))
    if flags.flag("expose"):
        await _expose(invocation, form)
    if not attached:
        await show(invocation, form, pod, "created")
        return 0
    try:
        return await attach_to_new(invocation, pod)
    finally:
        if flags.flag("rm"):
            await _remove(invocation, pod)


def _check(invocation: Invocation) -> None:
    """The rules of the command line, in the words and the order of kubectl."""
    flags, path = invocation.flags, invocation.command.path
    if not invocation.args or flags.dash_at == 0:
        raise misuse(path, "NAME is required for run")
    if not flags.text("image"):
        raise fail("--image is required")
    if _IMAGE.fullmatch(flags.text("image")) is None:
        raise fail(f'Invalid image name "{flags.text("image")}": invalid reference format')
    if flags.flag("tty") and not flags.flag("stdin"):
        raise misuse(path, "-i/--stdin is required for containers with -t/--tty=true")
    if flags.flag("expose") and not flags.text("port"):
        raise misuse(path, "--port must be set when exposing a service")
    if flags.text("restart") not in ("", "Always", "OnFailure", "Never"):
        raise misuse(path, f"invalid restart policy: {flags.text('restart')}")


def _check_attached(invocation: Invocation, attached: bool) -> None:
    flags, path = invocation.flags, invocation.command.path
    if flags.flag("rm") and not attached:
        raise misuse(path, "--rm should only be used for attached containers")
    if attached and invocation.dry_run:
        raise misuse(
            path,
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        )
    policy = flags.text("image-pull-policy")
    if policy not in ("", "Always", "IfNotPresent", "Never"):
        raise misuse(path, f"invalid image pull policy: {policy}")


def pod_of_flags(invocation: Invocation) -> Object:
    flags, name = invocation.flags, invocation.args[0]
    labels = parse_labels(flags.text("labels")) if flags.text("labels") else {"run": name}
    metadata: Object = {"creationTimestamp": None, "labels": labels, "name": name}
    annotations = dict(_pair(text) for text in flags.texts("annotations"))
    if annotations:
        metadata["annotations"] = annotations
    policy = flags.text("restart") if "restart" in flags.given else "Always"
    spec = {
        "containers": [_container(invocation)],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": policy or ("OnFailure" if flags.flag("stdin") else "Always"),
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {}}


def _container(invocation: Invocation) -> Object:
    flags, stdin = invocation.flags, invocation.flags.flag("stdin")
    words = invocation.args[1:]
    container: Object = {
        "command" if flags.flag("command") else "args": words,
        "env": [_variable(text) for text in flags.texts("env")],
        "image": flags.text("image"),
        "imagePullPolicy": flags.text("image-pull-policy"),
        "name": invocation.args[0],
        "ports": [{"containerPort": _port(flags.text("port"))}] if flags.text("port") else [],
        "securityContext": {"privileged": True} if flags.flag("privileged") else {},
        "stdin": stdin,
        "stdinOnce": stdin and not flags.flag("leave-stdin-open"),
        "tty": flags.flag("tty"),
    }
    return {**{key: value for key, value in container.items() if value}, "resources": {}}


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise fail(f"unexpected annotations format: {text}")
    return key, value


def _variable(text: str) -> Object:
    name, equals, value = text.partition("=")
    if not equals or _ENV.fullmatch(name) is None:
        raise fail(f"invalid env: {text}")
    return {"name": name, **({"value": value} if value else {})}


def _port(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise fail(f'strconv.Atoi: parsing "{text}": invalid syntax') from None


async def _expose(invocation: Invocation, form: Format) -> None:
    """--expose: a service for the pod."""
    flags, name = invocation.flags, invocation.args[0]
    labels = flags.text("labels")
    port = _port(flags.text("port"))
    metadata: Object = {"creationTimestamp": None, "name": name}
    if labels:
        metadata["labels"] = parse_labels(labels)
    spec = {
        "ports": [{"port": port, "protocol": "TCP", "targetPort": port}],
        "selector": parse_labels(labels) if labels else {"run": name},
    }
    head: Object = {"apiVersion": "v1", "kind": "Service", "metadata": metadata}
    made = create(invocation, {**head, "spec": spec, "status": {"loadBalancer": {}}})
    await show(invocation, form, made, "created")
    if form.name == "yaml":
        await invocation.line("---")  # the printer of the pod writes another


async def _remove(invocation: Invocation, pod: Object) -> None:
    meta = pod["metadata"]
    invocation.client.delete(PODS, meta["name"], meta["namespace"])
    if not invocation.flags.flag("quiet"):
        await invocation.line(f'pod "{meta["name"]}" deleted')


COMMAND = Command(
    path="oc run",
    usage='oc run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] '
    "[--overrides=inline-json] [--command] -- [COMMAND] [args...] [flags]",
    short="Run a particular image on the cluster",
    long="Create and run a particular image in a pod.",
    examples=("# A pod that sleeps", "oc run sleeper --image=busybox -- sleep 1000"),
    flags=(
        Flag("annotations", "Annotations of the pod.", "array"),
        Flag("attach", "If true, wait for the pod to run, and attach to it.", "bool"),
        Flag("command", "If true, the arguments are the command and not its arguments.", "bool"),
        *DRY_RUN,
        Flag("env", "Environment variables of the container.", "array"),
        Flag("expose", "If true, create a service for the pod. Needs --port.", "bool"),
        field_manager("run"),
        Flag("image", "The image of the container. Required."),
        Flag("image-pull-policy", "Always, IfNotPresent or Never"),
        Flag("labels", "Labels of the pod.", short="l"),
        Flag("leave-stdin-open", "If true, stdin stays open after the first attach ends.", "bool"),
        OUTPUT,
        *OVERRIDES,
        Flag("pod-running-timeout", "How long to wait until the pod runs", "duration", default=60.0, shown="1m0s"),
        Flag("port", "The port of the container."),
        Flag("privileged", "If true, run the container in privileged mode.", "bool"),
        Flag("quiet", "If true, print no prompts.", "bool", "q"),
        *RECORD,
        Flag("restart", "Always, OnFailure or Never", default="Always"),
        Flag("rm", "If true, delete the pod after it ended. Only for attached containers.", "bool"),
        Flag("save-config", "If true, keep the configuration of the object in its annotation.", "bool"),
        Flag("stdin", "Keep stdin open, and attach.", "bool", "i"),
        TEMPLATE,
        Flag("tty", "Allocate a terminal for the container.", "bool", "t"),
    ),
    run=run,
)
