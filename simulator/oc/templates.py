"""Pod templates of workloads, and changing them. Source: kubectl, polymorphichelpers (updatePodSpecForObject)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target

_PATHS = {"CronJob": ("spec", "jobTemplate", "spec", "template")}


def template_of(obj: Object) -> Object:
    """The pod template; a pod is its own."""
    if obj["kind"] == "Pod":
        return obj
    found: Object = obj
    for key in _PATHS.get(obj["kind"], ("spec", "template")):
        found = found.get(key) or {}
    if "spec" not in found:
        raise fail(f"{obj['kind'].lower()}s/{obj['metadata']['name']} does not have a pod template")
    return found


def containers_of(obj: Object) -> list[Object]:
    containers: list[Object] = template_of(obj)["spec"].get("containers") or []
    return containers


def change_template(invocation: Invocation, target: Target, change: Callable[[Object], Object]) -> bool:
    """Replace the pod spec of ``target`` by ``change`` of it; False when nothing differs."""
    template = template_of(target.object)
    spec = change(template["spec"])
    if spec == template["spec"]:
        return False
    path = () if target.object["kind"] == "Pod" else _PATHS.get(target.object["kind"], ("spec", "template"))
    invocation.client.update(target.resource.gvr, _with(target.object, (*path, "spec"), spec))
    return True


def _with(obj: Object, path: tuple[str, ...], value: Object) -> Object:
    head, *rest = path
    return {**obj, head: _with(obj[head], tuple(rest), value) if rest else value}
