"""The pods of ``oc debug``: copies of others, and those that look after a node. Source: oc, cli/debug/debug.go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from simulator.changes.client import DEBUG_IMAGE
from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target

_ANNOTATION: Final = "debug.openshift.io/source-"
_MANAGED: Final = "debug.openshift.io/managed-by"
_PROBES: Final = (
    ("keep-readiness", "readinessProbe"),
    ("keep-liveness", "livenessProbe"),
    ("keep-startup", "startupProbe"),
)


def node_template(invocation: Invocation, target: Target) -> Object:
    """Everything that is the node's, in one pod."""
    flags = invocation.flags
    if flags.text("node-name"):
        raise fail(f"cannot debug {target.name}: you may not set --node-name when debugging a node")
    if flags.number("as-user") > 0 or ("as-root" in flags.given and not flags.flag("as-root")):
        raise fail(f"cannot debug {target.name}: can't debug nodes without running as the root user")
    container = {
        "env": [{"name": "TMOUT", "value": "900"}, {"name": "HOST", "value": "/host"}],
        "image": flags.text("image") or DEBUG_IMAGE.at(invocation.release),
        "name": "container-00",
        "resources": {},
        "securityContext": {"privileged": True, "runAsUser": 0},
        "volumeMounts": [{"mountPath": "/host", "name": "host"}],
    }
    spec = {
        "containers": [container],
        "hostIPC": True,
        "hostNetwork": True,
        "hostPID": True,
        "nodeName": target.name,
        "priorityClassName": "openshift-user-critical",
        "volumes": [{"hostPath": {"path": "/", "type": "Directory"}, "name": "host"}],
    }
    return {"metadata": {"labels": {_MANAGED: "oc-debug"}}, "spec": spec}


def template_of(invocation: Invocation, target: Target) -> Object:
    """Metadata and spec of the pods of an object; CommandError for one that has none."""
    obj: Object = target.object
    spec = obj.get("spec") or {}
    found: Any = {
        "Pod": obj,
        "CronJob": ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template"),
    }.get(obj["kind"], spec.get("template"))
    if not found or "containers" not in (found.get("spec") or {}):
        raise fail(f"cannot debug {target.name}: *v1.{obj['kind']} is not supported by debug")
    template: Object = {"metadata": found.get("metadata") or {}, "spec": found["spec"]}
    if "node-name" in invocation.flags.given:
        template["spec"] = {**template["spec"], "nodeName": invocation.flags.text("node-name")}
    return template


async def debug_pod(
    invocation: Invocation,
    target: Target,
    template: Object,
    namespace: str,
    command: Sequence[str],
    variables: Sequence[str],
    stdin: bool,
    tty: bool,
) -> tuple[Object, list[str]]:
    """The pod to create, and the command that its container had."""
    flags, spec = invocation.flags, template["spec"]
    simple = re.sub(r"[^-a-z0-9]", "", target.name.lower()).strip("-")
    name = f"{simple}-debug-{invocation.session.temporary_name()}"
    first = [*(spec.get("initContainers") or ()), *spec["containers"]]
    chosen = flags.text("container") or spec["containers"][0]["name"]
    if not flags.text("container") and len(spec["containers"]) > 1 and not flags.flag("quiet"):
        await invocation.error(
            f"Defaulting container name to {chosen}.\n"
            f"Use 'oc describe pod/{name} -n {namespace}' to see all of the containers in this pod.\n"
        )
    names = [item["name"] for item in first]
    if chosen not in names:
        raise fail(f'the container "{chosen}" is not a valid container name; must be one of [{" ".join(names)}]')
    source = next(item for item in first if item["name"] == chosen)
    changed = _container(invocation, source, command, variables, stdin, tty)
    metadata = _metadata(invocation, target, template["metadata"], chosen)
    wanted = _spec(invocation, spec, changed)
    head: Object = {"apiVersion": "v1", "kind": "Pod"}
    pod = {**head, "metadata": {**metadata, "name": name, "namespace": namespace}, "spec": wanted, "status": {}}
    return pod, [*source.get("command", ()), *(source.get("args", ()) if source.get("command") else ())]


def _metadata(invocation: Invocation, target: Target, old: Object, container: str) -> Object:
    flags, gvr = invocation.flags, target.resource.gvr
    title = f"{gvr.group}/{gvr.version}, Resource={gvr.resource}/{target.name}"
    annotations = {f"{_ANNOTATION}container": container, f"{_ANNOTATION}resource": title}
    if gvr.resource == "nodes" and not gvr.group:
        annotations["openshift.io/required-scc"] = "privileged"
    kept = (old.get("annotations") or {}) if flags.flag("keep-annotations") else {}
    labels = old.get("labels") or {}
    if not flags.flag("keep-labels"):
        labels = {key: value for key, value in labels.items() if key == _MANAGED}
    metadata: Object = {"annotations": {**kept, **annotations}, "creationTimestamp": None}
    return {**metadata, "labels": labels} if labels else metadata


def _container(
    invocation: Invocation, old: Object, command: Sequence[str], variables: Sequence[str], stdin: bool, tty: bool
) -> Object:
    flags = invocation.flags
    dropped = {"args", *(probe for flag, probe in _PROBES if not flags.flag(flag))}
    new = {key: value for key, value in old.items() if key not in dropped}
    new |= {"command": list(command), "image": flags.text("image") or old["image"]}
    for key, value in (("stdin", stdin), ("stdinOnce", stdin), ("tty", stdin and tty)):
        new.pop(key, None)
        new |= {key: True} if value else {}
    removed = [word[:-1] for word in variables if "=" not in word]
    added = [word.partition("=") for word in variables if "=" in word]
    env = [item for item in old.get("env") or () if item["name"] not in removed]
    env += [{"name": name, "value": value} for name, _, value in added]
    new |= {"env": env} if env else {}
    return {**new, "securityContext": _security(invocation, old.get("securityContext") or {})}


def _security(invocation: Invocation, old: Object) -> Object:
    flags, user = invocation.flags, invocation.flags.number("as-user")
    if "as-root" in flags.given and not flags.flag("as-root"):
        return {**old, "runAsNonRoot": True}
    if not flags.flag("as-root") and user == -1:
        return old
    kept = {key: value for key, value in old.items() if key != "runAsNonRoot"}
    return {**kept, "runAsUser": 0 if flags.flag("as-root") else user}


def _spec(invocation: Invocation, old: Object, changed: Object) -> Object:
    flags, name = invocation.flags, changed["name"]
    spec = {**old, "restartPolicy": "Never"}
    inits = [changed if item["name"] == name else item for item in old.get("initContainers") or ()]
    if not flags.flag("keep-init-containers"):
        inits = [item for item in inits if item["name"] == name]
    containers = [changed if item["name"] == name else item for item in old["containers"]]
    if flags.flag("one-container"):
        inits, containers = [], [changed]
    spec.pop("initContainers", None)
    shared = bool(old.get("hostNetwork"))
    spec |= {"initContainers": [_without_ports(item, shared) for item in inits]} if inits else {}
    return {**spec, "containers": [_without_ports(item, shared) for item in containers]}


def _without_ports(container: Object, shared: bool) -> Object:
    """No port of the host is taken."""
    if "ports" not in container:
        return container
    rest = {key: value for key, value in container.items() if key != "ports"}
    if shared:
        return rest
    ports = [{key: value for key, value in port.items() if key != "hostPort"} for port in container["ports"]]
    return {**rest, "ports": ports}
