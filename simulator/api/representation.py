"""Objects in another shape than their own: rows of a Table, metadata alone; JSON for people to read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.api.mediatypes import PARTIAL, PARTIAL_LIST, TABLE, Shape
from simulator.api.resourcetable import ResourceType
from simulator.api.table import to_table
from simulator.api.types import Request, Response
from simulator.api.watch import Bookmark
from simulator.changes.api import SELF_LINKS
from simulator.errors import BadRequest, NotAcceptable, Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

Render = Callable[[Object], Object]
_PARTS = ("", "Metadata", "Object", "None")

__all__ = ["Bookmark", "Render", "indented", "of_list", "of_object", "renderer"]


def of_object(server: ApiServer, request: Request, resource: ResourceType, wanted: Shape, obj: Object) -> Object:
    """One object; NotAcceptable when a list is asked for."""
    if wanted.kind == TABLE:
        return _table_of(server, request, resource, wanted, obj)
    if wanted.kind == PARTIAL_LIST:
        text = f"you requested PartialObjectMetadataList, but the requested object is not a list ({_go_type(resource)})"
        raise NotAcceptable(text)
    return partial(obj, wanted.version)


def of_list(
    server: ApiServer, request: Request, resource: ResourceType, wanted: Shape, objects: Sequence[Object], meta: Object
) -> Object:
    """A list; NotAcceptable when one object is asked for."""
    if wanted.kind == TABLE:
        _check_include(request)
        table = to_table(resource, objects, server.clock.now(), request.query, server.release, wanted.version)
        return {**table, "metadata": meta}
    if wanted.kind == PARTIAL:
        text = f"you requested PartialObjectMetadata, but the requested object is a list ({_go_type(resource)}List)"
        raise NotAcceptable(text)
    head = {"kind": PARTIAL_LIST, "apiVersion": f"meta.k8s.io/{wanted.version}", "metadata": meta}
    return {**head, "items": [partial(obj, wanted.version) for obj in objects]}


def renderer(server: ApiServer, request: Request, resource: ResourceType, wanted: Shape) -> Render | None:
    """What makes the objects of a watch's events. Only the first Table has column definitions, as a real server's."""
    if not wanted.kind:
        return None
    if wanted.kind == TABLE:
        _check_include(request)
    tables = 0

    def render(obj: Object) -> Object:
        nonlocal tables
        made = of_object(server, request, resource, wanted, obj)
        tables += 1
        return {**made, "columnDefinitions": None} if wanted.kind == TABLE and tables > 1 else made

    return render


def partial(obj: Object, version: str) -> Object:
    return {"kind": PARTIAL, "apiVersion": f"meta.k8s.io/{version}", "metadata": obj["metadata"]}


def _table_of(server: ApiServer, request: Request, resource: ResourceType, wanted: Shape, obj: Object) -> Object:
    _check_include(request)
    table = to_table(resource, [obj], server.clock.now(), request.query, server.release, wanted.version)
    kept = ("resourceVersion", "selfLink") if SELF_LINKS.at(server.release) else ("resourceVersion",)
    return {**table, "metadata": {key: obj["metadata"][key] for key in kept if key in obj["metadata"]}}


def _check_include(request: Request) -> None:
    include = request.query.get("includeObject", "")
    if include not in _PARTS:
        text = f"includeObject: Invalid value: {json.dumps(include)}: must be 'Metadata', 'Object', 'None', or empty"
        raise BadRequest(f"Unable to convert to Table as requested: {text}")


def _go_type(resource: ResourceType) -> str:
    """``*core.Pod``: the name of the type in the server's own package."""
    package = "unstructured.Unstructured" if resource.custom else f"{resource.group.partition('.')[0] or 'core'}."
    return f"*{package}" if resource.custom else f"*{package}{resource.kind}"


def indented(reply: Response) -> Response:
    """The reply as people read JSON: two spaces, and no newline at the end, as ``json.MarshalIndent`` has it."""
    if reply.content_type or not isinstance(reply.body, dict):
        return reply
    body = reply.body
    return replace(reply, encode=lambda: json.dumps(body, indent=2, ensure_ascii=False).encode("utf-8", "replace"))
