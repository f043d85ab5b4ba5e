"""Whose object is whose: adopting what matches a selector, releasing what no longer does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from simulator.api.types import GVR
from simulator.controllers.context import Context, Key, controller_of, key_of, owner_reference
from simulator.controllers.labels import labels_of, selects
from simulator.errors import NotFound, Object
from simulator.log.indexes import Index


def claim(context: Context, resource: GVR, owner: Object, selector: Object | None) -> list[Object]:
    """The objects of ``resource`` in the owner's namespace that it controls, after adopting and releasing.

    An orphan that matches is adopted unless either side is being deleted; one of the owner's that matches no more is
    released. Source: kube-controller-manager, controller_ref_manager.go.
    """
    found = _candidates(context, resource, owner)
    memory, key = context.memo.of(claim), f"{resource.resource}/{owner['metadata']['uid']}"
    before: _Claimed | None = memory.get(key)
    known = before.objects if before is not None and before.selector is selector else {}
    by_id = dict(zip(map(id, found), found, strict=True))  # of hundreds one is new: looked for at the speed of C
    places = by_id.keys() - known.keys()
    fresh = [obj for obj in found if id(obj) in places] if len(places) > 1 else [by_id[place] for place in places]
    new = {id(obj): _claim_one(context, resource, owner, selector, obj) for obj in fresh}
    if any(id(obj) != place for place, obj in new.items()):
        found = [kept for obj in found if (kept := new.get(id(obj), obj)) is not None]
    elif new:
        memory[key] = _Claimed(selector, by_id)
    return found


class _Claimed(NamedTuple):
    """What an owner claimed in an earlier pass, by id. They are held, so that no other object can have that id."""

    selector: Object | None
    objects: dict[int, Object]


def _claim_one(context: Context, resource: GVR, owner: Object, selector: Object | None, obj: Object) -> Object | None:
    """The object if it is the owner's, after this."""
    uid, deleting = owner["metadata"]["uid"], "deletionTimestamp" in owner["metadata"]
    controller, matches = controller_of(obj), selects(selector, labels_of(obj))
    if controller is not None and controller["uid"] == uid:
        if matches or deleting:
            return obj
        set_owners(context, resource, obj, [ref for ref in owners_of(obj) if ref["uid"] != uid])
    elif controller is None and matches and not deleting and "deletionTimestamp" not in obj["metadata"]:
        return set_owners(context, resource, obj, [*owners_of(obj), owner_reference(owner)])
    return None


def _controller_uid(obj: Object) -> str:
    controller = controller_of(obj)
    return controller["uid"] if controller is not None else ""


BY_CONTROLLER = Index("controller", _controller_uid)
"""Objects by the UID of their controller, orphans by ""."""


def _candidates(context: Context, resource: GVR, owner: Object) -> list[Object]:
    """The owner's objects and the orphans of its namespace, in the order of their names."""
    uid, namespace = owner["metadata"]["uid"], owner["metadata"]["namespace"]
    owned = context.client.find(resource, BY_CONTROLLER, uid, namespace)
    orphans = context.client.find(resource, BY_CONTROLLER, "", namespace)
    return sorted([*owned, *orphans], key=lambda obj: obj["metadata"]["name"]) if orphans else owned


def controlled_by(owner: Object, objects: Iterable[Object]) -> list[Object]:
    """Those of ``objects`` whose controller is ``owner``."""
    uid = owner["metadata"]["uid"]
    return [obj for obj in objects if (ref := controller_of(obj)) is not None and ref["uid"] == uid]


def controller_or_matching_keys(kind: str, resource: GVR) -> Callable[[Context, Object], Iterable[Key]]:
    """Keys for a changed object: its controller if that is a ``kind``; for an orphan, each that could adopt it."""

    def keys(context: Context, obj: Object) -> Iterable[Key]:
        namespace = obj["metadata"]["namespace"]
        controller = controller_of(obj)
        if controller is not None:
            return (Key(namespace, controller["name"]),) if controller["kind"] == kind else ()
        labels = labels_of(obj)
        if not labels:
            return ()
        found = context.client.list(resource, namespace)
        owners = [one for one in found if selects(one["spec"].get("selector"), labels)]
        return [key_of(one) for one in owners]

    return keys


def owners_of(obj: Object) -> list[Object]:
    return list(obj["metadata"].get("ownerReferences") or ())


def set_owners(context: Context, resource: GVR, obj: Object, references: list[Object]) -> Object | None:
    """Write the owner references of an object; None when it is gone."""
    meta = {key: value for key, value in obj["metadata"].items() if key != "ownerReferences"}
    if references:
        meta["ownerReferences"] = references
    try:
        return context.client.update(resource, {**obj, "metadata": meta})
    except NotFound:
        return None
