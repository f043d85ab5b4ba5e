"""What the server does to ``metadata``: names, stamps, generations, deletion. Pure; no argument is changed.

Source: apiserver, registry/rest/{create,update,delete,meta}.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.api import definitions
from simulator.api.customresources import DEFINITIONS
from simulator.api.resourcetable import ResourceType
from simulator.changes.api import SELF_LINKS
from simulator.errors import BadRequest, Object
from simulator.runtime.clock import rfc3339
from simulator.runtime.names import Names

if TYPE_CHECKING:
    from simulator.release import Release

_MAX_GENERATED_NAME_PREFIX = 58  # apiserver, names/generate.go: 63 less the five random letters
_SERVER_OWNED = ("uid", "creationTimestamp", "generation", "resourceVersion", "selfLink", "deletionTimestamp",
                 "deletionGracePeriodSeconds")  # fmt: skip


def for_create(obj: Object, resource: ResourceType, namespace: str, names: Names) -> Object:
    """The object with its name made up if asked, its namespace set, and nothing that only the server may say."""
    meta = dict(obj.get("metadata") or {})
    given = meta.get("namespace") or ""
    if resource.namespaced and given and given != namespace:
        raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")
    if resource.namespaced:
        meta["namespace"] = namespace
    else:
        meta.pop("namespace", None)
    for key in _SERVER_OWNED:
        meta.pop(key, None)
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"][:_MAX_GENERATED_NAME_PREFIX] + names.suffix(5)
    created = {key: value for key, value in obj.items() if key != "status" or "status" not in resource.subresources}
    return {**created, "metadata": meta}


def stamp(obj: Object, resource: ResourceType, names: Names, now: float, release: Release) -> Object:
    """The object with uid, creationTimestamp, generation and selfLink."""
    meta = dict(obj["metadata"])
    nodes = release.uid_nodes
    meta["uid"] = names.uid(now, nodes[names.integer(len(nodes))]) if nodes else names.uid4()
    meta["creationTimestamp"] = rfc3339(now)
    if resource.generation:
        meta["generation"] = 1
    if SELF_LINKS.at(release):
        meta["selfLink"] = resource.gvr.path(meta.get("namespace"), meta.get("name", ""))
    return {**obj, "metadata": meta}


def for_update(wanted: Object, current: Object, resource: ResourceType, subresource: str) -> Object:
    """What an update may change: ``status`` alone through the status subresource, everything else otherwise."""
    meta = dict(wanted.get("metadata") or {})
    old = current["metadata"]
    for key in ("name", "namespace", *_SERVER_OWNED):
        meta.pop(key, None)
        if key in old:
            meta[key] = old[key]
    if subresource == "status":
        return _with(current, "status", wanted.get("status"))
    if subresource in ("binding", "instantiate", "tagged"):
        return wanted
    if subresource == "approval":
        conditions = (wanted.get("status") or {}).get("conditions") or []
        return _with(current, "status", {**(current.get("status") or {}), "conditions": conditions})
    if subresource in ("ephemeralcontainers", "resize"):
        return {**current, "spec": _part_of_pod(wanted.get("spec") or {}, current["spec"], subresource)}
    if subresource == "finalize":
        spec = {**current.get("spec", {}), "finalizers": (wanted.get("spec") or {}).get("finalizers") or []}
        return {**current, "spec": spec}
    result = {**wanted, "metadata": meta}
    if "status" in resource.subresources:
        result = _with(result, "status", current.get("status"))
    return result


def _part_of_pod(wanted: Object, current: Object, subresource: str) -> Object:
    """The spec of a pod with what the subresource may change: containers to look inside, or how much each may use."""
    if subresource == "ephemeralcontainers":
        return {**current, "ephemeralContainers": wanted.get("ephemeralContainers") or []}
    spec = dict(current)
    for key in ("containers", "initContainers"):
        sizes = {one.get("name"): one for one in wanted.get(key) or ()}
        if key in current:
            spec[key] = [_resized(one, sizes.get(one["name"], one)) for one in current[key]]
    return spec


def _resized(container: Object, wanted: Object) -> Object:
    fields: Object = {key: wanted[key] for key in ("resources", "resizePolicy") if key in wanted}
    return {**container, **fields}


def count_generation(obj: Object, current: Object, resource: ResourceType) -> Object:
    """``metadata.generation`` plus one when anything but metadata and status changed."""
    if not resource.generation or _body(obj, resource) == _body(current, resource):
        return obj
    meta = {**obj["metadata"], "generation": current["metadata"].get("generation", 0) + 1}
    return {**obj, "metadata": meta}


def is_gone(obj: Object) -> bool:
    """An object that is being deleted and that no finalizer and no grace period holds any more."""
    meta = obj["metadata"]
    if "deletionTimestamp" not in meta or meta.get("finalizers") or meta.get("deletionGracePeriodSeconds"):
        return False
    return not (obj.get("kind") == "Namespace" and obj.get("spec", {}).get("finalizers"))


def for_delete(current: Object, resource: ResourceType, options: Mapping[str, Any], now: float) -> Object | None:
    """The object as a delete request leaves it; None when it goes at once.

    ``options`` are DeleteOptions: propagationPolicy, gracePeriodSeconds, orphanDependents.
    """
    meta = dict(current["metadata"])
    finalizers = _propagation_finalizers(list(meta.get("finalizers", ())), options)
    grace_s = _grace_period(current, resource, options)
    if "deletionTimestamp" in meta:
        if grace_s < meta.get("deletionGracePeriodSeconds", 0):
            meta["deletionGracePeriodSeconds"] = grace_s
            meta["deletionTimestamp"] = rfc3339(now + grace_s)
    else:
        meta["deletionTimestamp"] = rfc3339(now + grace_s)
        meta["deletionGracePeriodSeconds"] = grace_s
        if resource.generation:
            meta["generation"] = meta.get("generation", 0) + 1
    if finalizers:
        meta["finalizers"] = finalizers
    else:
        meta.pop("finalizers", None)
    marked = {**current, "metadata": meta}
    if resource.key == "namespaces" and current.get("spec", {}).get("finalizers"):
        marked = {**marked, "status": {**current.get("status", {}), "phase": "Terminating"}}
    if resource.key == DEFINITIONS and "deletionTimestamp" not in current["metadata"]:
        marked = definitions.marked(marked, rfc3339(now))
    return None if is_gone(marked) else marked


def _propagation_finalizers(finalizers: list[str], options: Mapping[str, Any]) -> list[str]:
    policy = options.get("propagationPolicy")
    if options.get("orphanDependents"):
        policy = "Orphan"
    wanted = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}.get(policy or "")
    kept = [name for name in finalizers if policy is None or name not in ("foregroundDeletion", "orphan")]
    return [*kept, wanted] if wanted and wanted not in kept else kept


def _grace_period(current: Object, resource: ResourceType, options: Mapping[str, Any]) -> int:
    """Seconds. Only pods have one, and only while a kubelet has them. Source: registry/core/pod/strategy.go."""
    if resource.key != "pods":
        return 0
    spec, status = current.get("spec", {}), current.get("status", {})
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    asked = options.get("gracePeriodSeconds")
    return int(asked) if asked is not None else int(spec.get("terminationGracePeriodSeconds", 30))


def _body(obj: Object, resource: ResourceType) -> Object:
    """What generations count. The status of a custom resource that has no such subresource is a field like others."""
    apart = ("metadata",) if resource.custom and "status" not in resource.subresources else ("metadata", "status")
    return {key: value for key, value in obj.items() if key not in apart}


def _with(obj: Object, key: str, value: Any) -> Object:
    kept = {name: old for name, old in obj.items() if name != key}
    return kept if value is None else {**kept, key: value}
