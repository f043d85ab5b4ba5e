"""The garbage collector: what becomes of objects whose owners go.

A key names any object: ``name`` is ``group/version/resource|name|uid``. An object that is there is judged by its
owners; one that is gone leaves its dependents to be judged. Source: kube-controller-manager, garbagecollector (1.14).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from simulator.api.gvrs import EVENTS
from simulator.api.types import GVR
from simulator.controllers.content import WATCHED, resource_of, resources
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches
from simulator.controllers.ownership import owners_of, set_owners
from simulator.errors import Conflict, NotFound, Object

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
_SOLID, _WAITING, _DANGLING = "solid", "waiting", "dangling"


def reconcile(context: Context, key: Key) -> Result:
    """Judge one object, or the dependents of one that is gone."""
    resource, name, uid = _parse(key.name)
    obj = context.client.get_or_none(resource, name, key.namespace or None)
    if obj is None or obj["metadata"]["uid"] != uid:
        for one, dependent in dependents(context, uid, key.namespace):
            _judge(context, one, dependent)
        return DONE
    finalizers = obj["metadata"].get("finalizers") or ()
    if "deletionTimestamp" in obj["metadata"] and ORPHAN in finalizers:
        _orphan_dependents(context, resource, obj)
    elif _deletes_dependents(obj):
        _delete_dependents(context, resource, obj)
    else:
        _judge(context, resource, obj)
    return DONE


def dependents(context: Context, uid: str, namespace: str) -> list[tuple[GVR, Object]]:
    """All objects that name the owner: in its namespace, or anywhere for an owner of cluster scope."""
    found = []
    for resource in resources(context, namespaced=True if namespace else None):
        if resource == EVENTS:
            continue  # there are many, and nobody owns them
        for obj in context.client.list(resource, namespace or None):
            if any(reference["uid"] == uid for reference in owners_of(obj)):
                found.append((resource, obj))
    return found


def _deletes_dependents(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"] and FOREGROUND in (obj["metadata"].get("finalizers") or ())


# -- an object as a dependent


def _judge(context: Context, resource: GVR, obj: Object) -> None:
    """Delete the object if no owner holds it any more; else forget the owners that are gone."""
    if not owners_of(obj) or ("deletionTimestamp" in obj["metadata"] and not _deletes_dependents(obj)):
        return
    states = {reference["uid"]: _state_of(context, reference, obj) for reference in owners_of(obj)}
    if _SOLID in states.values():
        kept = [reference for reference in owners_of(obj) if states[reference["uid"]] == _SOLID]
        if len(kept) < len(states):
            set_owners(context, resource, obj, kept)
        return
    policy = "Background"
    if _WAITING in states.values() and dependents(context, obj["metadata"]["uid"], _namespace(obj)):
        policy = "Foreground"  # its own dependents go before it
    _delete(context, resource, obj, _policy_of(obj) or policy)


def _policy_of(obj: Object) -> str:
    finalizers = obj["metadata"].get("finalizers") or ()
    return "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else ""


def _state_of(context: Context, reference: Object, obj: Object) -> str:
    found = resource_of(context, reference["apiVersion"], reference["kind"])
    if found is None:
        return _SOLID  # an unknown kind: the real collector waits until it is served
    resource, namespaced = found
    owner = context.client.get_or_none(resource, reference["name"], _namespace(obj) if namespaced else None)
    if owner is None or owner["metadata"]["uid"] != reference["uid"]:
        return _DANGLING
    return _WAITING if _deletes_dependents(owner) else _SOLID


# -- an object as an owner


def _delete_dependents(context: Context, resource: GVR, owner: Object) -> None:
    """Foreground: the owner stays until every dependent that blocks it is gone."""
    uid = owner["metadata"]["uid"]
    found = dependents(context, uid, _namespace(owner))
    if not any(_blocks(dependent, uid) for _, dependent in found):
        _drop_finalizer(context, resource, owner, FOREGROUND)
    for one, dependent in found:
        _judge(context, one, dependent)


def _blocks(dependent: Object, uid: str) -> bool:
    return any(one["uid"] == uid and one.get("blockOwnerDeletion") for one in owners_of(dependent))


def _orphan_dependents(context: Context, resource: GVR, owner: Object) -> None:
    uid = owner["metadata"]["uid"]
    for one, dependent in dependents(context, uid, _namespace(owner)):
        set_owners(context, one, dependent, [ref for ref in owners_of(dependent) if ref["uid"] != uid])
    _drop_finalizer(context, resource, owner, ORPHAN)


# -- writes


def _drop_finalizer(context: Context, resource: GVR, obj: Object, finalizer: str) -> None:
    left = [name for name in obj["metadata"].get("finalizers") or () if name != finalizer]
    with suppress(NotFound):
        context.client.update(resource, {**obj, "metadata": {**obj["metadata"], "finalizers": left}})


def _delete(context: Context, resource: GVR, obj: Object, policy: str) -> None:
    meta = obj["metadata"]
    try:
        context.client.delete(resource, meta["name"], meta.get("namespace"), uid=meta["uid"], propagation=policy)
    except (NotFound, Conflict):
        return  # gone, or a namesake stands in its place


# -- keys


def _namespace(obj: Object) -> str:
    namespace: str = obj["metadata"].get("namespace", "")
    return namespace


def object_key(resource: GVR, obj: Object) -> Key:
    return _key(resource, _namespace(obj), obj["metadata"]["name"], obj["metadata"]["uid"])


def _key(resource: GVR, namespace: str, name: str, uid: str) -> Key:
    return Key(namespace, f"{resource.group}/{resource.version}/{resource.resource}|{name}|{uid}")


def _parse(text: str) -> tuple[GVR, str, str]:
    path, name, uid = text.split("|")
    return GVR(*path.split("/")), name, uid


def _watch(resource: GVR) -> Watches:
    def keys(context: Context, obj: Object) -> Iterable[Key]:
        """The object, and while it is being deleted its owners, which may wait for that."""
        yield object_key(resource, obj)
        if owners_of(obj) and ("deletionTimestamp" in obj["metadata"] or not _exists(context, resource, obj)):
            for reference in owners_of(obj):
                found = resource_of(context, reference["apiVersion"], reference["kind"])
                if found is not None:
                    namespace = _namespace(obj) if found[1] else ""
                    yield _key(found[0], namespace, reference["name"], reference["uid"])

    return Watches(resource, keys)


def _exists(context: Context, resource: GVR, obj: Object) -> bool:
    return context.client.get_or_none(resource, obj["metadata"]["name"], _namespace(obj) or None) is not None


CONTROLLER = Controller(
    name="garbagecollector",
    user="system:serviceaccount:kube-system:generic-garbage-collector",
    watches=tuple(_watch(resource) for resource in WATCHED),
    reconcile=reconcile,
    component="garbage-collector-controller",
    defined=_watch,
)
