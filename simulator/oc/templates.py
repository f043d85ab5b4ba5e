"""Pod templates of workloads, and changing them. Source: kubectl, polymorphichelpers (updatePodSpecForObject)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from simulator.changes.client import TYPE_IN_SET_WARNING
from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target

NO_TARGETS = "one or more resources must be specified as <resource> <name> or <resource>/<name>"
_PATHS = {"CronJob": ("spec", "jobTemplate", "spec", "template"), "Pod": ()}


def template_of(obj: Object) -> Object:
    """The pod template; a pod is its own. CommandError for what has none."""
    found: Object = obj
    for key in _path(obj):
        found = found.get(key) or {}
    if "spec" not in found:
        raise fail(f"{obj['kind'].lower()}s/{obj['metadata']['name']} is not a pod or does not have a pod template")
    return found


def chosen_containers(spec: Object, pattern: str) -> list[str]:
    """The names of the containers that ``--containers`` means; ``*`` stands for any text."""
    return [container["name"] for container in spec["containers"] if fnmatchcase(container["name"], pattern or "*")]


async def warn_unmatched(invocation: Invocation, target: Target, chosen: Sequence[str], pattern: str) -> bool:
    """Say that ``--containers`` matches nothing in this object; whether that was so."""
    if chosen:
        return False
    name = (
        f"{target.resource.plural}/{target.name}" if TYPE_IN_SET_WARNING.at(invocation.release) else f"/{target.name}"
    )
    await invocation.error(f'warning: {name} does not have any containers matching "{pattern}"')
    return True


def with_containers(spec: Object, chosen: Sequence[str], change: Callable[[Object], Object]) -> Object:
    """``spec`` with each chosen container replaced by ``change`` of it."""
    return {
        **spec,
        "containers": [change(item) if item["name"] in chosen else item for item in spec["containers"]],
    }


def change_template(invocation: Invocation, target: Target, change: Callable[[Object], Object]) -> bool:
    """Replace the pod spec of ``target`` by ``change`` of it; False when nothing differs."""
    template = template_of(target.object)
    spec = change(template["spec"])
    if spec == template["spec"]:
        return False
    changed = _with(target.object, (*_path(target.object), "spec"), spec)
    if invocation.dry_run != "client":
        invocation.client.update(target.resource.gvr, changed, dry_run=bool(invocation.dry_run))
    return True


def _path(obj: Object) -> tuple[str, ...]:
    return _PATHS.get(obj["kind"], ("spec", "template"))


def _with(obj: Object, path: tuple[str, ...], value: Object) -> Object:
    head, *rest = path
    return {**obj, head: _with(obj[head], tuple(rest), value) if rest else value}
