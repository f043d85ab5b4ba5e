"""The API server: one request in, one response (or watch, log, upgrade) out. No sockets, no threads, no sleeping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from simulator.api import fieldmanagers, legacywatch, metadata, nonresource, reading
from simulator.api.admission import Admission, admit
from simulator.api.admission.security import Constraints
from simulator.api.authorization import Policy, authorize, authorize_path
from simulator.api.bodies import check_media_type, no_object
from simulator.api.conversion import conversion_of
from simulator.api.customresources import find_defined, is_converted
from simulator.api.decoding import decode
from simulator.api.defaults import apply_defaults
from simulator.api.fields.tracking import with_entries
from simulator.api.logstream import LogStream
from simulator.api.mediatypes import is_pretty
from simulator.api.metrics import Metrics
from simulator.api.negotiation import JSON, UNNEGOTIATED, encoded_as, negotiate
from simulator.api.patch import apply_patch
from simulator.api.patched import read_patched
from simulator.api.podtemplates import PodTemplates
from simulator.api.preparation import prepare_create, prepare_update
from simulator.api.representation import indented
from simulator.api.resourcetable import ResourceTable, ResourceType
from simulator.api.serverapply import server_side_apply
from simulator.api.structural import pruned
from simulator.api.subresources import builtin_subresource, is_served
from simulator.api.types import APPLY_PATCH, Request, Response, Upgrade
from simulator.api.unknownfields import directive, warnings_of
from simulator.api.validation import validate_create, validate_update
from simulator.api.watch import Watch
from simulator.api.writeoptions import check_options
from simulator.changes.api import APPLY_PATCHES, DEPRECATED_KINDS, SELF_LINKS
from simulator.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    InternalError,
    MethodNotAllowed,
    NotFound,
    Object,
    StatusError,
    not_found,
)
from simulator.log.entry import LogConflict
from simulator.log.state import State, Stored
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

Reply = Response | Watch | LogStream | Upgrade
ImageFinder = Callable[[str], Object]
LogReader = Callable[[Object, str, Mapping[str, str]], str | LogStream]
_ATTEMPTS = 10  # a write is tried again when another worker took its revision
_UNKNOWN_PATH = "the server could not find the requested resource"


@dataclass(frozen=True, slots=True)
class Target:
    """A request's path, parsed."""

    resource: ResourceType
    namespace: str
    name: str
    subresource: str


Handler = Callable[["ApiServer", Request, Target], Reply | None]


class ApiServer:
    """Answers requests from the state; every change is one entry of the log."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        names: Names,
        table: ResourceTable,
        release: Release = OLDEST,
        admission: Sequence[Admission] | None = None,
    ) -> None:
        self.state, self.clock, self.names, self.table = state, clock, names, table
        self.release = release
        self.admission = admission
        self.policy = Policy(state)
        self.constraints = Constraints()
        self.secret = b""
        """What tokens of people are made with. Who serves a cluster to others gives it one that nobody can guess."""
        self.subresources: dict[tuple[str, str], Handler] = {}
        """More subresources by (qualified resource, name); one of these wins over the built-in one."""
        self._warnings: list[str] = []  # of the request at hand
        self._templates = PodTemplates()
        self.images: ImageFinder | None = None
        """What registries hold: a pull spec -> its Image. StatusError when it is none that can be had."""
        self.logs: LogReader | None = None
        """What the kubelets read: (pod, container, query of the request) -> text, or with ``follow`` a stream of it."""
        self.url = "https://kubernetes.default.svc:443"
        """Where clients find this server."""
        self.stopping = False
        """Whether /readyz tells that the process is on its way down."""
        self.token_keys: Sequence[Object] = ()
        """The public keys (JSON Web Keys) of service accounts' tokens; none as long as their signatures are noise."""
        self.metrics = Metrics()
        self._target: Target | None = None  # of the request at hand

    def handle(self, request: Request) -> Reply:
        """Answer one request without blocking. Every StatusError becomes a Status body here, and only here."""
        reply = self._handle(request)
        if isinstance(reply, Response) and is_pretty(request):
            reply = indented(reply)
        self.metrics.count(request, self._target, reply)
        return reply

    def _handle(self, request: Request) -> Reply:
        self._target = None
        for _ in range(_ATTEMPTS):
            self._warnings = []
            try:
                return self._warned(self._route(request))
            except LogConflict:
                continue
            except StatusError as error:
                return Response(error.code, error.to_status())
        busy = InternalError("the log is being written by others; try again")
        return Response(busy.code, busy.to_status())

    def _warned(self, reply: Reply) -> Reply:
        if not self._warnings or not isinstance(reply, Response):
            return reply
        return replace(reply, warnings=(*reply.warnings, *dict.fromkeys(self._warnings)))

    def warn(self, text: str) -> None:
        """Tell the client something beside the answer to the request at hand."""
        self._warnings.append(text)

    # -- routing

    def _route(self, request: Request) -> Reply:
        parts = [part for part in request.path.split("/") if part]
        if len(parts) < 3 or parts[0] not in ("api", "apis") or (len(parts) == 3 and parts[0] == "apis"):
            authorize_path(self, request.user, request.method, request.path)
            found = nonresource.answer(self, request, parts)
            if found is not None:
                return found
        if request.method == "GET" and ("watch" in request.query or "watch" in parts[2:4]):
            request, parts = legacywatch.normalized(request, parts)
        target = self._target = self._authorized(request, parts)
        form = negotiate(request.accept, target.resource) if target.subresource not in UNNEGOTIATED else JSON
        reply = self._reply(request, target)
        return reply if form == JSON else encoded_as(form, reply)

    def _reply(self, request: Request, target: Target) -> Reply:
        resource = target.resource
        if deprecation := DEPRECATED_KINDS.at(self.release).get(resource.qualified):
            self._warnings.append(deprecation)
        if (deprecation := resource.extra.get("warning")) is not None:
            self._warnings.append(deprecation)
        plugged = self.subresources.get((resource.qualified, target.subresource)) or builtin_subresource(
            resource, target.subresource
        )
        if plugged is not None:
            reply = plugged(self, request, target)
            if reply is not None:
                return reply
        elif target.subresource and not is_served(resource, target.subresource):
            raise NotFound(_UNKNOWN_PATH)
        verb, action = _ACTIONS.get((request.method, bool(target.name)), ("", None))
        if action is None or verb not in resource.verbs:
            raise MethodNotAllowed("the server does not allow this method on the requested resource")
        return action(self, request, target)

    def _authorized(self, request: Request, parts: Sequence[str]) -> Target:
        """The target, for who may do that. Who may not is not told whether there is such a thing."""
        try:
            target = self.target(parts)
        except NotFound:
            authorize_path(self, request.user, request.method, request.path)
            raise
        authorize(self, request, target)
        return target

    def target(self, parts: Sequence[str]) -> Target:
        """What the parts of a path name; NotFound when nothing is served there."""
        if parts[:1] == ["api"]:
            group, version, rest = "", parts[1] if len(parts) > 1 else "", parts[2:]
        elif parts[:1] == ["apis"] and len(parts) > 2:
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            raise NotFound(_UNKNOWN_PATH)
        namespace = ""
        if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
            namespace, rest = rest[1], rest[2:]
        resource = self.resource(group, version, rest[0]) if rest else None
        if resource is None or len(rest) > 3 or (namespace and not resource.namespaced):
            raise NotFound(_UNKNOWN_PATH)
        name, subresource = (*rest[1:], "", "")[:2]
        if subresource and subresource not in resource.subresources:
            raise NotFound(_UNKNOWN_PATH)
        return Target(resource, namespace, name, subresource)

    def resource(self, group: str, version: str, plural: str) -> ResourceType | None:
        """The row of a kind, of the release's or of one that a CustomResourceDefinition on this cluster defines."""
        return self.table.find(group, version, plural) or find_defined(
            self.state, group, version, plural, self.release.minor
        )

    # -- reading

    def answer(self, request: Request, target: Target, obj: Object, code: int = 200) -> Response:
        """One object as the request wants it: as it is, as a Table, or its metadata alone."""
        return reading.answer(self, request, target, obj, code)

    def answer_list(self, request: Request, target: Target, objects: Iterable[Object]) -> Response:
        """Those of ``objects`` that the selectors choose, a page of them, as the request wants them."""
        return reading.answer_list(self, request, target, list(objects))

    def stored(self, target: Target) -> Stored:
        found = self.state.get(target.resource.key, target.namespace, target.name)
        if found is None:
            raise not_found(target.resource.plural, target.name, target.resource.group)
        return found

    def present(self, resource: ResourceType, obj: Object) -> Object:
        """The object as ``resource`` shows it: its own apiVersion and kind (projects are namespaces), its selfLink."""
        if not resource.stored_as:
            return {**obj, "apiVersion": resource.api_version} if is_converted(resource, obj) else obj
        if (conversion := conversion_of(resource)) is not None:
            obj = conversion.show(obj)
        meta = dict(obj["metadata"])
        if SELF_LINKS.at(self.release):
            meta["selfLink"] = resource.gvr.path(meta.get("namespace"), meta["name"])
        return {**obj, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": meta}

    # -- writing

    def create(self, request: Request, target: Target, *, applied: bool = False) -> Reply:
        """Store the object in the request's body under a new name. ``applied``: it has its managers already."""
        check_options(request, applies=applied)
        resource = target.resource
        known = self._templates.of(self, resource, request.body, target.namespace)
        obj = self._decode(
            request if known is None else replace(request, body={**request.body, **known}), target, known
        )
        obj = metadata.for_create(obj, resource, target.namespace, self.names)
        obj = apply_defaults(resource, obj, known)
        obj = obj if applied else fieldmanagers.created(self, request, target, obj)
        obj = admit(self, "CREATE", request.user, resource, obj, None)
        obj = metadata.stamp(obj, resource, self.names, self.clock.now(), self.release)
        obj = prepare_create(self, resource, obj)
        validate_create(resource, obj)
        name = obj["metadata"]["name"]
        if "get" not in resource.verbs and "list" not in resource.verbs:
            return Response(201, self.present(resource, obj))  # a question in the shape of an object
        existing = self.state.get(resource.key, target.namespace, name)
        if existing is not None:
            raise _exists(resource, name, existing.object)
        return self.answer(request, target, self._write(request, target, name, obj), 201)

    def _update(self, request: Request, target: Target) -> Reply:
        check_options(request)
        current = self.stored(target).object
        if request.body is current:
            return self.answer(request, target, self.present(target.resource, current))
        wanted = self._decode(request, target, current)
        name = (wanted.get("metadata") or {}).get("name")
        if name != target.name:
            text = f"the name of the object ({name or ''}) does not match the name on the URL ({target.name})"
            raise BadRequest(text)
        return self.answer(request, target, self.replace(request, target, current, wanted))

    def _patch(self, request: Request, target: Target) -> Reply:
        applies = request.content_type == APPLY_PATCH and bool(APPLY_PATCHES.at(self.release))
        check_options(request, applies=applies)
        if applies:
            return server_side_apply(self, request, target)
        current = self.stored(target).object
        shown = self.present(target.resource, current)
        patched = apply_patch(target.resource, request.content_type, shown, request.body)
        wanted = read_patched(self, request, target, self._checked(patched, target), current)
        return self.answer(request, target, self.replace(request, target, current, wanted))

    def replace_applied(self, request: Request, target: Target, current: Object, new: Object) -> Response:
        """Put what an apply made in the place of ``current``."""
        wanted = self._read(replace(request, duplicates=()), target, self._checked(new, target), current)
        return self.answer(request, target, self.replace(request, target, current, wanted, applied=True))

    def replace(
        self, request: Request, target: Target, current: Object, wanted: Object, *, via: str = "", applied: bool = False
    ) -> Object:
        """Put ``wanted`` in the place of ``current``, as far as it may; the object as it stands then.

        ``via`` is the subresource by which an object is written as a whole; ``applied``: it has its managers already.
        """
        resource = target.resource
        obj = metadata.for_update(wanted, current, resource, target.subresource)
        if applied:
            obj = with_entries(obj, wanted["metadata"].get("managedFields"))
        obj = apply_defaults(resource, obj, current)
        self.check_preconditions(target, wanted.get("metadata") or {}, current)
        if not applied:
            obj = fieldmanagers.updated(self, request, target, obj, current, via or target.subresource)
        obj = admit(self, "UPDATE", request.user, resource, obj, current, target.subresource)
        obj = prepare_update(self, resource, obj, current, wanted, target.subresource)
        validate_update(resource, obj, apply_defaults(resource, current, obj), target.subresource, wanted)
        obj = fieldmanagers.settled(metadata.count_generation(obj, current, resource), current)
        if metadata.is_gone(obj):
            return self._remove(request, target, obj)
        if obj == current:
            return self.present(resource, current)
        return self._write(request, target, target.name, obj)

    def delete(self, request: Request, target: Target) -> Reply:
        """Delete at once, or mark for deletion what a finalizer or a kubelet still holds."""
        current = self.stored(target).object
        options = request.body if isinstance(request.body, Mapping) else {}
        if options.get("dryRun"):
            request = replace(request, query={**request.query, "dryRun": "All"})
        self.check_preconditions(target, options.get("preconditions") or {}, current)
        admit(self, "DELETE", request.user, target.resource, current, current)
        obj = metadata.for_delete(current, target.resource, {**request.query, **options}, self.clock.now())
        if obj is None:
            return Response(200, _deleted_status(target, self._remove(request, target, current)))
        if obj == current:
            return self.answer(request, target, self.present(target.resource, current))
        return self.answer(request, target, self._write(request, target, target.name, obj))

    def _delete_collection(self, request: Request, target: Target) -> Reply:
        """Delete those that the same request would list; the answer is that list."""
        found, revision = reading.chosen(self, request, target)
        for stored in found.items:
            meta = stored.object["metadata"]
            one = Target(target.resource, meta.get("namespace", ""), meta["name"], "")
            with suppress(NotFound):
                self.delete(request, one)
        return reading.answer_page(self, request, target, found, revision)

    def _decode(self, request: Request, target: Target, current: Object | None = None) -> Object:
        check_media_type(request.content_type, custom=target.resource.custom)
        if not isinstance(request.body, Mapping):
            raise no_object(target.resource.kind, request.body)
        return self._read(request, target, self._checked(dict(request.body), target), current)

    def _read(self, request: Request, target: Target, sent: Object, current: Object | None = None) -> Object:
        """What the kind knows of what was sent; the rest is warned of, or refused, as the client wishes."""
        resource = target.resource
        read = pruned(resource, decode(resource, sent, current))
        wanted = directive(request, self.release)
        self._warnings += warnings_of(wanted, resource, sent, read, request.duplicates)
        return read

    def _checked(self, obj: Object, target: Target) -> Object:
        """The object with its kind checked against the path, and named as it is stored."""
        resource = target.resource
        kind, api_version = obj.get("kind") or resource.kind, obj.get("apiVersion") or resource.api_version
        if api_version != resource.api_version:
            raise BadRequest(
                f"the API version in the data ({api_version}) does not match the expected API version "
                f"({resource.api_version})"
            )
        if kind != resource.kind:
            raise BadRequest(
                f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
                f'no kind "{kind}" is registered for version "{api_version}"'
            )
        if (storage := resource.extra.get("storage")) is not None:
            return {**obj, "apiVersion": storage, "kind": resource.kind}
        if (conversion := conversion_of(resource)) is not None:
            obj = conversion.store(obj)
        stored = self.table.by_key(resource.key) or resource
        return {**obj, "apiVersion": stored.api_version, "kind": stored.kind}

    def check_preconditions(self, target: Target, wanted: Mapping[str, Any], current: Object) -> None:
        """Conflict when the writer means another version, or another object of that name, than the current one."""
        meta = current["metadata"]
        version, uid = wanted.get("resourceVersion"), wanted.get("uid")
        text = ""
        if version and version != meta["resourceVersion"]:
            text = "the object has been modified; please apply your changes to the latest version and try again"
        elif uid and uid != meta["uid"]:
            text = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {meta['uid']}"
        if text:
            raise conflict(target.resource, target.name, text)

    def _write(self, request: Request, target: Target, name: str, obj: Object) -> Object:
        if request.query.get("dryRun"):
            return self.present(target.resource, obj)
        key, now = target.resource.key, self.clock.now()
        entry = self.state.commit("put", key, target.namespace, name, obj, time=now, cause=request.user.name)
        return self.present(target.resource, entry.object)

    def _remove(self, request: Request, target: Target, obj: Object) -> Object:
        if request.query.get("dryRun"):
            return self.present(target.resource, obj)
        key, now = target.resource.key, self.clock.now()
        entry = self.state.commit("delete", key, target.namespace, target.name, obj, time=now, cause=request.user.name)
        return self.present(target.resource, entry.object)


def conflict(resource: ResourceType, name: str, text: str, subresource: str = "") -> Conflict:
    """``Operation cannot be fulfilled on deployments.apps "x": ...``"""
    qualified = f"{resource.plural}/{subresource}" if subresource else resource.qualified
    message = f'Operation cannot be fulfilled on {qualified} "{name}": {text}'
    return Conflict(message, group=resource.group, kind=resource.plural, name=name)


def _exists(resource: ResourceType, name: str, existing: Object) -> AlreadyExists:
    prefix = "object is being deleted: " if "deletionTimestamp" in existing["metadata"] else ""
    message = f'{prefix}{resource.qualified} "{name}" already exists'
    return AlreadyExists(message, group=resource.group, kind=resource.plural, name=name)


def _deleted_status(target: Target, removed: Object) -> Object:
    details = {"name": target.name, "kind": target.resource.plural, "uid": removed["metadata"]["uid"]}
    if target.resource.group:
        details["group"] = target.resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


_ACTIONS: Mapping[tuple[str, bool], tuple[str, Callable[[ApiServer, Request, Target], Reply]]] = {
    ("GET", False): ("list", reading.collection),
    ("GET", True): ("get", reading.get),
    ("POST", False): ("create", ApiServer.create),
    ("PUT", True): ("update", ApiServer._update),
    ("PATCH", True): ("patch", ApiServer._patch),
    ("DELETE", True): ("delete", ApiServer.delete),
    ("DELETE", False): ("deletecollection", ApiServer._delete_collection),
}

__all__ = ["ApiServer", "Reply", "Target"]
