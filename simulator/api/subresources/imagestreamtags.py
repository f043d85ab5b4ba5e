"""``imagestreamtags``: each tag of an image stream as an object of its own, named STREAM:TAG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simulator.api.types import Request, Response
from simulator.errors import Object, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def read(server: ApiServer, request: Request, target: Target) -> Response | None:
    if request.method != "GET":
        return None
    streams = server.state.list("imagestreams.image.openshift.io", target.namespace or None)
    tags = [tag for stored in streams for tag in _tags(server, stored.object)]
    if not target.name:
        return server.answer_list(request, target, sorted(tags, key=_place))
    for tag in tags:
        if tag["metadata"]["name"] == target.name:
            return server.answer(request, target, tag)
    raise not_found("imagestreamtags", target.name, "image.openshift.io")


def _place(tag: Object) -> tuple[str, str]:
    return tag["metadata"]["namespace"], tag["metadata"]["name"]


def _tags(server: ApiServer, stream: Object) -> Iterator[Object]:
    specs = {tag["name"]: tag for tag in (stream.get("spec") or {}).get("tags") or ()}
    for history in (stream.get("status") or {}).get("tags") or ():
        if history.get("items"):
            yield _tag(server, stream, history, specs.get(history["tag"]))


def _tag(server: ApiServer, stream: Object, history: Any, spec: Any) -> Object:
    owner, latest = stream["metadata"], history["items"][0]
    name = f"{owner['name']}:{history['tag']}"
    image = server.state.get("images.image.openshift.io", "", latest["image"])
    plain = {"metadata": {"name": latest["image"]}, "dockerImageReference": latest.get("dockerImageReference", "")}
    meta = {
        "name": name,
        "namespace": owner["namespace"],
        "selfLink": f"/apis/image.openshift.io/v1/namespaces/{owner['namespace']}/imagestreamtags/{name}",
        "uid": owner["uid"],
        "resourceVersion": owner["resourceVersion"],
        "creationTimestamp": latest["created"],
    }
    return {
        "kind": "ImageStreamTag",
        "apiVersion": "image.openshift.io/v1",
        "metadata": meta,
        "tag": spec,
        "generation": latest.get("generation", 1),
        "lookupPolicy": (stream.get("spec") or {}).get("lookupPolicy") or {"local": False},
        "image": image.object if image is not None else plain,
    }
