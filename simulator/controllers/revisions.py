"""ControllerRevisions: the history of the pod templates of DaemonSets and StatefulSets.

Source: kube-controller-manager, history/controller_history.go, daemon/update.go, statefulset/stateful_set_utils.go
(1.14).
"""

from __future__ import annotations

from simulator.api.gvrs import CONTROLLERREVISIONS
from simulator.controllers.context import Context, owner_reference
from simulator.controllers.hashing import template_hash
from simulator.controllers.ownership import claim
from simulator.errors import Object

HASH = "controller-revision-hash"


def history(context: Context, owner: Object) -> list[Object]:
    """The owner's revisions, the oldest first."""
    found = claim(context, CONTROLLERREVISIONS, owner, owner["spec"].get("selector"))
    return sorted(found, key=lambda revision: (revision["revision"], revision["metadata"]["name"]))


def ensure_current(context: Context, owner: Object, revisions: list[Object]) -> tuple[Object, list[Object]]:
    """The revision of the present template, made or moved to the end if it has to be; and the history."""
    data = _data(owner)
    current = next((revision for revision in reversed(revisions) if revision.get("data") == data), None)
    number = max((revision["revision"] for revision in revisions if revision is not current), default=0) + 1
    if current is None:
        made = context.client.create(CONTROLLERREVISIONS, _new(owner, data, number))
        return made, [*revisions, made]
    others = [revision for revision in revisions if revision is not current]
    if others and current["revision"] < number:
        current = context.client.update(CONTROLLERREVISIONS, {**current, "revision": number})
    return current, [*others, current]


def clean_up(context: Context, owner: Object, revisions: list[Object], live: set[str]) -> None:
    """Delete the oldest revisions over the limit; ``live`` are the names that pods or the status still use."""
    limit = owner["spec"].get("revisionHistoryLimit")
    if limit is None:
        return
    unused = [revision for revision in revisions[:-1] if revision["metadata"]["name"] not in live]
    for revision in unused[: max(len(unused) - limit, 0)]:
        meta = revision["metadata"]
        context.client.delete(CONTROLLERREVISIONS, meta["name"], meta["namespace"], uid=meta["uid"])


def _data(owner: Object) -> Object:
    return {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}


def _new(owner: Object, data: Object, number: int) -> Object:
    meta, hash_ = owner["metadata"], template_hash(owner)
    labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
    made: Object = {
        "name": f"{meta['name']}-{hash_}",
        "namespace": meta["namespace"],
        "labels": {**labels, HASH: hash_},
        "ownerReferences": [owner_reference(owner)],
    }
    if meta.get("annotations"):
        made["annotations"] = meta["annotations"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": made,
        "data": data,
        "revision": number,
    }


def hash_of(revision: Object) -> str:
    hash_: str = revision["metadata"]["labels"][HASH]
    return hash_
