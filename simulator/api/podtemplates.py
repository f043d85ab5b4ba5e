"""Pods that controllers make from the template of an object that is stored: read and completed once for all of them.

Hundreds of pods bear the very spec that their ReplicaSet's template holds. What reading and defaulting make of it is
remembered as long as that object is the one that is asked about: stored objects are never changed in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.decoding import decode
from simulator.api.defaults import apply_defaults
from simulator.api.resourcetable import ResourceType
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

_REMEMBERED = 500


class PodTemplates:
    """``of`` gives what is known of a new pod before it is read: parts that need no second look."""

    def __init__(self) -> None:
        self._specs: dict[int, tuple[Any, Any]] = {}  # id of a template's spec -> that very spec, the pods' spec

    def of(self, server: ApiServer, resource: ResourceType, body: Any, namespace: str) -> Object | None:
        """``{"spec": ...}``, complete; None when the pod is not of a stored template."""
        if resource.key != "pods" or not isinstance(body, dict):
            return None
        spec = body.get("spec")
        remembered = self._specs.get(id(spec))
        if remembered is not None and remembered[0] is spec:
            return {"spec": remembered[1]}
        if not _is_stored(server, body, spec, namespace):
            return None
        if len(self._specs) >= _REMEMBERED:
            self._specs.clear()
        complete = apply_defaults(resource, decode(resource, {"spec": spec}))["spec"]
        self._specs[id(spec)] = spec, complete
        return {"spec": complete}


def _is_stored(server: ApiServer, body: Object, spec: Any, namespace: str) -> bool:
    """Whether ``spec`` is the one in the template of the controller that the pod names."""
    for owner in (body.get("metadata") or {}).get("ownerReferences") or ():
        row = server.table.by_kind(owner.get("apiVersion", ""), owner.get("kind", ""))
        stored = None if row is None else server.state.get(row.key, namespace, owner.get("name", ""))
        template = None if stored is None else (stored.object.get("spec") or {}).get("template")
        if isinstance(template, dict) and template.get("spec") is spec:
            return spec is not None
    return False
