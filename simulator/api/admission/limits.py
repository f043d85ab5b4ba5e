"""Limit ranges: defaults for containers, bounds for containers and claims. Source: LimitRanger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import forbidden
from simulator.api.quantity import parse
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_ANNOTATION = "kubernetes.io/limit-ranger"


def apply_limit_ranges(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if operation != "CREATE" or resource.key not in ("pods", "persistentvolumeclaims"):
        return obj
    ranges = server.state.list("limitranges", obj["metadata"]["namespace"])
    limits: list[Any] = [item for stored in ranges for item in stored.object["spec"].get("limits") or ()]
    if not limits:
        return obj
    if resource.key == "persistentvolumeclaims":
        _check_claim(resource, obj, limits)
        return obj
    obj = _with_defaults(obj, [item for item in limits if item["type"] == "Container"])
    problems = [text for container in obj["spec"]["containers"] for text in _problems(container, limits)]
    if problems:
        raise forbidden(resource, obj, problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
    return obj


def _with_defaults(obj: Object, limits: list[Any]) -> Object:
    containers, notes = [], []
    for container in obj["spec"]["containers"]:
        given = container.get("resources") or {}
        filled: Object = {}
        for key, source in (("requests", "defaultRequest"), ("limits", "default")):
            have = given.get(key) or {}
            offered = {name: size for item in limits for name, size in (item.get(source) or {}).items()}
            added = {name: size for name, size in offered.items() if name not in have}
            if added:
                notes.append(f"{', '.join(sorted(added))} {key[:-1]} for container {container['name']}")
            if added or have:
                filled[key] = {**have, **added}
        containers.append({**container, "resources": {**given, **filled}})
    if not notes:
        return obj
    note = f"LimitRanger plugin set: {'; '.join(notes)}"
    annotations = {**(obj["metadata"].get("annotations") or {}), _ANNOTATION: note}
    meta = {**obj["metadata"], "annotations": annotations}
    return {**obj, "metadata": meta, "spec": {**obj["spec"], "containers": containers}}


def _problems(container: Any, limits: list[Any]) -> list[str]:
    resources = container.get("resources") or {}
    requests, caps = resources.get("requests") or {}, resources.get("limits") or {}
    problems = []
    for item in limits:
        if item["type"] != "Container":
            continue
        for name, least in sorted((item.get("min") or {}).items()):
            problems += _bound("minimum", name, least, requests.get(name), "request", -1)
        for name, most in sorted((item.get("max") or {}).items()):
            problems += _bound("maximum", name, most, caps.get(name), "limit", 1)
    return problems


def _bound(word: str, name: str, bound: str, size: Any, kind: str, sign: int) -> list[str]:
    if size is None:
        return [f"{word} {name} usage per Container is {bound}.  No {kind} is specified"]
    if (parse(size) - parse(bound)) * sign > 0:
        return [f"{word} {name} usage per Container is {bound}, but {kind} is {size}"]
    return []


def _check_claim(resource: ResourceType, obj: Object, limits: list[Any]) -> None:
    size = ((obj["spec"].get("resources") or {}).get("requests") or {}).get("storage")
    for item in limits:
        if item["type"] != "PersistentVolumeClaim" or size is None:
            continue
        for word, key, sign in (("minimum", "min", -1), ("maximum", "max", 1)):
            bound = (item.get(key) or {}).get("storage")
            if bound is not None and (parse(size) - parse(bound)) * sign > 0:
                raise forbidden(
                    resource, obj, f"{word} storage usage per PersistentVolumeClaim is {bound}, but request is {size}"
                )
