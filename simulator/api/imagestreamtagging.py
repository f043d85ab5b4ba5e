"""What becomes of an image stream's tags when its spec changes: generations, and events of tags that follow others.

Source: openshift-apiserver, pkg/image/apiserver/registry/imagestream/strategy.go (tagsChanged).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api import imagestreams
from simulator.api.validation.fields import Errors, Literal, invalid
from simulator.errors import Object
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

STREAMS = "imagestreams.image.openshift.io"
_SPLIT = {"ImageStreamTag": ":", "ImageStreamImage": "@"}


def prepare_stream(server: ApiServer, obj: Object, current: Object | None = None) -> Object:
    """The stream with generations on its spec tags, and what the changed ones mean in its status."""
    meta = obj["metadata"]
    registry = _registry(server)
    status = dict(obj.get("status") or {})
    if registry and not status.get("dockerImageRepository"):
        status["dockerImageRepository"] = f"{registry}/{meta['namespace']}/{meta['name']}"
    status.setdefault("dockerImageRepository", "")
    stream = obj if status == obj.get("status") else {**obj, "status": status}
    if current is not None and obj.get("spec") == current.get("spec"):
        return stream
    generation = (current or {"metadata": {}})["metadata"].get("generation", 0) + 1
    errors = Errors(server.release)
    for tag in (obj.get("spec") or {}).get("tags") or ():
        stream = _settle_tag(server, stream, tag, current, generation, errors)
    if errors.items:
        raise invalid("image.openshift.io", "ImageStream", meta["name"], errors)
    return stream


def _settle_tag(
    server: ApiServer, stream: Object, tag: Object, current: Object | None, generation: int, errors: Errors
) -> Object:
    name, namespace = tag["name"], stream["metadata"]["namespace"]
    old = imagestreams.spec_tag(current, name) if current is not None else None
    if old is not None and not imagestreams.tag_changed(old, tag, namespace):
        wanted = tag.get("generation") or old.get("generation") or generation
        return stream if wanted == tag.get("generation") else imagestreams.with_spec_tag(
            stream, name, {**tag, "generation": wanted})  # fmt: skip
    reference = {**tag, "generation": generation}
    stream = imagestreams.with_spec_tag(stream, name, reference)
    event = _event(server, stream, reference, errors)
    return imagestreams.with_event(stream, name, {**event, "generation": generation}) if event else stream


def _event(server: ApiServer, stream: Object, tag: Object, errors: Errors) -> Object | None:
    """The event that the tag's source gives at once; None when it has to be imported, or is not there yet."""
    source = tag.get("from") or {}
    kind, name = source.get("kind"), source.get("name", "")
    path = f"spec.tags[{tag['name']}].from"
    if kind == "DockerImage":
        if not tag.get("reference") or not name:
            return None
        return {"created": rfc3339(server.clock.now()), "dockerImageReference": name, "image": ""}
    if not source:
        return None
    if kind not in _SPLIT:
        text = "must be of the form <tag>, <repo>:<tag>, <id>, or <repo>@<id>"
        errors.invalid(f"{path}.name", name, text)
        return None
    owner, _, what = name.partition(_SPLIT[kind])
    if not what:
        owner, what = stream["metadata"]["name"], name
    found = _stream(server, stream, source.get("namespace", ""), owner)
    if found is None:
        errors.missing(f"{path}.name", name)
        return None
    event = imagestreams.latest(found, what) if kind == "ImageStreamTag" else _of_image(found, what)
    if kind == "ImageStreamImage" and event is None:
        text = f'error generating tag event: imagestreamimage.image.openshift.io "{what}" not found'
        errors.invalid(f"{path}.name", Literal(f'"{name}"'), text)
    return _moved(server, event, found, stream, tag) if event is not None else None


def _stream(server: ApiServer, stream: Object, namespace: str, name: str) -> Object | None:
    meta = stream["metadata"]
    if (namespace or meta["namespace"], name) == (meta["namespace"], meta["name"]):
        return stream
    stored = server.state.get(STREAMS, namespace or meta["namespace"], name)
    return stored.object if stored is not None else None


def _of_image(stream: Object, digest: str) -> Object | None:
    events = (one for tag in (stream.get("status") or {}).get("tags") or () for one in tag.get("items") or ())
    return next((one for one in events if one["image"].startswith((digest, f"sha256:{digest}"))), None)


def _moved(server: ApiServer, event: Object, source: Object, stream: Object, tag: Object) -> Object:
    """An image in our own registry is pulled from the stream that it is tagged into, from now on."""
    registry = _registry(server)
    owners = [f"{registry}/{one['metadata']['namespace']}/{one['metadata']['name']}" for one in (source, stream)]
    reference: str = event.get("dockerImageReference", "")
    if registry and not tag.get("reference") and reference.startswith(f"{owners[0]}@"):
        return {**event, "dockerImageReference": owners[1] + reference.removeprefix(owners[0])}
    return event


def _registry(server: ApiServer) -> str:
    """The host of the cluster's own registry; "" when it has none."""
    config = server.state.get("images.config.openshift.io", "", "cluster")
    status = (config.object.get("status") or {}) if config is not None else {}
    return str(status.get("internalRegistryHostname", ""))
