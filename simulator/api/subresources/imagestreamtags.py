"""``imagestreamtags`` and ``imagetags``: each tag of an image stream as an object of its own, named STREAM:TAG.

Source: openshift-apiserver, pkg/image/apiserver/registry/{imagestreamtag,imagetag}/rest.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.api import imagestreams
from simulator.api.decoding import decode
from simulator.api.patch import apply_patch
from simulator.api.resourcetable import ResourceType
from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response
from simulator.changes.api import SELF_LINKS
from simulator.errors import AlreadyExists, BadRequest, Conflict, MethodNotAllowed, Object, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

GROUP, STREAMS = "image.openshift.io", "imagestreams.image.openshift.io"
_TAGGED = "tagged"  # an update of a stream that changes its status, too


def handle(server: ApiServer, request: Request, target: Target) -> Response | None:
    if request.method == "GET" and target.name:
        return _get(server, request, target)
    if request.method == "GET" and request.query.get("watch") not in ("true", "1"):
        return _list(server, request, target)
    if request.method == "POST" and not target.name:
        return _create(server, request, target)
    if request.method in ("PUT", "PATCH") and target.name:
        return _update(server, request, target)
    if request.method == "DELETE" and target.name:
        return _delete(server, request, target)
    raise MethodNotAllowed("the server does not allow this method on the requested resource")


# -- reading


def _get(server: ApiServer, request: Request, target: Target) -> Response:
    name, tag = _split(target)
    stream = stream_of(server, target.namespace, name)
    if not _exists(target.resource, stream, tag):
        raise not_found(target.resource.plural, target.name, GROUP)
    return server.answer(request, target, _shown(server, target.resource, stream, tag))


def _list(server: ApiServer, request: Request, target: Target) -> Response:
    streams = [stored.object for stored in server.state.list(STREAMS, target.namespace or None)]
    return server.answer_list(request, target, sorted(_all(server, target.resource, streams), key=_place))


def _all(server: ApiServer, resource: ResourceType, streams: list[Object]) -> Iterator[Object]:
    for stream in streams:
        names = {one["tag"] for one in (stream.get("status") or {}).get("tags") or ()}
        names |= {one["name"] for one in (stream.get("spec") or {}).get("tags") or ()}
        for tag in names:
            if _exists(resource, stream, tag):
                yield _shown(server, resource, stream, tag)


def _exists(resource: ResourceType, stream: Object, tag: str) -> bool:
    """An imagestreamtag is there when an image was ever tagged so, an imagetag when anybody asked for it, too."""
    event = imagestreams.latest(stream, tag)
    if event is not None and event.get("image"):
        return True
    return resource.plural == "imagetags" and (event is not None or imagestreams.spec_tag(stream, tag) is not None)


def _place(tag: Object) -> tuple[str, str]:
    return tag["metadata"]["namespace"], tag["metadata"]["name"]


def _shown(server: ApiServer, resource: ResourceType, stream: Object, tag: str) -> Object:
    owner, event = stream["metadata"], imagestreams.latest(stream, tag)
    spec, name = imagestreams.spec_tag(stream, tag), f"{owner['name']}:{tag}"
    meta: Object = {
        "name": name,
        "namespace": owner["namespace"],
        "uid": owner["uid"],
        "resourceVersion": owner["resourceVersion"],
        "creationTimestamp": event["created"] if event is not None else owner["creationTimestamp"],
    }
    if SELF_LINKS.at(server.release):
        meta["selfLink"] = resource.gvr.path(owner["namespace"], name)
    if owner.get("labels"):
        meta["labels"] = owner["labels"]
    if (spec or {}).get("annotations"):
        meta["annotations"] = (spec or {})["annotations"]
    kind = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
    if resource.plural == "imagetags":
        history = next((one for one in stream["status"].get("tags") or () if one["tag"] == tag), None)
        return {**kind, "spec": spec, "status": history, "image": _image(server, stream, tag, event) if event else None}
    shown: Object = {
        **kind,
        "tag": spec,
        "generation": (event or {}).get("generation", 1 if event else 0),
        "lookupPolicy": (stream.get("spec") or {}).get("lookupPolicy") or {"local": False},
        "image": _image(server, stream, tag, event),
    }
    if conditions := _conditions(stream, tag):
        shown["conditions"] = conditions
    return shown


def _conditions(stream: Object, tag: str) -> list[Object]:
    tags = (stream.get("status") or {}).get("tags") or ()
    found: list[Object] = next((one.get("conditions") or [] for one in tags if one["tag"] == tag), [])
    return found


def _image(server: ApiServer, stream: Object, tag: str, event: Any) -> Object:
    if event is None:
        return {"metadata": {"creationTimestamp": None}, "dockerImageLayers": None, "dockerImageMetadata": None}
    stored = server.state.get("images.image.openshift.io", "", event["image"])
    if stored is None:
        return {"metadata": {"name": event["image"]}, "dockerImageReference": event.get("dockerImageReference", "")}
    return {**stored.object, "dockerImageReference": imagestreams.pull_spec(stream, tag)}


# -- writing


def _create(server: ApiServer, request: Request, target: Target) -> Response:
    wanted = _read(server, target, request.body)
    target = replace(target, name=str((wanted.get("metadata") or {}).get("name", "")))
    name, tag = _split(target)
    stored = server.state.get(STREAMS, target.namespace, name)
    if stored is not None and imagestreams.spec_tag(stored.object, tag) is not None:
        kind = target.resource.kind.lower()
        raise AlreadyExists(f'{kind}.{GROUP} "{target.name}" already exists', group=GROUP, kind=kind, name=target.name)
    stream = stored.object if stored is not None else _make_stream(server, request, target, name)
    changed = imagestreams.with_spec_tag(stream, tag, _reference(wanted) or {})
    written = store(server, request, stream, changed)
    return Response(201, _shown(server, target.resource, written, tag))


def _update(server: ApiServer, request: Request, target: Target) -> Response:
    name, tag = _split(target)
    stored = server.state.get(STREAMS, target.namespace, name)
    resource = target.resource
    if stored is None and request.method == "PATCH":
        raise not_found("imagestreams", name, GROUP)
    before = _shown(server, resource, stored.object, tag) if stored is not None else {}
    body = request.body
    if request.method == "PATCH":
        body = apply_patch(resource, request.content_type, before, body)
    wanted = _read(server, target, body)
    _check_version(target, wanted, stored.object if stored is not None else None)
    reference = _reference(wanted)
    stream = stored.object if stored is not None else _make_stream(server, request, target, name)
    known = imagestreams.spec_tag(stream, tag)
    if reference is None and known is None:
        place = f"{target.namespace}/{name}"
        raise BadRequest(f"imagestreamtag {tag} is not a spec tag in imagestream {place}, cannot be updated")
    meta = wanted.get("metadata") or {}
    changed = {**(reference if reference is not None else known or {}), "annotations": meta.get("annotations")}
    written = store(server, request, stream, imagestreams.with_spec_tag(stream, tag, changed))
    return Response(200 if known is not None else 201, _shown(server, resource, written, tag))


def _delete(server: ApiServer, request: Request, target: Target) -> Response:
    name, tag = _split(target)
    stream = stream_of(server, target.namespace, name)
    status = stream.get("status") or {}
    kept = [one for one in status.get("tags") or () if one["tag"] != tag]
    if len(kept) == len(status.get("tags") or ()) and imagestreams.spec_tag(stream, tag) is None:
        raise not_found(target.resource.plural, target.name, GROUP)
    changed = {**imagestreams.with_spec_tag(stream, tag, None), "status": {**status, "tags": kept}}
    store(server, request, stream, changed)
    return Response(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})


def _read(server: ApiServer, target: Target, body: Any) -> Object:
    return decode(target.resource, mapping(body, target.resource.kind))


def _reference(wanted: Object) -> Object | None:
    found: Object | None = wanted.get("tag") or wanted.get("spec")
    return found


def _check_version(target: Target, wanted: Object, stream: Object | None) -> None:
    version = (wanted.get("metadata") or {}).get("resourceVersion")
    if version and stream is None:
        raise not_found(target.resource.plural, target.name, GROUP)
    if version and stream is not None and version != stream["metadata"]["resourceVersion"]:
        text = f"another caller has updated the resource version to {stream['metadata']['resourceVersion']}"
        message = f'Operation cannot be fulfilled on {target.resource.qualified} "{target.name}": {text}'
        raise Conflict(message, group=GROUP, kind=target.resource.plural, name=target.name)


def _split(target: Target) -> tuple[str, str]:
    name, colon, tag = target.name.partition(":")
    if not colon or not name or not tag or ":" in tag:
        raise BadRequest(f"{target.resource.kind}s must be retrieved with <name>:<tag>")
    return name, tag


# -- streams


def stream_of(server: ApiServer, namespace: str, name: str) -> Object:
    """The stream; NotFound."""
    stored = server.state.get(STREAMS, namespace, name)
    if stored is None:
        raise not_found("imagestreams", name, GROUP)
    return stored.object


def store(server: ApiServer, request: Request, current: Object, wanted: Object) -> Object:
    """Write a stream, its status too, in the place of ``current``."""
    meta = current["metadata"]
    target = _stream_target(server, meta["namespace"], meta["name"], _TAGGED)
    return server.replace(request, target, current, wanted)


def make_stream(server: ApiServer, request: Request, namespace: str, name: str) -> Object:
    """A new stream without tags."""
    target = _stream_target(server, namespace, "", "")
    reply = server.create(replace(request, method="POST", body={"metadata": {"name": name}}), target)
    assert isinstance(reply, Response)
    if request.query.get("dryRun"):
        return dict(reply.body)
    return stream_of(server, namespace, name)


def _make_stream(server: ApiServer, request: Request, target: Target, name: str) -> Object:
    return make_stream(server, request, target.namespace, name)


def _stream_target(server: ApiServer, namespace: str, name: str, subresource: str) -> Target:
    from simulator.api.server import Target  # the server imports this module

    streams = server.table.find(GROUP, "v1", "imagestreams")
    assert streams is not None, "image streams are part of every table"
    return Target(streams, namespace, name, subresource)
