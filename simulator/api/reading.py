"""get, list and watch. Source: apiserver, endpoints/handlers/get.go, storage/etcd3/store.go, storage/cacher (1.33)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.api import projects, representation
from simulator.api.listoptions import EXACT, ListOptions, check_version, list_options
from simulator.api.mediatypes import shape, stream_shape
from simulator.api.paging import NEWEST, Page, Position, page
from simulator.api.selectors import Selectors
from simulator.api.types import Request, Response
from simulator.api.validation.fields import Errors, invalid
from simulator.api.watch import Start, Watch
from simulator.changes.api import EMPTY_CREATION_TIMESTAMPS, SELF_LINKS
from simulator.changes.reads import REMAINING_ITEMS, TOO_OLD_IS_EXPIRED
from simulator.errors import BadRequest, Expired, Gone, Invalid, MethodNotAllowed, Object, StatusError, Timeout
from simulator.log.entry import Compacted
from simulator.log.state import Stored, encoded_list

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Reply, Target

_TOO_OLD = "The resourceVersion for the provided list is too old."
_CONTINUE_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
_RETRY_S = 1


def get(server: ApiServer, request: Request, target: Target) -> Reply:
    if version := request.query.get("resourceVersion"):
        options = ListOptions(resource_version=version)
        if fault := check_version(options):
            raise _invalid_version(target, version, fault)
        _check_reached(server, options)
    return server.answer(request, target, server.stored(target).object)


def collection(server: ApiServer, request: Request, target: Target) -> Reply:
    """List, or watch if the query says so."""
    if request.query.get("watch") == "true":
        if "watch" not in target.resource.verbs:
            raise MethodNotAllowed(f'watch is not supported on resources of kind "{target.resource.qualified}"')
        return _watch(server, request, target)
    return answer_page(server, request, target, *chosen(server, request, target))


# -- one object


def answer(server: ApiServer, request: Request, target: Target, obj: Object, code: int = 200) -> Response:
    """One object as the request wants it: as it is, as a Table, or its metadata."""
    shown, wanted = server.present(target.resource, obj), shape(request, server.release)
    if wanted.kind:
        return Response(code, representation.of_object(server, request, target.resource, wanted, shown))
    stored = server.state.get(target.resource.key, target.namespace, obj["metadata"].get("name", ""))
    at_hand = stored is not None and stored.object is shown
    return Response(code, shown, encode=stored.line if stored is not None and at_hand else None)


def _selectors(server: ApiServer, request: Request, target: Target) -> Selectors:
    """Those of the request; of projects, one sees one's own."""
    selectors = Selectors.of(target.resource, request.query)
    if target.resource.plural != "projects":
        return selectors
    return projects.limited(server, request.user, selectors)


# -- a list


def chosen(server: ApiServer, request: Request, target: Target) -> tuple[Page, int]:
    """The page of a list that the request asks for, and of which revision it is."""
    options = list_options(request.query, server.release)
    selectors = _selectors(server, request, target)
    revision, start = _place(server, options)
    try:
        stored = _candidates(server, target, selectors, revision)
    except Compacted:
        raise _too_old(options, start) from None
    limit = 0 if options.resource_version == "0" else options.limit
    return page(stored, selectors, limit, start, within_namespace=bool(target.namespace)), revision


def answer_list(server: ApiServer, request: Request, target: Target, objects: Sequence[Object]) -> Response:
    """The same of objects that are worked out at the moment of reading."""
    options = list_options(request.query, server.release)
    selectors = Selectors.of(target.resource, request.query)
    _, start = _place(server, options)
    stored = [Stored(server.present(target.resource, obj), 0, 0.0) for obj in objects]
    found = page(stored, selectors, options.limit, start, within_namespace=bool(target.namespace))
    return answer_page(server, request, target, found, server.state.revision)


def _place(server: ApiServer, options: ListOptions) -> tuple[int, str]:
    """Of which revision the list is, and the key with which it begins."""
    newest = server.state.revision
    if options.continue_:
        position = Position.of(options.continue_)
        if options.resource_version not in ("", "0"):
            raise BadRequest("specifying resource version is not allowed when using continue")
        if position.revision > newest:
            raise _too_large(position.revision, newest)
        return newest if position.revision <= NEWEST else position.revision, position.start
    if fault := check_version(options):
        text = f'resourceVersion: Invalid value: "{options.resource_version}": {fault}'
        raise BadRequest(f"invalid resource version: {text}")
    _check_reached(server, options)
    exact = options.match == EXACT or (not options.match and options.limit > 0 and options.revision)
    return options.revision if exact else newest, ""


def _candidates(server: ApiServer, target: Target, selectors: Selectors, revision: int) -> Sequence[Stored]:
    """What the selectors choose from, at a revision. One that names an object leaves it or nothing."""
    state, resource, namespace = server.state, target.resource, target.namespace
    if revision < state.revision:
        found = state.list_at(revision, resource.key, namespace or None)
    elif selectors.name and (namespace or not resource.namespaced):
        one = state.get(resource.key, namespace, selectors.name)
        found = [] if one is None else [one]
    else:
        found = state.list(resource.key, namespace or None)
    if resource.stored_as or "storage" in resource.extra:
        return [_shown(server, target, stored) for stored in found]
    return found


def _shown(server: ApiServer, target: Target, stored: Stored) -> Stored:
    obj = server.present(target.resource, stored.object)
    return stored if obj is stored.object else Stored(obj, stored.revision, stored.time)


def answer_page(server: ApiServer, request: Request, target: Target, found: Page, revision: int) -> Response:
    resource, items, wanted = target.resource, found.items, shape(request, server.release)
    meta = list_metadata(server, target, revision)
    if found.next_key:
        meta["continue"] = Position(revision, found.next_key).token()
        if found.remaining is not None and REMAINING_ITEMS.at(server.release):
            meta["remainingItemCount"] = found.remaining
    objects = [stored.object for stored in items]
    if wanted.kind:
        return Response(200, representation.of_list(server, request, resource, wanted, objects, meta))
    head = {
        "kind": resource.extra.get("listKind") or f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": meta,
    }
    return Response(200, {**head, "items": objects}, encode=lambda: encoded_list(head, items))


def list_metadata(server: ApiServer, target: Target, revision: int | None = None) -> Object:
    meta: Object = {"resourceVersion": str(server.state.revision if revision is None else revision)}
    if SELF_LINKS.at(server.release):
        meta["selfLink"] = target.resource.gvr.path(target.namespace)
    return meta


# -- a watch


def _watch(server: ApiServer, request: Request, target: Target) -> Watch:
    """Faults of where it should begin are told in the stream, once the resourceVersion is a number at all."""
    options = list_options(request.query, server.release)
    selectors = _selectors(server, request, target)
    wanted = stream_shape(request, server.release)
    if fault := check_version(options):
        raise _invalid_version(target, options.resource_version, fault)
    render = representation.renderer(server, request, target.resource, wanted)
    try:
        watch = Watch(
            server.state,
            target.resource,
            target.namespace,
            selectors,
            lambda obj: server.present(target.resource, obj),
            _start(server, options),
            render,
            _bookmarks(server, target, render) if options.bookmarks else None,
            options.timeout_s,
        )
    except StatusError as error:
        return Watch.failed(error, server.state, target.resource)
    except Compacted:
        text = f"too old resource version: {options.revision} ({server.state.oldest()})"
        kind = Expired if TOO_OLD_IS_EXPIRED.at(server.release) else Gone
        return Watch.failed(kind(text), server.state, target.resource)
    if isinstance(selectors, projects.Limited):
        projects.follow_rights(server.state, watch)
    return watch


def _start(server: ApiServer, options: ListOptions) -> Start:
    if options.initial_events:
        _check_reached(server, options)
        return Start(None, end_mark=True)
    if options.revision:
        return Start(options.revision)
    return Start(None) if options.initial_events is None else Start(server.state.revision)


def _bookmarks(server: ApiServer, target: Target, render: representation.Render | None) -> representation.Bookmark:
    def make(revision: int, initial_end: bool) -> Object:
        meta: Object = {"resourceVersion": str(revision)}
        if EMPTY_CREATION_TIMESTAMPS.at(server.release):
            meta["creationTimestamp"] = None
        if initial_end:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        obj: Object = {"kind": target.resource.kind, "apiVersion": target.resource.api_version, "metadata": meta}
        return render(obj) if render is not None else obj

    return make


# -- what is wrong with a resourceVersion


def _check_reached(server: ApiServer, options: ListOptions) -> None:
    if options.revision > server.state.revision:
        raise _too_large(options.revision, server.state.revision)


def _too_large(asked: int, current: int) -> Timeout:
    """A real server waits three seconds for the revision first; here nothing is on its way."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return Timeout(message, causes=[cause], retry_after_s=_RETRY_S)


def _too_old(options: ListOptions, start: str) -> Expired:
    if not options.continue_:
        return Expired(_TOO_OLD)
    return Expired(_CONTINUE_TOO_OLD, continue_=Position(NEWEST, start).token())


def _invalid_version(target: Target, version: str, fault: str) -> Invalid:
    errors = Errors()
    errors.invalid("resourceVersion", version, fault)
    return invalid(target.resource.group, target.resource.plural, "", errors)
