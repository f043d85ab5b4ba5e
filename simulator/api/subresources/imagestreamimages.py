"""``imagestreamimages``, ``imagestreams/layers`` and ``imagestreams/secrets``: what a stream leads to.

Source: openshift-apiserver, pkg/image/apiserver/registry/{imagestreamimage,imagesecret}/rest.go, imagestream/etcd.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.api.subresources.imagestreamtags import GROUP, stream_of
from simulator.api.types import Request, Response
from simulator.errors import BadRequest, MethodNotAllowed, Object, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_IMAGES = "images.image.openshift.io"
_PULL_SECRETS = ("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson")


def image(server: ApiServer, request: Request, target: Target) -> Response | None:
    """One image that was ever tagged into a stream: STREAM@DIGEST, which may be cut short."""
    if request.method != "GET" or not target.name:
        return None
    name, at, digest = target.name.partition("@")
    if not at or not name or not digest:
        raise BadRequest("ImageStreamImages must be retrieved with <name>@<id>")
    stream = stream_of(server, target.namespace, name)
    chosen = [one for one in _digests(stream) if one.startswith((digest, f"sha256:{digest}"))]
    stored = server.state.get(_IMAGES, "", chosen[0]) if chosen else None
    if stored is None:
        raise not_found("imagestreamimage", target.name, GROUP)
    meta = {
        "name": target.name,
        "namespace": target.namespace,
        "creationTimestamp": stored.object["metadata"]["creationTimestamp"],
    }
    kind = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    return server.answer(request, target, {**kind, "metadata": meta, "image": stored.object})


def layers(server: ApiServer, request: Request, target: Target) -> Response:
    """The blobs and images of a stream."""
    _only_get(request)
    stream = stream_of(server, target.namespace, target.name)
    blobs: Object = {}
    images: Object = {}
    for digest in dict.fromkeys(_digests(stream)):
        stored = server.state.get(_IMAGES, "", digest)
        if stored is None:
            images[digest] = {"imageMissing": True, "layers": None}
            continue
        own = stored.object.get("dockerImageLayers") or []
        blobs |= {one["name"]: {"size": one["size"], "mediaType": one.get("mediaType", "")} for one in own}
        config = (stored.object.get("dockerImageMetadata") or {}).get("Id", "")
        images[digest] = {"layers": [one["name"] for one in own], **({"config": config} if config else {})}
    kind = {"kind": "ImageStreamLayers", "apiVersion": target.resource.api_version}
    return Response(200, {**kind, "metadata": stream["metadata"], "blobs": blobs, "images": images})


def secrets(server: ApiServer, request: Request, target: Target) -> Response:
    """The pull secrets of the stream's namespace."""
    _only_get(request)
    stream_of(server, target.namespace, target.name)
    found = [stored.object for stored in server.state.list("secrets", target.namespace)]
    items = [one for one in found if one.get("type") in _PULL_SECRETS]
    meta = {"resourceVersion": str(server.state.revision)}
    kind = {"kind": "SecretList", "apiVersion": "image.openshift.io/v1"}
    return Response(200, {**kind, "metadata": meta, "items": items})


def _digests(stream: Object) -> Iterator[str]:
    for tag in (stream.get("status") or {}).get("tags") or ():
        for event in tag.get("items") or ():
            if event.get("image"):
                yield event["image"]


def _only_get(request: Request) -> None:
    if request.method != "GET":
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
