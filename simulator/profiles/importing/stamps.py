"""What the server writes into metadata, for objects that come without it; the rest stays as the dump has it."""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

from simulator.api.defaults import apply_defaults
from simulator.changes.api import SELF_LINKS
from simulator.errors import Object
from simulator.profiles.importing.kinds import Item, Items
from simulator.release import Release
from simulator.runtime.clock import rfc3339

WORKLOADS: Final = ("deployments.apps", "replicasets.apps", "daemonsets.apps", "statefulsets.apps", "jobs.batch")


def made_uid(key: tuple[str, str, str]) -> str:
    """Always the same for the same object."""
    digest = hashlib.sha256("/".join(key).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def revision_of(items: Items) -> int:
    """The highest resourceVersion."""
    texts = (str(item.object["metadata"].get("resourceVersion", "")) for item in items.values())
    return max((int(text) for text in texts if text.isdigit()), default=0)


def stamped(items: Items, release: Release, now: float, revision: int) -> Items:
    """With uid, creationTimestamp, resourceVersion and, in releases that have it, selfLink."""
    return {key: item.with_object(_stamped(item, key, release, now, revision)) for key, item in items.items()}


def _stamped(item: Item, key: tuple[str, str, str], release: Release, now: float, revision: int) -> Object:
    obj = item.object
    if key[0] in WORKLOADS:
        obj = apply_defaults(item.row, obj)  # a template without them would never be that of a ReplicaSet that has them
    meta = dict(obj["metadata"])
    if SELF_LINKS.at(release):
        meta["selfLink"] = item.row.gvr.path(meta.get("namespace"), meta["name"])
    if not isinstance(meta.get("uid"), str) or not meta["uid"]:
        meta["uid"] = made_uid(key)
    if not isinstance(meta.get("creationTimestamp"), str):
        meta["creationTimestamp"] = rfc3339(now)
    if not str(meta.get("resourceVersion", "")).isdigit():
        meta["resourceVersion"] = str(revision)
    return {**obj, "metadata": meta}
