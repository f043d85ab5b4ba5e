"""``imagestreammappings``: an image that was pushed, and the tag that it was pushed to.

Source: openshift-apiserver, pkg/image/apiserver/registry/imagestreammapping/rest.go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.api import imagestreams
from simulator.api.decoding import decode
from simulator.api.subresources.body import mapping
from simulator.api.subresources.imagestreamtags import GROUP, store, stream_of
from simulator.api.types import Request, Response
from simulator.api.validation.fields import Errors, invalid
from simulator.errors import MethodNotAllowed, Object
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_MANAGED = "openshift.io/image.managed"


def create(server: ApiServer, request: Request, target: Target) -> Response:
    if request.method != "POST":
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
    wanted = decode(target.resource, mapping(request.body, "ImageStreamMapping"))
    name, image = (wanted.get("metadata") or {}).get("name", ""), wanted.get("image") or {}
    _check(server, name, image)
    stream = stream_of(server, target.namespace, name)
    known, stored = ensure_image(server, request, image)
    reference = stored["dockerImageReference"]
    local = (stream.get("status") or {}).get("dockerImageRepository")
    if known and local and (image["metadata"].get("annotations") or {}).get(_MANAGED) == "true":
        reference = f"{local}@{stored['metadata']['name']}"
    event = {
        "created": rfc3339(server.clock.now()),
        "dockerImageReference": reference,
        "generation": stream["metadata"].get("generation", 1),
        "image": stored["metadata"]["name"],
    }
    store(server, request, stream, imagestreams.with_event(stream, wanted.get("tag") or imagestreams.LATEST, event))
    return Response(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})


def ensure_image(server: ApiServer, request: Request, image: Object) -> tuple[bool, Object]:
    """Whether the image was known before, and the image as it is stored."""
    from simulator.api.server import Target  # the server imports this module

    images = server.table.find(GROUP, "v1", "images")
    assert images is not None, "images are part of every table"
    name = image["metadata"]["name"]
    stored = server.state.get(images.key, "", name)
    if stored is not None:
        return True, stored.object
    reply: Any = server.create(replace(request, method="POST", body=image), Target(images, "", "", ""))
    return False, dict(reply.body)


def _check(server: ApiServer, name: str, image: Object) -> None:
    errors = Errors(server.release)
    if not name:
        errors.required("metadata.name", "name or generateName is required")
    if not (image.get("metadata") or {}).get("name"):
        errors.required("image.metadata.name", "name or generateName is required")
    if not image.get("dockerImageReference"):
        errors.required("image.dockerImageReference")
    if errors.items:
        raise invalid(GROUP, "ImageStreamMapping", name, errors)
