"""The API server: one request in, one response (or watch, or upgrade) out. No sockets, no threads, no sleeping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.api import discovery, metadata
from simulator.api.admission import Admission, admit
from simulator.api.defaults import apply_defaults
from simulator.api.patch import apply_patch
from simulator.api.resourcetable import ResourceTable, ResourceType
from simulator.api.selectors import Selectors
from simulator.api.table import to_table, wants_table
from simulator.api.types import Request, Response, Upgrade
from simulator.api.validation import validate_create, validate_update
from simulator.api.watch import Watch
from simulator.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    Expired,
    InternalError,
    MethodNotAllowed,
    NotFound,
    Object,
    StatusError,
    not_found,
)
from simulator.log.entry import Compacted, LogConflict
from simulator.log.state import State, Stored
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

Reply = Response | Watch | Upgrade
_ATTEMPTS = 10  # a write is tried again when another worker took its revision


@dataclass(frozen=True)
class Release:
    """What of the era shows in every object. ``uid_nodes``: the masters' MACs of version 1 UIDs; none means version 4."""

    version: str = "4.2.0"
    kubernetes: str = "v1.14.6+868bc38"
    self_links: bool = True
    uid_nodes: tuple[str, ...] = ("12a861d1434e",)


@dataclass(frozen=True, slots=True)
class Target:
    """A request's path, parsed."""

    resource: ResourceType
    namespace: str
    name: str
    subresource: str


class ApiServer:
    """Answers requests from the state; every change is one entry of the log."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        names: Names,
        table: ResourceTable,
        release: Release | None = None,
        admission: Sequence[Admission] | None = None,
    ) -> None:
        self.state, self.clock, self.names, self.table = state, clock, names, table
        self.release = release or Release()
        self.admission = admission
        self.subresources: dict[tuple[str, str], Callable[[ApiServer, Request, Target], Reply]] = {}
        """More subresources by (qualified resource, name), as ``("pods", "log")``; the kubelet's are plugged in here."""

    def handle(self, request: Request) -> Reply:
        """Answer one request without blocking. Every StatusError becomes a Status body here, and only here."""
        for _ in range(_ATTEMPTS):
            try:
                return self._route(request)
            except LogConflict:
                continue
            except StatusError as error:
                return Response(error.code, error.to_status())
        error = InternalError("the log is being written by others; try again")
        return Response(error.code, error.to_status())

    # -- routing

    def _route(self, request: Request) -> Reply:
        parts = [part for part in request.path.split("/") if part]
        found = discovery.answer(self.table, self.release.kubernetes, parts)
        if found is not None:
            return Response(200, found)
        target = self._target(parts)
        plugged = self.subresources.get((target.resource.qualified, target.subresource))
        if plugged is not None:
            return plugged(self, request, target)
        action = _ACTIONS.get((request.method, bool(target.name)))
        verb = _VERBS.get((request.method, bool(target.name)))
        if action is None or verb not in target.resource.verbs:
            raise MethodNotAllowed("the server does not allow this method on the requested resource")
        return action(self, request, target)

    def _target(self, parts: list[str]) -> Target:
        if parts[:1] == ["api"]:
            group, version, rest = "", parts[1] if len(parts) > 1 else "", parts[2:]
        elif parts[:1] == ["apis"] and len(parts) > 2:
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            raise NotFound("the server could not find the requested resource")
        namespace = ""
        if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
            namespace, rest = rest[1], rest[2:]
        resource = self.table.find(group, version, rest[0]) if rest else None
        if resource is None or len(rest) > 3 or (namespace and not resource.namespaced):
            raise NotFound("the server could not find the requested resource")
        name, subresource = (*rest[1:], "", "")[:2]
        if subresource and subresource not in resource.subresources:
            raise NotFound("the server could not find the requested resource")
        return Target(resource, namespace, name, subresource)

    # -- reading

    def _get(self, request: Request, target: Target) -> Reply:
        shown = self.present(target.resource, self.stored(target).object)
        if wants_table(request.accept):
            return Response(200, to_table(target.resource, [shown], self.clock.now(), request.query))
        return Response(200, shown)

    def _list(self, request: Request, target: Target) -> Reply:
        if request.query.get("watch") in ("true", "1"):
            return self._watch(request, target)
        selectors = Selectors.of(target.resource, request.query)
        items = self.state.list(target.resource.key, target.namespace or None)
        shown = [self.present(target.resource, stored.object) for stored in items]
        chosen = [obj for obj in shown if selectors.match(obj)]
        if wants_table(request.accept):
            table = to_table(target.resource, chosen, self.clock.now(), request.query)
            return Response(200, {**table, "metadata": self._list_metadata(target)})
        body = {
            "kind": f"{target.resource.kind}List",
            "apiVersion": target.resource.api_version,
            "metadata": self._list_metadata(target),
            "items": chosen,
        }
        return Response(200, body)

    def _watch(self, request: Request, target: Target) -> Watch:
        selectors = Selectors.of(target.resource, request.query)
        try:
            return Watch(
                self.state,
                target.resource,
                target.namespace,
                selectors,
                lambda obj: self.present(target.resource, obj),
                since=request.query.get("resourceVersion", ""),
            )
        except Compacted:
            raise Expired(f"too old resource version: {request.query.get('resourceVersion')} ({self.state.revision})") from None

    def stored(self, target: Target) -> Stored:
        found = self.state.get(target.resource.key, target.namespace, target.name)
        if found is None:
            raise not_found(target.resource.plural, target.name, target.resource.group)
        return found

    def present(self, resource: ResourceType, obj: Object) -> Object:
        """The object as ``resource`` shows it: its own apiVersion and kind (projects are namespaces), its selfLink."""
        if not resource.stored_as:
            return obj
        meta = dict(obj["metadata"])
        if self.release.self_links:
            meta["selfLink"] = resource.gvr.path(meta.get("namespace"), meta["name"])
        return {**obj, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": meta}

    def _list_metadata(self, target: Target) -> Object:
        meta: Object = {"resourceVersion": str(self.state.revision)}
        if self.release.self_links:
            meta["selfLink"] = target.resource.gvr.path(target.namespace)
        return meta

    # -- writing

    def _create(self, request: Request, target: Target) -> Reply:
        obj = self._decode(request, target)
        obj = metadata.for_create(obj, target.resource, target.namespace, self.names)
        obj = apply_defaults(target.resource, obj)
        obj = admit(self, "CREATE", request.user, target.resource, obj, None)
        obj = metadata.stamp(obj, target.resource, self.names, self.clock.now(), self.release)
        validate_create(target.resource, obj)
        name = obj["metadata"]["name"]
        existing = self.state.get(target.resource.key, target.namespace, name)
        if existing is not None:
            prefix = "object is being deleted: " if "deletionTimestamp" in existing.object["metadata"] else ""
            error = not_found(target.resource.plural, name, target.resource.group)
            text = prefix + error.message.removesuffix("not found") + "already exists"
            raise AlreadyExists(text, group=error.group, kind=error.kind, name=name)
        return Response(201, self._write(request, target, name, obj))

    def _update(self, request: Request, target: Target) -> Reply:
        current = self.stored(target).object
        return Response(200, self._replace(request, target, current, self._decode(request, target)))

    def _patch(self, request: Request, target: Target) -> Reply:
        current = self.stored(target).object
        shown = self.present(target.resource, current)
        patched = apply_patch(target.resource, request.content_type, shown, request.body)
        return Response(200, self._replace(request, target, current, self._checked(patched, target)))

    def _replace(self, request: Request, target: Target, current: Object, wanted: Object) -> Object:
        resource = target.resource
        obj = metadata.for_update(wanted, current, resource, target.subresource)
        obj = apply_defaults(resource, obj)
        self._check_preconditions(target, wanted.get("metadata", {}), current)
        obj = admit(self, "UPDATE", request.user, resource, obj, current, target.subresource)
        validate_update(resource, obj, current, target.subresource)
        obj = metadata.count_generation(obj, current, resource)
        if obj == current:
            return self.present(resource, current)
        if metadata.is_gone(obj):
            return self._remove(request, target, obj)
        return self._write(request, target, target.name, obj)

    def _delete(self, request: Request, target: Target) -> Reply:
        current = self.stored(target).object
        options = request.body if isinstance(request.body, Mapping) else {}
        self._check_preconditions(target, options.get("preconditions") or {}, current)
        admit(self, "DELETE", request.user, target.resource, current, current)
        obj = metadata.for_delete(current, target.resource, {**request.query, **options}, self.clock.now())
        if obj is None:
            removed = self._remove(request, target, current)
            return Response(200, _deleted_status(target, removed))
        if obj == current:
            return Response(200, self.present(target.resource, current))
        return Response(200, self._write(request, target, target.name, obj))

    def _delete_collection(self, request: Request, target: Target) -> Reply:
        selectors = Selectors.of(target.resource, request.query)
        chosen = [stored.object for stored in self.state.list(target.resource.key, target.namespace or None)]
        chosen = [obj for obj in chosen if selectors.match(self.present(target.resource, obj))]
        for obj in chosen:
            meta = obj["metadata"]
            self._delete(request, Target(target.resource, meta.get("namespace", ""), meta["name"], ""))
        body = {"kind": f"{target.resource.kind}List", "apiVersion": target.resource.api_version, "items": chosen}
        return Response(200, {**body, "metadata": self._list_metadata(target)})

    def _decode(self, request: Request, target: Target) -> Object:
        if not isinstance(request.body, Mapping):
            raise BadRequest("the object provided is unrecognized (must be of type " + target.resource.kind + ")")
        return self._checked(dict(request.body), target)

    def _checked(self, obj: Object, target: Target) -> Object:
        """The object with its kind checked against the path, and named as it is stored."""
        resource = target.resource
        kind, api_version = obj.get("kind", resource.kind), obj.get("apiVersion", resource.api_version)
        if (api_version, kind) != (resource.api_version, resource.kind):
            raise BadRequest(
                f"{kind} in version {api_version!r} cannot be handled as a {resource.kind}: "
                f"no kind {kind!r} is registered for version {api_version!r}".replace("'", '"')
            )
        stored = self.table.by_key(resource.key) or resource
        return {**obj, "apiVersion": stored.api_version, "kind": stored.kind}

    def _check_preconditions(self, target: Target, wanted: Mapping[str, Any], current: Object) -> None:
        meta = current["metadata"]
        version, uid = wanted.get("resourceVersion"), wanted.get("uid")
        qualified = target.resource.qualified
        if version and version != meta["resourceVersion"]:
            raise Conflict(
                f'Operation cannot be fulfilled on {qualified} "{target.name}": the object has been modified; '
                "please apply your changes to the latest version and try again",
                group=target.resource.group,
                kind=target.resource.plural,
                name=target.name,
            )
        if uid and uid != meta["uid"]:
            raise Conflict(
                f'Operation cannot be fulfilled on {qualified} "{target.name}": Precondition failed: '
                f"UID in precondition: {uid}, UID in object meta: {meta['uid']}",
                group=target.resource.group,
                kind=target.resource.plural,
                name=target.name,
            )

    def _write(self, request: Request, target: Target, name: str, obj: Object) -> Object:
        if request.query.get("dryRun"):
            return self.present(target.resource, obj)
        resource, namespace = target.resource, target.namespace
        entry = self.state.commit(
            "put", resource.key, namespace, name, obj, time=self.clock.now(), cause=request.user.name
        )
        return self.present(resource, entry.object)

    def _remove(self, request: Request, target: Target, obj: Object) -> Object:
        if request.query.get("dryRun"):
            return self.present(target.resource, obj)
        entry = self.state.commit(
            "delete",
            target.resource.key,
            target.namespace,
            target.name,
            obj,
            time=self.clock.now(),
            cause=request.user.name,
        )
        return self.present(target.resource, entry.object)


def _deleted_status(target: Target, removed: Object) -> Object:
    details = {"name": target.name, "kind": target.resource.plural, "uid": removed["metadata"]["uid"]}
    if target.resource.group:
        details["group"] = target.resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


_Action = Callable[[ApiServer, Request, Target], Reply]
_ACTIONS: Mapping[tuple[str, bool], _Action] = {
    ("GET", False): ApiServer._list,
    ("GET", True): ApiServer._get,
    ("POST", False): ApiServer._create,
    ("PUT", True): ApiServer._update,
    ("PATCH", True): ApiServer._patch,
    ("DELETE", True): ApiServer._delete,
    ("DELETE", False): ApiServer._delete_collection,
}
_VERBS = {
    ("GET", False): "list",
    ("GET", True): "get",
    ("POST", False): "create",
    ("PUT", True): "update",
    ("PATCH", True): "patch",
    ("DELETE", True): "delete",
    ("DELETE", False): "deletecollection",
}

__all__ = ["ApiServer", "Release", "Reply", "Target"]
